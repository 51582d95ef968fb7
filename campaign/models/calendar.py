"""The working calendar: public holidays and make-up working days (调休), editable."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday on a weekday, a workday on a weekend."""

    date = models.DateField(_("date"), unique=True)
    is_workday = models.BooleanField(_("working day"))
    name_zh = models.CharField(_("name in Chinese"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        ordering = ["date"]

    def __str__(self):
        return f"{self.date} {self.name_zh}"
