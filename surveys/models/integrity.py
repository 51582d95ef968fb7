"""What looks odd about ballots (flags), what was decided on them (quarantine), and the numbers."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign, Enrolment
from surveys.disclosure import SMALLEST_CELL
from surveys.models.batch import BallotBatch, ScopedQuerySet


class BallotRules(models.Model):
    """From when on something about ballots is odd: one row a campaign, its defaults without one.

    What is counted as ballots arrive has its limits in common/throttle.py (see arrivals.py)."""

    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="ballot_rules")
    fast_seconds = models.PositiveSmallIntegerField(
        _("answered too fast: less than so many seconds"), default=20
    )
    least_ballots = models.PositiveSmallIntegerField(
        _("shares are judged from so many ballots on"),
        default=20,
        validators=[MinValueValidator(5)],
    )
    straight_percent = models.PositiveSmallIntegerField(
        _("straight lines: percent of ballots with one answer throughout"),
        default=95,
        validators=[MaxValueValidator(100)],
    )
    closing_percent = models.PositiveSmallIntegerField(
        _("near closing: percent of ballots on the last day"),
        default=50,
        validators=[MaxValueValidator(100)],
    )
    gap_points = models.PositiveSmallIntegerField(
        _("paper against online: gap in percent satisfied"), default=20
    )
    challenge_bits = models.PositiveSmallIntegerField(
        _("work asked for under suspicion, in bits"), default=14, validators=[MaxValueValidator(22)]
    )
    challenge_seconds = models.PositiveSmallIntegerField(
        _("or so many seconds to wait"), default=20
    )
    mix_every = models.PositiveSmallIntegerField(
        _("ballots are mixed when so many are new"), default=50, validators=[MinValueValidator(5)]
    )

    reserve_percent = models.PositiveSmallIntegerField(
        _("reserve of a mailed batch: percent of its codes, at least five (0: none)"),
        default=10,
        validators=[MaxValueValidator(50)],
    )

    class Meta:
        verbose_name = _("rules of ballot integrity")

    def __str__(self):
        return f"{self._meta.verbose_name} {self.campaign.year}"

    def reserve_for(self, number: int) -> int:
        """How many codes a mailed batch of `number` has in reserve. Five at least: who holds a copy
        of the database and the secret key would else know the one that is taken."""
        if not self.reserve_percent:
            return 0
        return max(SMALLEST_CELL, -(-number * self.reserve_percent // 100))


class FlagKind(models.TextChoices):
    BURST = "burst", _("burst")
    NETWORK = "network", _("one network")
    DEVICE = "device", _("one device")
    FAST = "fast", _("too fast")
    STRAIGHT = "straight", _("straight lines")
    CLOSING = "closing", _("near closing")
    PERFECT = "perfect", _("implausible 100%")
    GAP = "gap", _("paper against online")
    CALL_BACK = "call_back", _("call-back")


class FlagState(models.TextChoices):
    OPEN = "open", _("open")
    PROPOSED = "proposed", _("setting aside proposed")
    SETTLED = "settled", _("settled")


class BallotFlag(models.Model):
    """Something odd about a station's ballots, or one batch's or one day's: for a person to look
    at. It never touches a ballot by itself. `measured` against `limit`: what the rule saw."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="flags")
    batch = models.ForeignKey(BallotBatch, models.PROTECT, null=True, related_name="flags")
    kind = models.CharField(_("flag"), max_length=10, choices=FlagKind.choices)
    day = models.DateField(_("day"), null=True)
    ballots = models.PositiveIntegerField(_("ballots"))
    measured = models.DecimalField(_("measured"), max_digits=7, decimal_places=1)
    limit = models.DecimalField(_("limit"), max_digits=7, decimal_places=1)
    state = models.CharField(
        _("state"), max_length=10, choices=FlagState.choices, default=FlagState.OPEN
    )
    outcome = models.TextField(_("outcome"), blank=True)
    raised_at = models.DateTimeField(_("raised at"))
    # Station, kind, batch and day: the same sight raises one flag.
    key = models.CharField(max_length=64, unique=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("flag on ballots")
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FlagKind.values), name="flag_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=FlagState.values), name="flag_state_known"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.enrolment}"


class QuarantineState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    REJECTED = "rejected", _("rejected")
    IN_EFFECT = "in_effect", _("in effect")
    LIFTED = "lifted", _("lifted")


class Quarantine(models.Model):
    """Ballots of a flag that one person proposed to set aside and another decided on.

    While it is in effect its ballots point at it and are not counted; lifted, exactly these return.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="quarantines")
    flag = models.ForeignKey(BallotFlag, models.PROTECT, related_name="quarantines")
    state = models.CharField(
        _("state"), max_length=10, choices=QuarantineState.choices, default=QuarantineState.PROPOSED
    )
    ballots = models.PositiveIntegerField(_("ballots set aside"), default=0)
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decision = models.TextField(_("reason of the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarantine of ballots")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["flag"],
                condition=Q(state__in=("proposed", "in_effect")),
                name="one_running_quarantine_a_flag",
            ),
            models.CheckConstraint(
                condition=Q(state__in=QuarantineState.values), name="quarantine_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed")
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="quarantine_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")),
                name="quarantine_of_two_people",
            ),
        ]

    def __str__(self):
        return str(self.flag)
