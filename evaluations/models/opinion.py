"""What people say of a station or bureau (意见、投诉), and what they were answered."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from campaign.models import Campaign, Enrolment
from common import clock
from evaluations.models.commitment import Commitment
from evaluations.models.finding import Finding
from evaluations.models.term import LAW, TermStep, TermUnit


class VoiceGroup(models.TextChoices):
    """Whose voice it is: those whom the notice asks for their opinion (parts 4 (2) and 6 (3))."""

    CONGRESS = "congress", _("people's congress deputy")
    CPPCC = "cppcc", _("CPPCC member")
    ENTERPRISE = "enterprise", _("enterprise served")
    DELEGATE = "delegate", _("review delegate")
    PUBLIC = "public", _("other people")


class OpinionKind(models.TextChoices):
    OPINION = "opinion", _("opinion or suggestion")
    COMPLAINT = "complaint", _("complaint")


class OpinionChannel(models.TextChoices):
    ONLINE = "online", _("public page")
    PAPER = "paper", _("paper")
    MEETING = "meeting", _("meeting")
    PHONE = "phone", _("phone")


class OpinionState(models.TextChoices):
    RECEIVED = "received", _("received")
    TRANSFERRED = "transferred", _("passed on")
    ACCEPTED = "accepted", _("being handled")
    DECLINED = "declined", _("not in remit")
    ANSWERED = "answered", _("answer given")
    CLOSED = "closed", _("closed")


class OpinionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What the person's unit, or one below it, handles. A handler always stands above the unit
        that an opinion is about, so nobody sees what is said of their own unit."""
        return self.filter(scope_of(user, "handler__path"))

    def waiting(self):
        """Still to be decided on or answered."""
        states = (OpinionState.RECEIVED, OpinionState.TRANSFERRED, OpinionState.ACCEPTED)
        return self.filter(state__in=states)

    def counted_by_commitment(self, commitments) -> dict[int, int]:
        """How many touch each of `commitments`, by its key."""
        rows = self.filter(commitment__in=commitments).order_by().values("commitment")
        return dict(rows.annotate(count=models.Count("pk")).values_list("commitment", "count"))

    def with_units(self):
        return self.select_related(
            "campaign", "target", "handler__supervisor", "enrolment__station"
        )


