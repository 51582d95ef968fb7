"""How long it is kept who complained or objected."""

from calendar import monthrange
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ContactRetention(models.Model):
    """How long names and contacts of those who complained or objected are kept: one row. No law
    gives a number; the Personal Information Protection Law (2021) asks for the shortest time that
    the purpose needs (Art. 19): a year lets the next campaign look back."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    months = models.PositiveSmallIntegerField(_("months after the campaign's last day"), default=12)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    set_at = models.DateTimeField(_("set at"), null=True)

    class Meta:
        verbose_name = _("retention of names and contacts")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_contact_retention"),
            models.CheckConstraint(
                condition=Q(months__range=(1, 120)), name="contacts_kept_one_to_120_months"
            ),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)

    @classmethod
    def in_force(cls) -> "ContactRetention":
        """The row, or the default while there is none."""
        return cls.objects.first() or cls()

    def last_day(self, ended_on: date) -> date:
        """The last day on which contacts of a campaign that ended on `ended_on` are kept: the same
        day of the month, or the month's last one."""
        year, month = divmod(ended_on.year * 12 + ended_on.month - 1 + self.months, 12)
        return date(year, month + 1, min(ended_on.day, monthrange(year, month + 1)[1]))
