"""The numbers by which a campaign accepts, hears, samples and bars: one row a campaign."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign


class AcceptanceRulesManager(models.Manager):
    def of(self, campaign) -> "AcceptanceRules":
        """The campaign's row; before the province has saved one, an unsaved row of defaults."""
        return self.filter(campaign=campaign).first() or AcceptanceRules(campaign=campaign)


def _percent(label, default):
    return models.PositiveSmallIntegerField(
        label, default=default, validators=[MaxValueValidator(100)]
    )


def _working_days(label, default):
    return models.PositiveSmallIntegerField(
        label, default=default, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )


class AcceptanceRules(models.Model):
    """Days are Chinese working days. Percentages are of the points that apply to the station."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="acceptance_rules")
    qualified_percent = _percent(_("qualified from, percent of the points"), 80)
    rectify_percent = _percent(_("after rectification from, percent of the points"), 60)
    team_size = models.PositiveSmallIntegerField(
        _("inspectors in a team, at least"), default=2, validators=[MinValueValidator(2)]
    )
    reply_days = _working_days(_("working days for the station's reply"), 5)
    decision_days = _working_days(_("working days for the decision on an objection"), 5)
    recheck_days = _working_days(_("working days until the re-check"), 15)
    veto_reply_days = _working_days(_("working days for the reply to a proposed veto"), 3)
    spot_percent = _percent(_("spot checks, percent of a prefecture's accepted stations"), 10)
    spot_minimum = models.PositiveSmallIntegerField(
        _("spot checks a prefecture, at least"), default=2
    )
    spot_threshold = models.DecimalField(
        _("deviation that raises a flag, in points"),
        max_digits=4,
        decimal_places=1,
        default=Decimal("5.0"),
        validators=[MinValueValidator(0)],
    )
    version = models.PositiveIntegerField(default=1)

    objects = AcceptanceRulesManager()

    class Meta:
        verbose_name = _("rules of acceptance")
        constraints = [
            models.CheckConstraint(
                condition=Q(rectify_percent__lte=F("qualified_percent")),
                name="acceptance_thresholds_in_order",
            ),
            models.CheckConstraint(condition=Q(team_size__gte=2), name="a_team_is_two_or_more"),
        ]

    def __str__(self):
        return str(self.campaign)
