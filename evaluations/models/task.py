"""The tasks that mend problems (整改任务), and how long they may take."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign, Enrolment
from common import clock
from evaluations.models.evidence import Evidence
from evaluations.models.finding import EnrolmentScopedQuerySet, Finding


class RectificationRule(models.Model):
    """How long rectification takes in a campaign. A campaign without a row has the defaults.

    The notice gives no number of days (part 4 (2) 2 and 3); the defaults follow the practice of
    mending within 15 working days, once extended to 30.
    """

    campaign = models.OneToOneField(
        Campaign, models.CASCADE, related_name="rectification_rule", verbose_name=_("campaign")
    )
    working_days = models.PositiveSmallIntegerField(
        _("working days for a rectification"), default=15
    )
    extension_days = models.PositiveSmallIntegerField(
        _("working days that the one extension may add"), default=15
    )
    # Calendar days.
    escalation_days = models.PositiveSmallIntegerField(
        _("an overdue task goes one level up every … days"), default=7
    )
    supervision_days = models.PositiveSmallIntegerField(
        _("working days within which the level told must act"), default=3
    )

    class Meta:
        verbose_name = _("rectification rule")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    working_days__gte=1,
                    extension_days__gte=1,
                    escalation_days__gte=1,
                    supervision_days__gte=1,
                ),
                name="rectification_days_positive",
            )
        ]

    def __str__(self):
        return str(self.campaign)


class TaskState(models.TextChoices):
    ASSIGNED = "assigned", _("assigned")
    IN_PROGRESS = "in_progress", _("in progress")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    DEFERRED = "deferred", _("deferred")
    ACCEPTED = "accepted", _("accepted")


class TaskQuerySet(EnrolmentScopedQuerySet):
    def unfinished(self):
        return self.exclude(state=TaskState.ACCEPTED)

    def overdue_at(self, now: datetime):
        return self.filter(overdue(now))

    def published(self):
        """Accepted, and told to the public, latest first."""
        return self.filter(published_at__isnull=False).order_by("-published_at", "-pk")


def overdue(now: datetime, prefix: str = "") -> Q:
    """Past its day at `now`, and neither accepted nor, handed in by that day, waiting for the
    reviewer: that is not the station's delay. `prefix`: the way to the task, as `task__`."""
    handed_in_time = Q(
        **{
            f"{prefix}state": TaskState.SUBMITTED,
            f"{prefix}submitted_at__date__lte": F(f"{prefix}due_on"),
        }
    )
    past = Q(**{f"{prefix}due_on__lt": clock.today(now)})
    return past & ~Q(**{f"{prefix}state": TaskState.ACCEPTED}) & ~handed_in_time


class RectificationTask(models.Model):
    """A finding to be mended by a day (整改任务); accepted by somebody outside the station."""

    finding = models.OneToOneField(Finding, models.CASCADE, related_name="task")
    # The finding's enrolment again, so that scope and lists need no second join.
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="tasks")
    requirement = models.TextField(_("what is to be done"))
    due_on = models.DateField(_("due on"))
    state = models.CharField(
        _("state"), max_length=12, choices=TaskState.choices, default=TaskState.ASSIGNED
    )
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(_("assigned at"))
    # Who at the station answers for it, and what they mean to do: said when work begins.
    owner = models.CharField(_("responsible person"), max_length=40, blank=True)
    measure = models.TextField(_("measure"), blank=True)
    result = models.TextField(_("what was done"), blank=True)
    # Nobody accepts what they submitted themselves.
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    review_reason = models.TextField(_("reason"), blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    # How often the problem came back after the rectification was accepted.
    reopened = models.PositiveSmallIntegerField(_("times re-opened"), default=0)
    # How many levels above the station know that it is overdue; 0: none.
    stage = models.PositiveSmallIntegerField(_("stage of escalation"), default=0)
    # Its result is to be told to the public (通报整改情况, notice part 4 (2) 3), in these words.
    to_publish = models.BooleanField(_("publish the result"), default=False)
    public_text = models.TextField(_("text for the public"), blank=True)
    published_at = models.DateTimeField(_("published at"), null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("rectification task")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["state", "due_on"], name="task_by_state_and_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=TaskState.values), name="task_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted")
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="task_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(state="accepted") & ~Q(public_text=""),
                name="task_published_is_accepted",
            ),
        ]

    def __str__(self):
        return str(self.finding)

    def is_overdue(self, now: datetime) -> bool:
        """As `overdue` asks the database."""
        if self.state == TaskState.ACCEPTED or self.due_on >= clock.today(now):
            return False
        return self.state != TaskState.SUBMITTED or clock.today(self.submitted_at) > self.due_on


class PostponementKind(models.TextChoices):
    EXTENSION = "extension", _("extension")
    DEFERRAL = "deferral", _("cannot be solved now")


class PostponementState(models.TextChoices):
    ASKED = "asked", _("asked for")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Postponement(models.Model):
    """The station asks for a later day; the bureau above decides.

    An extension (延期) is granted once. A deferral (一时解决不了) says why the problem cannot be
    solved now, what is done meanwhile and what is planned (notice part 4 (2) 3).
    """

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="postponements")
    # The task's enrolment again, for scope.
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=PostponementKind.choices)
    reason = models.TextField(_("reason"))
    interim_measure = models.TextField(_("what is done meanwhile"), blank=True)
    plan = models.TextField(_("what is planned"))
    old_due_on = models.DateField(_("due on, before"))
    new_due_on = models.DateField(_("new day"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=PostponementState.choices,
        default=PostponementState.ASKED,
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    objects = EnrolmentScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("postponement")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PostponementKind.values), name="postponement_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "withdrawn"], decided_by=None, decided_at=None)
                | Q(
                    state__in=["approved", "refused"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="postponement_decided_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="postponement_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(kind="extension") | ~Q(interim_measure=""),
                name="deferral_says_what_is_done",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(state="asked"), name="one_open_request_a_task"
            ),
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(kind="extension", state="approved"),
                name="one_extension_a_task",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.new_due_on}"
