"""The rules of scoring (计分规则), version by version."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign, SupervisionLine
from common.bilingual import localised
from stations.models import StationKind


class Part(models.TextChoices):
    """A part of the composite: who gives it."""

    PROVINCE = "province", _("provincial daily score")
    PREFECTURE = "prefecture", _("prefecture daily score")
    COUNTY = "county", _("county daily score")
    QUESTIONNAIRE = "questionnaire", _("questionnaire")


class Grade(models.TextChoices):
    EXCELLENT = "excellent", _("excellent")
    GOOD = "good", _("good")
    QUALIFIED = "qualified", _("qualified")
    UNQUALIFIED = "unqualified", _("unqualified")


class TieBreak(models.TextChoices):
    """Who stands in front when two rounded composites are equal."""

    QUESTIONNAIRE = "questionnaire", _("the higher questionnaire score, then the rank is shared")
    SHARE = "share", _("nobody: the rank is shared")


class TenPercent(models.TextChoices):
    """How the notice's "其中省辖市政府纠风办占10%" is read (part 4 (3) 1)."""

    OF_HUNDRED = "of_hundred", _("10 of the 100 points (10 : 20 : 70)")
    OF_THIRTY = "of_thirty", _("a tenth of the 30 points (3 : 27 : 70)")
    OWN = "own", _("neither: weights of the province's own")


class ScoringPolicyQuerySet(models.QuerySet):
    def in_force(self, campaign):
        """The latest version of the campaign's policy; None before there is one."""
        return self.filter(campaign=campaign).order_by("-version").first()


class ScoringPolicy(models.Model):
    """A version of the rules of scoring (计分规则); frozen with the first run that uses it."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="policies")
    version = models.PositiveSmallIntegerField(_("version"))
    frozen_at = models.DateTimeField(null=True)
    places = models.PositiveSmallIntegerField(_("decimal places"), default=2)
    minimum_sample = models.PositiveSmallIntegerField(_("minimum sample"), default=30)
    valid_share = models.DecimalField(
        _("share of scored questions that a valid ballot answers"),
        max_digits=4,
        decimal_places=3,
        default="0.8",
    )
    veto_grade = models.CharField(
        _("best grade under a veto"),
        max_length=12,
        choices=Grade.choices,
        default=Grade.UNQUALIFIED,
    )
    tie_break = models.CharField(
        _("ties"), max_length=13, choices=TieBreak.choices, default=TieBreak.QUESTIONNAIRE
    )
    ten_percent = models.CharField(
        _("the notice's “占10%”"),
        max_length=10,
        choices=TenPercent.choices,
        default=TenPercent.OF_HUNDRED,
    )
    # Why the version was made, by whom and when; version 1 is the notice's default.
    reason = models.TextField(_("reason"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField(null=True)

    objects = ScoringPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("scoring policy")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version"], name="one_policy_a_version"),
            models.CheckConstraint(
                condition=Q(valid_share__gt=0, valid_share__lte=1),
                name="valid_share_between_0_and_1",
            ),
            # The columns of a score hold two decimal places.
            models.CheckConstraint(condition=Q(places__lte=2), name="policy_places_at_most_2"),
            models.CheckConstraint(
                condition=Q(tie_break__in=TieBreak.values), name="policy_tie_break_known"
            ),
            models.CheckConstraint(
                condition=Q(ten_percent__in=TenPercent.values), name="policy_ten_percent_known"
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year} v{self.version}"


class PolicyPart(models.Model):
    """The weight of a part on a supervision line (10 : 20 : 70)."""

    policy = models.ForeignKey(ScoringPolicy, models.CASCADE, related_name="parts")
    line = models.CharField(max_length=10, choices=SupervisionLine.choices)
    part = models.CharField(max_length=14, choices=Part.choices)
    weight = models.DecimalField(max_digits=6, decimal_places=3)

    class Meta:
        ordering = ["line", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "line", "part"], name="one_weight_a_part"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="part_weight_positive"),
        ]

    def __str__(self):
        return f"{self.line} {self.part} {self.weight}"


class PolicyOption(models.Model):
    """What an option of a scale is worth (满意 100); None: it does not count."""

    policy = models.ForeignKey(ScoringPolicy, models.CASCADE, related_name="options")
    scale = models.CharField(max_length=8)
    option = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=6, decimal_places=2, null=True)

    class Meta:
        ordering = ["scale", "option"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "scale", "option"], name="one_value_an_option"
            )
        ]

    def __str__(self):
        return f"{self.scale}.{self.option} = {self.value}"


# A breakdown of fewer ballots could tell what a single person answered.
SMALLEST_GROUP_SHOWN = 5


class PolicyGroup(models.Model):
    """The weight of a respondent group and the valid ballots it needs to count.

    SECURITY: the minimum is at least `SMALLEST_GROUP_SHOWN`. A smaller group that entered the
    questionnaire score could be worked out from that score and the groups that are shown.
    """

    policy = models.ForeignKey(ScoringPolicy, models.CASCADE, related_name="groups")
    group = models.CharField(max_length=12)
    weight = models.DecimalField(max_digits=6, decimal_places=3)
    minimum = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "group"], name="one_weight_a_group"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="group_weight_positive"),
            models.CheckConstraint(
                condition=Q(minimum__gte=SMALLEST_GROUP_SHOWN), name="group_minimum_hides_a_person"
            ),
        ]

    def __str__(self):
        return f"{self.group} {self.weight}"


class PolicyGrade(models.Model):
    """The composite from which a grade is given."""

    policy = models.ForeignKey(ScoringPolicy, models.CASCADE, related_name="grades")
    grade = models.CharField(max_length=12, choices=Grade.choices)
    floor = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        ordering = ["-floor"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "grade"], name="one_floor_a_grade")
        ]

    def __str__(self):
        return f"{self.grade} ≥ {self.floor}"


class PolicyPeerGroup(models.Model):
    """Stations that are compared with each other: one kind, from so many staff to so many.

    A station whose staff nobody has entered stands in no group.
    """

    policy = models.ForeignKey(ScoringPolicy, models.CASCADE, related_name="peer_groups")
    code = models.CharField(max_length=12)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=StationKind.choices)
    staff_from = models.PositiveSmallIntegerField(_("staff from"))
    staff_to = models.PositiveSmallIntegerField(_("staff to"), null=True, blank=True)

    class Meta:
        ordering = ["kind", "staff_from"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "code"], name="one_peer_group_a_code"),
            models.CheckConstraint(
                condition=Q(staff_to=None) | Q(staff_to__gte=models.F("staff_from")),
                name="peer_group_from_before_to",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return localised(self, "name")

    def holds(self, kind: str, staff: int | None) -> bool:
        """True when a station of `kind` with `staff` people belongs here."""
        return (
            kind == self.kind
            and staff is not None
            and self.staff_from <= staff
            and (self.staff_to is None or staff <= self.staff_to)
        )
