"""What it is worth: daily assessments, the policy, runs and scores."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment, SupervisionLine
from common.bilingual import localised
from stations.models import StationKind


class Part(models.TextChoices):
    """A part of the composite: who gives it."""

    PROVINCE = "province", _("provincial daily score")
    PREFECTURE = "prefecture", _("prefecture daily score")
    COUNTY = "county", _("county daily score")
    QUESTIONNAIRE = "questionnaire", _("questionnaire")


DAILY_PARTS = (Part.PROVINCE, Part.PREFECTURE, Part.COUNTY)


class DailyAssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        permissions = (Permission.READ, Permission.DAILY_ASSESS)
        return self.filter(scope_of(user, "enrolment__station__organisation__path", permissions))


class DailyAssessment(models.Model):
    """The score (0–100) that one level's rectification office gives a station, with its basis."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="daily_assessments")
    part = models.CharField(
        _("level"), max_length=12, choices=[(p.value, p.label) for p in DAILY_PARTS]
    )
    score = models.DecimalField(
        _("score"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    basis = models.TextField(_("basis"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given at"))
    version = models.PositiveIntegerField(default=1)

    objects = DailyAssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily assessment")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "part"], name="one_daily_score_a_level"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100), name="daily_score_between_0_and_100"
            ),
            models.CheckConstraint(
                condition=Q(part__in=[p.value for p in DAILY_PARTS]), name="daily_part_known"
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} {self.part} {self.score}"


class Grade(models.TextChoices):
    EXCELLENT = "excellent", _("excellent")
    GOOD = "good", _("good")
    QUALIFIED = "qualified", _("qualified")
    UNQUALIFIED = "unqualified", _("unqualified")


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


class ScoreRunQuerySet(models.QuerySet):
    def latest_of(self, campaign):
        """The campaign's last run; None before there is one."""
        return self.filter(campaign=campaign).order_by("-pk").first() if campaign else None


class ScoreRun(models.Model):
    """A frozen computation (计分批次): policy, inputs, outputs and their digests."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="runs")
    policy = models.ForeignKey(ScoringPolicy, models.PROTECT, related_name="runs")
    engine_version = models.CharField(max_length=12)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Copied, as what is frozen refers to nothing: {"files": the canonical CSV text of the policy
    # and the questions by name, "labels": the words of questions, options and groups}.
    rules = models.JSONField()
    input_digest = models.CharField(max_length=64)
    output_digest = models.CharField(max_length=64)
    station_count = models.PositiveIntegerField()
    ranked_count = models.PositiveIntegerField()
    # {kind: {"share": how much, 0 to 1, of the differences between its ranked stations is not
    # chance, "width": places in the median rank interval, "size": ranked stations}}; without the
    # kinds of fewer than `scoring.intervals.SMALLEST_SERIES` stations.
    reliability = models.JSONField(default=dict)
    # The form's key: the same form sent twice is one run.
    key = models.UUIDField(null=True, unique=True)

    objects = ScoreRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("scoring run")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.campaign.year} #{self.pk}"


class ScoreStatus(models.TextChoices):
    RANKED = "ranked", _("ranked")
    INCOMPLETE = "incomplete", _("incomplete")
    INSUFFICIENT_SAMPLE = "insufficient_sample", _("insufficient sample")


class StationScoreQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Scores inside the scope of a person who may read rankings."""
        return self.filter(scope_of(user, "path", (Permission.RANKING_READ,)))


class StationScore(models.Model):
    """A station's score in a run (得分): names, inputs and results are frozen copies."""

    run = models.ForeignKey(ScoreRun, models.CASCADE, related_name="scores")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="scores")
    code = models.CharField(max_length=20)
    path = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=StationKind.choices)
    line = models.CharField(max_length=10, choices=SupervisionLine.choices)
    # The unit whose league table the station stands in: prefecture or directly administered county.
    prefecture = models.CharField(max_length=20)
    county = models.CharField(max_length=20, blank=True)
    # {"daily": {part: "91.50"}, "groups": {group: {"valid_ballots": 31, "counts": {question:
    # {option: 20}}}}, "vetoed": false}
    inputs = models.JSONField()
    status = models.CharField(_("status"), max_length=20, choices=ScoreStatus.choices)
    flags = models.JSONField(default=list)
    questionnaire = models.DecimalField(
        _("questionnaire score"), max_digits=6, decimal_places=2, null=True
    )
    composite = models.DecimalField(_("composite"), max_digits=6, decimal_places=2, null=True)
    grade = models.CharField(_("grade"), max_length=12, choices=Grade.choices, blank=True)
    valid_ballots = models.PositiveIntegerField(_("valid ballots"))
    rank_all = models.PositiveIntegerField(_("rank"), null=True)
    rank_kind = models.PositiveIntegerField(_("rank within the kind"), null=True)
    rank_prefecture = models.PositiveIntegerField(_("rank within prefecture and kind"), null=True)
    # How sure the above is: estimates beside the official figures, no part of what a run proves.
    # {group of at least SMALLEST_GROUP_SHOWN ballots: {"ballots": 31, "squares": 4126.5}}, see
    # `scoring.uncertainty.squared_deviations`. The rest is None where it cannot be told.
    spread = models.JSONField(default=dict)
    se = models.DecimalField(_("standard error"), max_digits=7, decimal_places=3, null=True)
    low = models.DecimalField(_("interval from"), max_digits=6, decimal_places=2, null=True)
    high = models.DecimalField(_("interval to"), max_digits=6, decimal_places=2, null=True)
    rank_low = models.PositiveIntegerField(_("best plausible rank within the kind"), null=True)
    rank_high = models.PositiveIntegerField(_("worst plausible rank within the kind"), null=True)
    # How many others of the kind, all over the province, it cannot be told apart from.
    alike = models.PositiveIntegerField(_("not told apart from"), null=True)

    objects = StationScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        ordering = ["rank_all", "code"]
        indexes = [
            models.Index(fields=["run", "rank_all"]),
            models.Index(fields=["run", "kind", "rank_kind"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "enrolment"], name="one_score_a_run"),
            models.CheckConstraint(
                condition=Q(status__in=ScoreStatus.values), name="score_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="ranked", rank_all__isnull=False, composite__isnull=False)
                | ~Q(status="ranked") & Q(rank_all=None),
                name="only_ranked_have_ranks",
            ),
            models.CheckConstraint(
                condition=Q(low=None, high=None)
                | Q(low__gte=0, low__lte=F("composite"), high__gte=F("composite"), high__lte=100),
                name="interval_holds_the_composite",
            ),
            models.CheckConstraint(
                condition=Q(rank_low=None, rank_high=None)
                | Q(rank_low__lte=F("rank_kind"), rank_high__gte=F("rank_kind")),
                name="rank_interval_holds_the_rank",
            ),
        ]

    def __str__(self):
        return f"{self.name_zh} {self.composite}"

    @property
    def name(self):
        return localised(self, "name")

    @property
    def margin(self):
        """The longer arm of the 95% interval, in points; None without one."""
        return (
            None if self.low is None else max(self.high - self.composite, self.composite - self.low)
        )
