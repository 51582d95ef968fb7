"""What results are used for (结果运用; notice part 5): proposed by rules, decided by people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from scoring.models.policy import Grade
from scoring.models.run import ScoreRun
from stations.models import Station, StationKind


class HonourKind(models.TextChoices):
    COMMENDATION = "commendation", _("recommended for provincial commendation")
    ADVANCED = "advanced", _("advanced station of the system")
    PROMOTION = "promotion", _("basis for the head's award or promotion")


class ConsequenceKind(models.TextChoices):
    CRITICISM = "criticism", _("circulated criticism")
    ADMONITION = "admonition", _("admonition talk and no awards this year")
    BUREAU = "bureau", _("bureau loses its eligibility")
    ACCOUNTABILITY = "accountability", _("accountability of leaders")


class ResultRules(models.Model):
    """By which figures honours and consequences are proposed in a campaign.

    The notice says "high", "in front", "low", "many", "two years"; the province puts numbers to it.
    Shares are of the ranked stations of a kind, 0 to 1.
    """

    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="result_rules")
    high_floor = models.DecimalField(
        _("high satisfaction: composite from"), max_digits=5, decimal_places=2, default=90
    )
    front_share = models.DecimalField(
        _("ranked in front: share of the kind"), max_digits=4, decimal_places=3, default="0.1"
    )
    low_ceiling = models.DecimalField(
        _("low satisfaction: composite below"), max_digits=5, decimal_places=2, default=60
    )
    behind_share = models.DecimalField(
        _("backward: last share of the kind"), max_digits=4, decimal_places=3, default="0.05"
    )
    many_findings = models.PositiveSmallIntegerField(_("many findings: from"), default=10)
    years_running = models.PositiveSmallIntegerField(_("years running"), default=2)
    publicity_days = models.PositiveSmallIntegerField(
        _("publicity period, working days"), default=5
    )
    reply_days = models.PositiveSmallIntegerField(
        _("right of reply to a preview, working days"), default=5
    )
    recheck_required = models.BooleanField(_("re-check before a nomination"), default=True)

    class Meta:
        verbose_name = _("rules of results")
        constraints = [
            models.CheckConstraint(
                condition=Q(front_share__gt=0, front_share__lte=1),
                name="front_share_between_0_and_1",
            ),
            models.CheckConstraint(
                condition=Q(behind_share__gt=0, behind_share__lte=1),
                name="behind_share_between_0_and_1",
            ),
            models.CheckConstraint(
                condition=Q(low_ceiling__lt=F("high_floor")), name="low_is_below_high"
            ),
            models.CheckConstraint(
                condition=Q(years_running__gte=2), name="years_running_at_least_2"
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year}"


class ResultQuota(models.Model):
    """How many stations of a kind can get an honour."""

    rules = models.ForeignKey(ResultRules, models.CASCADE, related_name="quotas")
    honour = models.CharField(_("honour"), max_length=12, choices=HonourKind.choices)
    kind = models.CharField(_("kind"), max_length=10, choices=StationKind.choices)
    number = models.PositiveSmallIntegerField(_("number"))

    class Meta:
        ordering = ["honour", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["rules", "honour", "kind"], name="one_quota_a_kind")
        ]

    def __str__(self):
        return f"{self.honour} {self.kind} {self.number}"


class PublicityPeriodQuerySet(models.QuerySet):
    def years(self) -> list[int]:
        """The years in which names stood before the public, the latest first."""
        return list(
            self.order_by("-campaign__year").values_list("campaign__year", flat=True).distinct()
        )


class PublicityPeriod(models.Model):
    """The names put before the public (公示) from `opens_on` to 24:00 of `closes_on`."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="publicity_periods")
    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="publicity_periods")
    opens_on = models.DateField(_("from"))
    closes_on = models.DateField(_("to"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened at"))

    objects = PublicityPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("publicity period")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gt=F("opens_on")), name="publicity_lasts_some_days"
            )
        ]

    def __str__(self):
        return f"{self.opens_on} – {self.closes_on}"


class HonourState(models.TextChoices):
    PROPOSED = "proposed", _("proposed by rule")
    NOMINATED = "nominated", _("nominated")
    PUBLICISED = "publicised", _("before the public")
    CONFIRMED = "confirmed", pgettext_lazy("honour", "confirmed")
    REJECTED = "rejected", _("not taken up")
    WITHDRAWN = "withdrawn", _("withdrawn")


class HonourQuerySet(models.QuerySet):
    def visible_to(self, user):
        """In scope for those who read rankings."""
        path = "enrolment__station__organisation__path"
        return self.filter(scope_of(user, path, (Permission.RANKING_READ,)))

    def with_station(self):
        return self.select_related(
            "campaign", "enrolment__station__organisation__supervisor__supervisor", "score"
        )


