"""Runs (计分批次), the scores they froze, and what units say to them before publication."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import OrganisationKind, scope_of
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment, SupervisionLine
from common import clock
from common.bilingual import localised
from scoring.models.policy import Grade, ScoringPolicy
from stations.models import StationKind


class RunState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PREVIEWED = "previewed", _("previewed to the units")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")


# What units may see of a run, each of its own stations.
SEEN_BY_UNITS = (RunState.PREVIEWED, RunState.PUBLISHED, RunState.SUPERSEDED)


class ScoreRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All runs for the province; for the units below what was previewed or published."""
        if not user.is_authenticated or user.organisation is None:
            return self.none()
        if user.organisation.kind == OrganisationKind.PROVINCE and user.may(
            Permission.RANKING_READ
        ):
            return self
        return self.filter(state__in=SEEN_BY_UNITS)

    def latest_of(self, campaign):
        """The campaign's last run in this selection; None before there is one."""
        return self.filter(campaign=campaign).order_by("-pk").first() if campaign else None

    def years(self) -> list[int]:
        """The years of the runs in this selection, the latest first."""
        return list(
            self.order_by("-campaign__year").values_list("campaign__year", flat=True).distinct()
        )

    def published(self, campaign):
        """The run whose results stand; None before one is published."""
        return self.filter(campaign=campaign, state=RunState.PUBLISHED).first()


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
    state = models.CharField(
        _("state"), max_length=10, choices=RunState.choices, default=RunState.DRAFT
    )
    # SECURITY: made while ballots still came. Five of each station were left out and no breakdown
    # is shown, so that two runs (or the final one) cannot be subtracted down to a ballot.
    preliminary = models.BooleanField(_("preliminary"), default=False)
    previewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    previewed_at = models.DateTimeField(_("previewed at"), null=True)
    # Units may reply until 24:00 of this day.
    reply_until = models.DateField(_("replies until"), null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published at"), null=True)
    superseded_at = models.DateTimeField(_("superseded at"), null=True)
    superseded_reason = models.TextField(_("reason for superseding"), blank=True)

    objects = ScoreRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("scoring run")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.CheckConstraint(
                condition=Q(preliminary=False) | Q(state="draft"), name="preliminary_stays_draft"
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(published_by__isnull=False, published_at__isnull=False),
                name="run_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("previewed_by")),
                name="run_needs_two_people",
            ),
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(state="published"), name="one_published_run"
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year} #{self.pk}"

    def takes_replies(self, now: datetime) -> bool:
        """True while units may reply to the preview."""
        return self.state == RunState.PREVIEWED and clock.today(now) <= self.reply_until


class ScoreStatus(models.TextChoices):
    RANKED = "ranked", _("ranked")
    INCOMPLETE = "incomplete", _("incomplete")
    INSUFFICIENT_SAMPLE = "insufficient_sample", _("insufficient sample")


class StationScoreQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Scores inside the scope of a person who may read rankings, of the runs that the person
        may see."""
        rows = self.filter(scope_of(user, "path", (Permission.RANKING_READ,)))
        if user.organisation and user.organisation.kind == OrganisationKind.PROVINCE:
            return rows
        return rows.filter(run__state__in=SEEN_BY_UNITS)


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
    # The interval that holds the ranks of all stations of the kind at once.
    joint_low = models.PositiveIntegerField(_("best rank, all at once"), null=True)
    joint_high = models.PositiveIntegerField(_("worst rank, all at once"), null=True)
    # Stations of one band are not told apart from the band's first; 1 is the best band.
    band = models.PositiveIntegerField(_("band"), null=True)
    # The composite drawn to the mean of the kind as far as it is chance; never the official one.
    shrunk = models.DecimalField(_("drawn to the mean"), max_digits=6, decimal_places=2, null=True)
    # The policy's peer group and the place in it; a copy of the group's code.
    peer_group = models.CharField(_("peer group"), max_length=12, blank=True)
    rank_peer = models.PositiveIntegerField(_("rank within the peer group"), null=True)
    # Ballots that a preliminary run left out.
    left_out = models.PositiveIntegerField(_("ballots left out"), default=0)

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


class RunReplyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class RunReply(models.Model):
    """What a unit says to a previewed score of its station, and the province's answer.

    A unit replies once to a run for each station; the answer is the province's, with a reason.
    """

    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="replies")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="run_replies")
    text = models.TextField(_("reply"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given at"))
    upheld = models.BooleanField(_("upheld"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True)

    objects = RunReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply to a preview")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "enrolment"], name="one_reply_a_station"),
            models.CheckConstraint(
                condition=Q(upheld=None, answered_by=None, answered_at=None)
                | Q(upheld__isnull=False, answered_by__isnull=False, answered_at__isnull=False),
                name="reply_answered_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} · {self.run_id}"
