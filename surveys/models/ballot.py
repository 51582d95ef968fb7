"""Ballots: anonymous, compact, the only truth. Tallies are always derived from them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign, Enrolment
from evaluations.models import Finding
from surveys.models.batch import BallotBatch, ScopedQuerySet
from surveys.models.integrity import Quarantine
from surveys.models.questionnaire import Questionnaire


class Channel(models.TextChoices):
    OPEN = "open", _("station's QR code")
    CODE = "code", _("one-time code")
    PAPER = "paper", _("paper")
    IMPORT = "import", _("import")


class Mark(models.TextChoices):
    """What was odd about a ballot's arrival, known at that moment only."""

    BURST = "B", _("came in a burst")
    NETWORK = "N", _("one network sent many")
    DEVICE = "D", _("one device sent many")
    FAST = "F", _("answered too fast")


class BallotQuerySet(models.QuerySet):
    def counted(self):
        """Valid ballots that no decided integrity flag set aside."""
        return self.filter(valid=True, set_aside=False)


class Ballot(models.Model):
    """An answer sheet (答卷): no person, no address, no device, no time of day.

    `id` is drawn at random, so that neither its order nor SQLite's row order tells when the ballot
    came. `answers` holds one character per question in number order: the option's number, "0" for
    none. `key_digest` is the keyed hash of the form's idempotency key: the same form sent twice is
    one ballot. `valid` is decided once, on arrival, by the frozen questionnaire and the rule of the
    counted share (scoring rule 1); no later act changes the answers. `marks`: letters of `Mark`.
    `mixed`: its row was written anew among others since it came (surveys/services/mixing.py).
    """

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="ballots", db_index=False)
    questionnaire = models.ForeignKey(
        Questionnaire, models.PROTECT, related_name="+", db_index=False
    )
    group = models.CharField(max_length=12)
    answers = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    day = models.DateField()
    valid = models.BooleanField()
    batch = models.ForeignKey(
        BallotBatch, models.PROTECT, null=True, related_name="ballots", db_index=False
    )
    marks = models.CharField(max_length=4, blank=True)
    # Two fields that agree, by a rule of the database: the count reads the first from the index.
    set_aside = models.BooleanField(default=False)
    quarantine = models.ForeignKey(
        Quarantine, models.PROTECT, null=True, related_name="+", db_index=False
    )
    mixed = models.BooleanField(default=False)
    key_digest = models.CharField(max_length=32, unique=True)

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        indexes = [
            models.Index(
                fields=["enrolment", "group"],
                include=["answers", "valid", "set_aside"],
                name="ballot_by_station_and_group",
            ),
            models.Index(
                fields=["batch"], condition=Q(batch__isnull=False), name="ballot_by_batch"
            ),
            models.Index(
                fields=["quarantine"],
                condition=Q(quarantine__isnull=False),
                name="ballot_by_quarantine",
            ),
            models.Index(fields=["enrolment"], condition=Q(mixed=False), name="ballot_unmixed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="ballot_channel_known"
            ),
            models.CheckConstraint(
                condition=~Q(channel="code") | Q(batch__isnull=False), name="ballot_code_has_batch"
            ),
            models.CheckConstraint(
                condition=Q(set_aside=True, quarantine__isnull=False)
                | Q(set_aside=False, quarantine=None),
                name="ballot_set_aside_by_decision",
            ),
        ]

    def __str__(self):
        return str(_("ballot"))


class CommentState(models.TextChoices):
    NEW = "new", _("to be screened")
    SHOWN = "shown", _("shown")
    WITHHELD = "withheld", _("withheld")


class SurveyComment(models.Model):
    """A free text of a ballot, kept apart from it; random id as there.

    The station sees `shown_text` only: what a person above it left after screening for personal
    data, and only from five ballots on.
    """

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="comments")
    text = models.TextField()
    state = models.CharField(
        _("state"), max_length=8, choices=CommentState.choices, default=CommentState.NEW
    )
    shown_text = models.TextField(blank=True)
    screened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="+")
    mixed = models.BooleanField(default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CommentState.values), name="comment_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="new") | Q(screened_by__isnull=False),
                name="comment_screened_by_somebody",
            ),
        ]

    def __str__(self):
        return str(_("comment"))


class Receipt(models.Model):
    """That a ballot came in: the keyed hash of the code which the person holds.

    Nothing joins it to the ballot: no station, no group, no day, a random id. It answers one
    question only, "was a ballot with this code counted in?", so that it proves nothing to somebody
    who pays for an answer.
    """

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    code_digest = models.CharField(max_length=32, unique=True)
    mixed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("receipt")
        indexes = [
            models.Index(fields=["campaign"], condition=Q(mixed=False), name="receipt_unmixed")
        ]

    def __str__(self):
        return str(_("receipt"))