class Honour(models.Model):
    """An honour for a station (表彰推荐): a rule proposes, one person nominates with a reason and
    the re-check's result, the public may object, another person confirms.

    `basis` is what the rule saw, frozen: {"composite": "96.20", "rank": 3, "size": 158, …}.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="honours")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="honours")
    score = models.ForeignKey("scoring.StationScore", models.PROTECT, related_name="honours")
    kind = models.CharField(_("honour"), max_length=12, choices=HonourKind.choices)
    basis = models.JSONField(default=dict)
    proposed_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(
        _("state"), max_length=10, choices=HonourState.choices, default=HonourState.PROPOSED
    )
    recheck_on = models.DateField(_("re-checked on"), null=True)
    recheck_note = models.TextField(_("what the re-check found"), blank=True)
    nominated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    nominated_at = models.DateTimeField(_("nominated at"), null=True)
    nomination_reason = models.TextField(_("reason of the nomination"), blank=True)
    publicity = models.ForeignKey(
        PublicityPeriod, models.PROTECT, null=True, related_name="honours"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = _("honour")
        ordering = ["kind", "score__rank_kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "enrolment", "kind"], name="one_honour_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=HonourState.values), name="honour_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=HonourKind.values), name="honour_kind_known"
            ),
            # No machine decides on a person: every step beyond the proposal has a name.
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "rejected"])
                | Q(nominated_by__isnull=False, nominated_at__isnull=False),
                name="honour_nominated_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "nominated", "publicised"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="honour_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(decided_by=F("nominated_by")),
                name="honour_needs_two_people",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} · {self.get_kind_display()}"


class ConsequenceState(models.TextChoices):
    PROPOSED = "proposed", _("proposed by rule")
    ENDORSED = "endorsed", _("put forward")
    IMPOSED = "imposed", _("imposed")
    DISMISSED = "dismissed", _("not taken up")
    LIFTED = "lifted", _("lifted")


class ConsequenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The province sees all; a unit sees what was imposed on it and on those below it."""
        rows = self.filter(scope_of(user, "organisation__path", (Permission.RANKING_READ,)))
        if user.organisation and user.organisation.supervisor_id is None:
            return rows
        return rows.filter(state__in=[ConsequenceState.IMPOSED, ConsequenceState.LIFTED])


class Consequence(models.Model):
    """What follows from a bad result, for a station or, by a veto, for its bureau.

    A rule proposes, one person puts it forward, another imposes it, each with a reason. `rule` and
    `basis` say what the rule saw.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="consequences")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="consequences")
    kind = models.CharField(_("consequence"), max_length=14, choices=ConsequenceKind.choices)
    basis = models.JSONField(default=dict)
    proposed_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=ConsequenceState.choices,
        default=ConsequenceState.PROPOSED,
    )
    endorsed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    endorsed_at = models.DateTimeField(_("put forward at"), null=True)
    endorsement_reason = models.TextField(_("reason for putting it forward"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    objects = ConsequenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("consequence")
        ordering = ["kind", "organisation__path", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation", "kind"], name="one_consequence_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConsequenceState.values), name="consequence_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ConsequenceKind.values), name="consequence_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "dismissed"])
                | Q(endorsed_by__isnull=False, endorsed_at__isnull=False),
                name="consequence_endorsed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "endorsed"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="consequence_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="imposed") | ~Q(decided_by=F("endorsed_by")),
                name="consequence_needs_two_people",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} · {self.get_kind_display()}"


class ObjectionState(models.TextChoices):
    RECEIVED = "received", _("received")
    UPHELD = "upheld", _("upheld")
    NOT_UPHELD = "not_upheld", _("not upheld")


class Objection(models.Model):
    """What somebody says against a name before the public (异议). `contact` is for the province's
    answer alone and is never shown to the station or its bureau."""

    honour = models.ForeignKey(Honour, models.PROTECT, related_name="objections")
    text = models.TextField(_("objection"))
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    received_at = models.DateTimeField(_("received at"))
    # The form's key: the same form sent twice is one objection.
    key = models.UUIDField(unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ObjectionState.choices, default=ObjectionState.RECEIVED
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    class Meta:
        verbose_name = _("objection")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ObjectionState.values), name="objection_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="received")
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="objection_decided_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.honour_id} #{self.pk}"


class PastResultQuerySet(models.QuerySet):
    def visible_to(self, user):
        path = "station__organisation__path"
        return self.filter(scope_of(user, path, (Permission.RANKING_READ,)))


class PastResult(models.Model):
    """A station's result of a year before the portal, from a workbook.

    Keyed to the station as it is now: a renamed or merged one carries its history on.
    """

    station = models.ForeignKey(Station, models.PROTECT, related_name="past_results")
    year = models.PositiveSmallIntegerField(_("year"))
    composite = models.DecimalField(_("composite"), max_digits=6, decimal_places=2, null=True)
    rank_kind = models.PositiveIntegerField(_("rank within the kind"), null=True)
    ranked_in_kind = models.PositiveIntegerField(_("ranked stations of the kind"), null=True)
    grade = models.CharField(_("grade"), max_length=12, choices=Grade.choices, blank=True)
    backward = models.BooleanField(_("named backward"), default=False)
    circulated = models.BooleanField(_("circulated criticism"), default=False)
    source = models.CharField(_("source"), max_length=200)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(_("imported at"))

    objects = PastResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result of an earlier year")
        ordering = ["-year", "rank_kind"]
        constraints = [
            models.UniqueConstraint(fields=["station", "year"], name="one_past_result_a_year"),
            models.CheckConstraint(
                condition=Q(rank_kind=None) | Q(ranked_in_kind__gte=F("rank_kind")),
                name="past_rank_within_its_size",
            ),
        ]

    def __str__(self):
        return f"{self.station} {self.year}"
