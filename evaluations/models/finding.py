"""Problems from every source, and the tasks that mend them (问题、整改)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Enrolment
from common import clock
from evaluations.models.evidence import Evidence
from evaluations.models.standard import Criterion


class FindingSource(models.TextChoices):
    SELF_INSPECTION = "self_inspection", _("self-inspection")
    OPINION = "opinion", _("opinion")
    COMPLAINT = "complaint", _("complaint")
    MEETING = "meeting", _("review meeting")
    SURVEY = "survey", _("survey comment")
    ACCEPTANCE = "acceptance", _("acceptance check")
    SPOT_CHECK = "spot_check", _("spot check")
    SECRET_VISIT = "secret_visit", _("secret visit")
    COMMITMENT = "commitment", _("broken commitment")


class FindingCategory(models.TextChoices):
    """The four kinds that the notice asks to be mended first (part 4 (2) 3)."""

    THINKING = "thinking", _("thinking and conduct")
    WORK = "work", _("working style")
    SERVICE = "service", _("law enforcement and service")
    MANAGEMENT = "management", _("internal management")


class Severity(models.TextChoices):
    MINOR = "minor", _("minor")
    MAJOR = "major", _("major")
    SEVERE = "severe", _("severe")


class EnrolmentScopedQuerySet(models.QuerySet):
    """Rows that hang on an enrolment."""

    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class Finding(models.Model):
    """A problem found at a station, whatever brought it to light."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="findings")
    source = models.CharField(_("source"), max_length=16, choices=FindingSource.choices)
    criterion = models.ForeignKey(
        Criterion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("criterion"),
    )
    category = models.CharField(_("category"), max_length=12, choices=FindingCategory.choices)
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity.choices, default=Severity.MINOR
    )
    text = models.TextField(_("problem"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    # What the row was made from (a form's token, an item): sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = EnrolmentScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=FindingSource.values), name="finding_source_known"
            ),
            models.CheckConstraint(
                condition=Q(category__in=FindingCategory.values), name="finding_category_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="finding_severity_known"
            ),
        ]

    def __str__(self):
        return self.text[:40]


class TaskState(models.TextChoices):
    ASSIGNED = "assigned", _("assigned")
    IN_PROGRESS = "in_progress", _("in progress")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")


class TaskQuerySet(EnrolmentScopedQuerySet):
    def unfinished(self):
        return self.exclude(state=TaskState.ACCEPTED)

    def overdue_at(self, now: datetime):
        return self.unfinished().filter(due_on__lt=clock.today(now))


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

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("rectification task")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=TaskState.values), name="task_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted")
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="task_accepted_by_somebody",
            ),
        ]

    def __str__(self):
        return str(self.finding)

    def is_overdue(self, now: datetime) -> bool:
        return self.state != TaskState.ACCEPTED and self.due_on < clock.today(now)
