"""The standard (考评标准): areas and criteria with points. Frozen once a campaign uses it."""

from decimal import Decimal

from django.db import models
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from campaign.models import Campaign
from common.bilingual import localised
from stations.models import StationKind


class StandardQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Versions that are or were in force, for all who read; drafts for who may edit them."""
        if not user.is_authenticated or not user.may(Permission.READ):
            return self.none()
        edits = user.may(Permission.CAMPAIGN_EDIT)
        return self if edits else self.filter(frozen_at__isnull=False)

    def with_counts(self):
        """With campaign and number of criteria, the latest first."""
        return (
            self.select_related("campaign")
            .annotate(criteria_count=Count("areas__criteria"))
            .order_by("-campaign__year", "-version")
        )

    def in_force(self, campaign):
        """The latest frozen version of the campaign's standard; None before there is one."""
        return self.filter(campaign=campaign, frozen_at__isnull=False).order_by("-version").first()


class Standard(models.Model):
    """A version of a campaign's standard; editable until `frozen_at` is set."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="standards")
    version = models.PositiveSmallIntegerField(_("version"))
    # What the points of each kind of station must add up to.
    total = models.DecimalField(
        _("total of the points"), max_digits=5, decimal_places=1, default=100
    )
    note = models.CharField(_("what is new in this version"), max_length=200, blank=True)
    frozen_at = models.DateTimeField(null=True)
    # Guard against two people editing over each other; `version` above is the reader's.
    edition = models.PositiveIntegerField(default=1)

    objects = StandardQuerySet.as_manager()

    class Meta:
        verbose_name = _("standard")
        ordering = ["campaign", "version"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version"], name="one_standard_a_version")
        ]

    def __str__(self):
        return f"{self.campaign.year} v{self.version}"

    def criteria(self):
        """All criteria with their area, in the standard's order."""
        return Criterion.objects.filter(area__standard=self).select_related("area")

    def criteria_for(self, kind: str):
        """The criteria that stations of `kind` are measured by: those of every kind and its own."""
        return self.criteria().filter(station_kind__in=("", kind))

    def points_for(self, kind: str) -> Decimal:
        """The points of these criteria together."""
        return self.criteria_for(kind).aggregate(total=Sum("points"))["total"] or Decimal(0)


class Area(models.Model):
    """One of the seven areas (创建内容, notice part 3)."""

    standard = models.ForeignKey(Standard, models.CASCADE, related_name="areas")
    number = models.PositiveSmallIntegerField(_("number"))
    name_zh = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=80)

    class Meta:
        verbose_name = _("area")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "number"], name="one_area_a_number")
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return localised(self, "name")


class Criterion(models.Model):
    """An indicator (指标): points, how it is checked, what is deducted. `number` reads "2.1"."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="criteria")
    number = models.CharField(_("number"), max_length=8)
    position = models.PositiveSmallIntegerField()
    name_zh = models.CharField(_("name in Chinese"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=200)
    points = models.DecimalField(_("points"), max_digits=4, decimal_places=1)
    check_method = models.TextField(_("how it is checked"))
    deduction_rule = models.TextField(_("deduction rule"))
    # Empty: asked of every station; else only of this kind.
    station_kind = models.CharField(
        _("kind of station"), max_length=10, choices=StationKind.choices, blank=True
    )
    # A proven case may lead to a veto of the station (notice part 6 (2)).
    veto = models.BooleanField(_("veto item"), default=False)

    class Meta:
        verbose_name = _("criterion")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["area", "number"], name="one_criterion_a_number"),
            models.CheckConstraint(condition=Q(points__gt=0), name="criterion_points_positive"),
            models.CheckConstraint(
                condition=Q(station_kind__in=["", *StationKind.values]),
                name="criterion_station_kind_known",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"

    @property
    def name(self):
        return localised(self, "name")

    def applies_to(self, kind: str) -> bool:
        """True when stations of `kind` are measured by it."""
        return self.station_kind in ("", kind)
