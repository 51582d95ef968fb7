"""The numbers of the office that govern its papers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign


class ReportRules(models.Model):
    """How long files are kept, and how they travel. A campaign without a row has the defaults."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="report_rules")
    keep_days = models.PositiveSmallIntegerField(_("days for which a file is kept"), default=180)
    attachment_kilobytes = models.PositiveIntegerField(
        _("largest attachment, in kilobytes"),
        default=4096,
        help_text=_("A larger file travels as a link."),
    )
    link_days = models.PositiveSmallIntegerField(
        _("days for which a mailed link works"), default=14
    )

    class Meta:
        verbose_name = _("rules of papers")

    def __str__(self):
        return f"{self.campaign.year}"

    @classmethod
    def of(cls, campaign: Campaign) -> "ReportRules":
        """The campaign's rules: its row, or the defaults (not saved)."""
        return cls.objects.filter(campaign=campaign).first() or cls(campaign=campaign)
