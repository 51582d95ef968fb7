"""Batches of ballots (批次): one-time codes, paper of a review meeting, workbooks."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Campaign, Enrolment


class BatchKind(models.TextChoices):
    CODES = "codes", _("one-time codes")
    PAPER = "paper", _("paper ballots")
    IMPORT = "import", _("workbook")


class BatchState(models.TextChoices):
    OPEN = "open", _("open")
    COUNTED = "counted", _("counted")
    CLOSED = "closed", _("closed")


class ScopedQuerySet(models.QuerySet):
    """Rows that hang on an enrolment."""

    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class BallotBatch(models.Model):
    """A numbered batch for one station, given out by a level above it.

    Custody: of `issued` codes or sheets, `handed_out` left the office; `returned` came back (codes:
    unused; sheets: filled in); `void` can never be counted. The database refuses a ballot beyond
    `issued` - `void` (surveys/guards.py). Of a mailed batch `reserve` more codes are registered
    that nobody was sent; one becomes issued when somebody's mail is `replaced`. What was drawn by
    chance can be drawn again: from the same list of `frame_size` lines, whose SHA-256 is
    `frame_digest`, with the same `seed`. The list itself is not kept.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField(_("batch"))
    kind = models.CharField(_("kind"), max_length=8, choices=BatchKind.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=BatchState.choices, default=BatchState.OPEN
    )
    # The group that the codes give; "" where each ballot names its own.
    group = models.CharField(_("respondent group"), max_length=12, blank=True)
    note = models.CharField(_("note"), max_length=120, blank=True)
    issued = models.PositiveIntegerField(_("issued"))
    handed_out = models.PositiveIntegerField(_("handed out"), default=0)
    returned = models.PositiveIntegerField(_("returned"), default=0)
    void = models.PositiveIntegerField(_("void"), default=0)
    reserve = models.PositiveIntegerField(_("reserve"), default=0)
    replaced = models.PositiveIntegerField(_("codes replaced"), default=0)
    # Of the fields typed twice, how many differed and were repaired.
    repaired = models.PositiveIntegerField(default=0)
    frame_size = models.PositiveIntegerField(null=True)
    frame_digest = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=32, blank=True)
    # The form that made it: sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot batch")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_batch_a_number"),
            models.CheckConstraint(condition=Q(kind__in=BatchKind.values), name="batch_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=BatchState.values), name="batch_state_known"
            ),
            models.CheckConstraint(condition=Q(issued__gt=0), name="batch_issues_something"),
            models.CheckConstraint(
                condition=Q(handed_out__lte=F("issued")), name="batch_hands_out_what_is_issued"
            ),
            models.CheckConstraint(
                condition=Q(returned__lte=F("handed_out")), name="batch_returns_what_was_handed_out"
            ),
            models.CheckConstraint(condition=Q(void__lte=F("issued")), name="batch_void_of_issued"),
            models.CheckConstraint(
                condition=Q(replaced__lte=F("reserve")), name="batch_replaces_from_its_reserve"
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year}-{self.number:04}"

    @property
    def pool(self) -> str:
        """The name of its codes that wait to be mailed (deliveries/enclosures.py)."""
        return f"batch:{self.pk}"


class InvitationState(models.TextChoices):
    ISSUED = "issued", _("issued")
    USED = "used", _("used")
    VOID = "void", _("void")


class Invitation(models.Model):
    """A one-time code (评议码): its keyed hash, and whether it is spent. No person, no day, no
    ballot; a random id. The code itself exists on the slip only."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(BallotBatch, models.PROTECT, related_name="invitations")
    code_digest = models.CharField(max_length=32, unique=True)
    state = models.CharField(
        max_length=8, choices=InvitationState.choices, default=InvitationState.ISSUED
    )

    class Meta:
        verbose_name = _("one-time code")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=InvitationState.values), name="invitation_state_known"
            )
        ]

    def __str__(self):
        return str(_("one-time code"))


class PaperSheet(models.Model):
    """A paper ballot as one of two people typed it (`typing` 1 or 2), until the batch is counted.

    `answers`: as on a ballot; "" on a sheet that is void. The rows go when the ballots are in the
    box: their order and their typists would tell which is which.
    """

    batch = models.ForeignKey(BallotBatch, models.CASCADE, related_name="sheets")
    number = models.PositiveIntegerField(_("sheet"))
    typing = models.PositiveSmallIntegerField()
    is_void = models.BooleanField(_("void"), default=False)
    group = models.CharField(_("respondent group"), max_length=12, blank=True)
    answers = models.CharField(max_length=40, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("paper ballot")
        ordering = ["number", "typing"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number", "typing"], name="one_sheet_a_number_and_typing"
            ),
            models.CheckConstraint(condition=Q(typing__in=(1, 2)), name="sheet_typed_twice"),
        ]

    def __str__(self):
        return f"{self.batch} {self.number}"
