"""By which day a kind of thing is owed in a campaign."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaign.models.campaign import Campaign
from campaign.models.obligation import DueUnit, ObligationKind


class ObligationRule(models.Model):
    """By which day a kind of thing is owed: by a fixed day, or so many days after it arises (the
    campaign opens, a question is asked, a complaint comes in)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="obligation_rules")
    kind = models.CharField(_("kind"), max_length=16, choices=ObligationKind.choices)
    unit = models.CharField(_("unit"), max_length=8, choices=DueUnit.choices, default=DueUnit.FIXED)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind"], name="one_due_day_a_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=ObligationKind.values), name="rule_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(unit="fixed", due_on__isnull=False, days=None)
                | Q(unit__in=["calendar", "working"], due_on=None, days__gt=0),
                name="rule_day_counted_or_fixed",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.when}"

    @property
    def when(self) -> str:
        """The day, or how it is counted, in words."""
        if self.unit == DueUnit.FIXED:
            return f"{self.due_on:%Y-%m-%d}"
        if self.unit == DueUnit.WORKING:
            return gettext("%(days)s working days after it arises") % {"days": self.days}
        return gettext("%(days)s calendar days after it arises") % {"days": self.days}
