"""After sign-off: the station's right of reply, the re-check, and how a check is opened again."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock
from evaluations.models.acceptance import AcceptanceCheck, CheckScore
from evaluations.models.evidence import Evidence


class ReplyState(models.TextChoices):
    AWAITED = "awaited", _("reply awaited")
    AGREED = "agreed", _("agreed")
    OBJECTED = "objected", _("objected")
    DECIDED = "decided", _("objections decided")


class CheckReplyQuerySet(models.QuerySet):
    def closed_at(self, now: datetime):
        """Agreed, decided, or past 24:00 of the last day for a reply: the check is frozen."""
        return self.filter(
            Q(state__in=[ReplyState.AGREED, ReplyState.DECIDED])
            | Q(state=ReplyState.AWAITED, due_on__lt=clock.today(now))
        )


class CheckReply(models.Model):
    """What the station says to a signed check; one for each round of signing."""

    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="replies")
    round = models.PositiveSmallIntegerField(_("round"))
    due_on = models.DateField(_("reply by"))
    state = models.CharField(
        _("state"), max_length=8, choices=ReplyState.choices, default=ReplyState.AWAITED
    )
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    replied_at = models.DateTimeField(_("replied at"), null=True)
    # All reminders of the right to reply are said up to this day.
    reminded_until = models.DateField(null=True)

    objects = CheckReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply to the check")
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "round"], name="one_reply_a_round"),
            models.CheckConstraint(
                condition=Q(state__in=ReplyState.values), name="reply_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="awaited", replied_by=None)
                | ~Q(state="awaited") & Q(replied_by__isnull=False, replied_at__isnull=False),
                name="reply_given_by_somebody",
            ),
        ]

    def __str__(self):
        return str(self.check_of)

    def is_closed(self, now: datetime) -> bool:
        """True when nothing can be said or decided any more."""
        if self.state == ReplyState.AWAITED:
            return self.due_on < clock.today(now)
        return self.state != ReplyState.OBJECTED


class Objection(models.Model):
    """The station does not agree with one deduction; the authority decides with a reason."""

    reply = models.ForeignKey(CheckReply, models.CASCADE, related_name="objections")
    score = models.ForeignKey(CheckScore, models.PROTECT, related_name="objections")
    text = models.TextField(_("why the station does not agree"))
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    # Copied when the objection is made, so that the decision shows what it was about.
    deduction_before = models.DecimalField(_("deduction"), max_digits=4, decimal_places=1)
    deduction_after = models.DecimalField(
        _("deduction after the decision"), max_digits=4, decimal_places=1, null=True
    )
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("objection")
        ordering = ["score__criterion__position"]
        constraints = [
            models.UniqueConstraint(fields=["reply", "score"], name="one_objection_a_criterion"),
            models.CheckConstraint(
                condition=Q(decided_by=None, deduction_after=None, decision_reason="")
                | Q(decided_by__isnull=False, deduction_after__isnull=False)
                & ~Q(decision_reason=""),
                name="objection_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(deduction_after=None) | Q(deduction_after__lte=F("deduction_before")),
                name="objection_never_costs_points",
            ),
        ]

    def __str__(self):
        return self.text[:40]


class Recheck(models.Model):
    """The re-check of a conditional acceptance (整改后复验): mended, or not; one a round."""

    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="rechecks")
    round = models.PositiveSmallIntegerField(_("round"))
    checked_on = models.DateField(_("checked on"))
    inspectors = models.CharField(_("inspectors"), max_length=200)
    passed = models.BooleanField(_("everything is mended"))
    reason = models.TextField(_("what was found"))
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed off at"))

    class Meta:
        verbose_name = _("re-check")
        constraints = [
            models.UniqueConstraint(fields=["check_of", "round"], name="one_recheck_a_round")
        ]

    def __str__(self):
        return str(self.check_of)


class ReopeningState(models.TextChoices):
    REQUESTED = "requested", _("requested")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


class Reopening(models.Model):
    """One person asks to open a signed check again, another one decides."""

    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="reopenings")
    reason = models.TextField(_("reason"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ReopeningState.choices,
        default=ReopeningState.REQUESTED,
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    class Meta:
        verbose_name = _("re-opening")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReopeningState.values), name="reopening_state_known"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="reopening_needs_two_people",
            ),
            models.UniqueConstraint(
                fields=["check_of"],
                condition=Q(state="requested"),
                name="one_open_reopening_a_check",
            ),
        ]

    def __str__(self):
        return str(self.check_of)


class FormerCheck(models.Model):
    """A signed check as it was when it was opened again; nothing changes it."""

    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="former")
    reopening = models.OneToOneField(Reopening, models.PROTECT, related_name="former")
    round = models.PositiveSmallIntegerField(_("round"))
    # checked_on, score, result, inspectors, scores [{number, name, points, deduction, reason, …}]
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    kept_at = models.DateTimeField(_("kept at"))

    class Meta:
        verbose_name = _("former check")
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "round"], name="one_former_check_a_round")
        ]

    def __str__(self):
        return f"{self.check_of} · {self.round}"