class Opinion(models.Model):
    """An opinion or complaint about a unit (`target`), or about the campaign as a whole.

    Who said it, where they said so, stands in `Complainant` alone. The query code is stored as a
    keyed hash only.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="opinions")
    target = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("about")
    )
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="opinions")
    handler = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("handled by")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=OpinionKind.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=OpinionChannel.choices)
    group = models.CharField(_("group"), max_length=10, choices=VoiceGroup.choices)
    text = models.TextField(_("what was said"))
    named = models.BooleanField(_("with a name"), default=False)
    # Who said it says that the unit right above the target is involved too.
    concerns_bureau = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=12, choices=OpinionState.choices, default=OpinionState.RECEIVED
    )
    received_at = models.DateTimeField(_("received at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason"), blank=True)
    reopened_at = models.DateTimeField(_("re-opened at"), null=True)
    commitment = models.ForeignKey(
        Commitment, models.SET_NULL, null=True, related_name="opinions", verbose_name=_("promise")
    )
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="opinion")
    # Keyed hashes of the form's key (sent twice, it is one opinion) and of the query code.
    key_digest = models.CharField(max_length=32, unique=True)
    code_digest = models.CharField(max_length=32, unique=True)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion or complaint")
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["handler", "state"], name="opinions_of_handler")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=OpinionKind.values), name="opinion_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=OpinionChannel.values), name="opinion_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(group__in=VoiceGroup.values), name="opinion_group_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OpinionState.values), name="opinion_state_known"
            ),
            # SECURITY: never handled by the unit that it is about (信访条例, Art. 23).
            models.CheckConstraint(
                condition=Q(target=None) | ~Q(target=F("handler")),
                name="opinion_not_handled_by_its_target",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "transferred"]) | Q(decided_at__isnull=False),
                name="opinion_decided_has_time",
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """What it is called on paper and in the audit trail: it tells nothing of the content."""
        return f"{self.campaign.year}-{self.pk:06d}"

    @property
    def round(self) -> int:
        """1, and 2 after it was re-opened."""
        return 2 if self.reopened_at else 1


class Complainant(models.Model):
    """Who said it. SECURITY: read through `services.opinions.reveal_complainant` alone, which
    leaves an audit event. Blank once the time for which it is kept is over (`erased_at`)."""

    opinion = models.OneToOneField(Opinion, models.CASCADE, related_name="complainant")
    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True)

    class Meta:
        verbose_name = _("complainant")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(name="", phone=""), name="complainant_erased_whole"
            )
        ]

    def __str__(self):
        return str(self.opinion)


def random_name(opinion_file, filename) -> str:
    """A name that nobody can guess; the original one is kept in `name`."""
    return f"opinions/{secrets.token_hex(16)}"


class OpinionFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "opinion__handler__path"))


class OpinionFile(models.Model):
    """A file that came with an opinion, kept outside the web root. Its content and name are gone
    once the time for which they are kept is over (`erased_at`); size and digest stay."""

    opinion = models.ForeignKey(Opinion, models.CASCADE, related_name="files")
    file = models.FileField(_("file"), upload_to=random_name)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(_("erased at"), null=True)

    objects = OpinionFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of an opinion")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(file="", name=""), name="opinion_file_erased_whole"
            )
        ]

    def __str__(self):
        return str(self.opinion)


class OpinionAnswer(models.Model):
    """The answer of a round, and what a named complainant thinks of it."""

    opinion = models.ForeignKey(Opinion, models.CASCADE, related_name="answers")
    round = models.PositiveSmallIntegerField()
    text = models.TextField(_("answer"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("answered at"))
    satisfied = models.BooleanField(_("fully satisfied"), null=True)
    satisfied_at = models.DateTimeField(null=True)
    words = models.TextField(_("what is still missing"), blank=True)

    class Meta:
        verbose_name = _("answer")
        ordering = ["opinion", "round"]
        constraints = [
            models.UniqueConstraint(fields=["opinion", "round"], name="one_answer_a_round"),
            models.CheckConstraint(condition=Q(round__in=[1, 2]), name="opinion_reopened_once"),
        ]

    def __str__(self):
        return f"{self.opinion} · {self.round}"


class OpinionTerm(models.Model):
    """A statutory clock of one opinion: frozen as it was computed, but for extensions."""

    opinion = models.ForeignKey(Opinion, models.CASCADE, related_name="terms")
    step = models.CharField(_("term"), max_length=16, choices=TermStep.choices)
    round = models.PositiveSmallIntegerField(default=1)
    starts_on = models.DateField(_("starts on"))
    days = models.PositiveSmallIntegerField(_("days"))
    unit = models.CharField(_("unit"), max_length=8, choices=TermUnit.choices)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    due_on = models.DateField(_("due on"))
    met_at = models.DateTimeField(_("met at"), null=True)

    class Meta:
        verbose_name = _("statutory clock")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opinion", "step", "round"], name="one_clock_a_step_and_round"
            ),
            models.CheckConstraint(
                condition=Q(step__in=TermStep.values), name="opinion_term_step_known"
            ),
        ]

    def __str__(self):
        return f"{self.opinion} · {self.get_step_display()}"

    @property
    def law(self):
        """The law or decision that the number of days comes from."""
        return self.basis or LAW[self.step]

    def is_overdue(self, now: datetime) -> bool:
        return self.met_at is None and self.due_on < clock.today(now)

    @property
    def was_extended(self) -> bool:
        """The day lies later than the number of days alone would give."""
        return self.unit == TermUnit.CALENDAR and self.due_on > self.starts_on + timedelta(
            days=self.days
        )

    @property
    def was_late(self) -> bool:
        return self.met_at is not None and self.met_at >= clock.end_of(self.due_on)


class OpinionTransfer(models.Model):
    """That an opinion was passed on to another unit, and perhaps sent back."""

    opinion = models.ForeignKey(Opinion, models.CASCADE, related_name="transfers")
    from_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    to_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    # What it was about before, where passing it on corrected that.
    former_target = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"))
    passed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    passed_at = models.DateTimeField(_("passed on at"))
    back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    back_at = models.DateTimeField(_("sent back at"), null=True)
    back_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("transfer")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.opinion}: {self.from_unit} → {self.to_unit}"


class ExtensionState(models.TextChoices):
    ASKED = "asked", _("asked for")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


class OpinionExtension(models.Model):
    """More time for the answer: asked for by one person, approved by another, and told."""

    opinion = models.ForeignKey(Opinion, models.CASCADE, related_name="extensions")
    round = models.PositiveSmallIntegerField(default=1)
    former_due_on = models.DateField(_("due on"))
    due_on = models.DateField(_("new day"))
    reason = models.TextField(_("reason"))
    state = models.CharField(
        _("state"), max_length=8, choices=ExtensionState.choices, default=ExtensionState.ASKED
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    class Meta:
        verbose_name = _("extension")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opinion"], condition=Q(state="asked"), name="one_extension_asked"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExtensionState.values), name="extension_state_known"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gt=F("former_due_on")), name="extension_is_later"
            ),
        ]

    def __str__(self):
        return f"{self.opinion} → {self.due_on}"
