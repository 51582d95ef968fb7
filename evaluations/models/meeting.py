"""Face-to-face review meetings (面对面评议大会): reports, questions, replies."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common import clock
from evaluations.models.finding import Finding, FindingCategory
from evaluations.models.opinion import VoiceGroup
from evaluations.models.term import TermUnit

READERS = (Permission.READ, Permission.MEETING_RUN)


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    CLOSED = "closed", _("minutes closed")
    CANCELLED = "cancelled", _("cancelled")


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Meetings that the person's unit or one below it runs, and those at which a station of
        the person's area is reviewed."""
        reviewed = MeetingReport.objects.filter(
            scope_of(user, "enrolment__station__organisation__path", READERS)
        )
        return self.filter(
            scope_of(user, "organisation__path", READERS) | Q(pk__in=reviewed.values("meeting"))
        )


class ReviewMeeting(models.Model):
    """A meeting at which delegates question the heads of the stations reviewed."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="meetings")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("run by")
    )
    title = models.CharField(_("title"), max_length=120)
    starts_at = models.DateTimeField(_("begins at"))
    place = models.CharField(_("place"), max_length=120)
    chair = models.CharField(_("chair"), max_length=60)
    plan = models.TextField(_("plan of the meeting"), blank=True)
    agenda = models.TextField(_("agenda"), help_text=_("One item a line."))
    remarks = models.TextField(_("course of the meeting"), blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED
    )
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    held_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("review meeting")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=MeetingState.values), name="meeting_state_known"
            )
        ]

    def __str__(self):
        return self.title

    @property
    def agenda_items(self) -> list[str]:
        return [line.strip() for line in self.agenda.splitlines() if line.strip()]


class MeetingReport(models.Model):
    """A station reviewed at a meeting, and what its head reports on the four aspects."""

    ASPECTS = FindingCategory.values

    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="reports")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="meeting_reports")
    speaker = models.CharField(_("reported by"), max_length=60, blank=True)
    thinking = models.TextField(_("thinking and conduct"), blank=True)
    work = models.TextField(_("working style"), blank=True)
    service = models.TextField(_("law enforcement and service"), blank=True)
    management = models.TextField(_("internal management"), blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report of a station")
        ordering = ["enrolment__station__organisation__path"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "enrolment"], name="one_report_a_meeting")
        ]

    def __str__(self):
        return f"{self.meeting} · {self.enrolment.station}"

    @property
    def is_written(self) -> bool:
        return self.written_at is not None

    def aspects(self) -> list[tuple]:
        """(what an aspect is called, what was reported on it), in the notice's order."""
        return [(FindingCategory(name).label, getattr(self, name)) for name in self.ASPECTS]


class Delegate(models.Model):
    """Somebody invited to a meeting. `attended` is empty until attendance is taken."""

    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="delegates")
    group = models.CharField(_("group"), max_length=10, choices=VoiceGroup.choices)
    name = models.CharField(_("name"), max_length=60)
    unit = models.CharField(_("unit or post"), max_length=120, blank=True)
    attended = models.BooleanField(_("present"), null=True)

    class Meta:
        verbose_name = _("delegate")
        ordering = ["group", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "group", "name", "unit"], name="one_delegate_a_meeting"
            ),
            models.CheckConstraint(
                condition=Q(group__in=VoiceGroup.values), name="delegate_group_known"
            ),
        ]

    def __str__(self):
        return f"{self.name}（{self.unit}）" if self.unit else self.name


class QuestionState(models.TextChoices):
    ASKED = "asked", _("asked")
    PROMISED = "promised", _("to be answered in writing")
    ANSWERED = "answered", _("answer given")


class QuestionSatisfaction(models.TextChoices):
    SATISFIED = "satisfied", _("fully satisfied")
    FAIRLY = "fairly", _("fairly satisfied")
    DISSATISFIED = "dissatisfied", _("not satisfied")


class QuestionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Questions to stations of the person's area, and all of the meetings it runs."""
        return self.filter(
            scope_of(user, "enrolment__station__organisation__path", READERS)
            | scope_of(user, "meeting__organisation__path", READERS)
        )

    def overdue_at(self, now: datetime):
        return self.filter(state=QuestionState.PROMISED, due_on__lt=clock.today(now))


class MeetingQuestion(models.Model):
    """What a delegate asked a station (质询), answered on the spot or in writing by a day."""

    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="questions")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="meeting_questions")
    delegate = models.ForeignKey(
        Delegate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("asked by"),
    )
    category = models.CharField(_("aspect"), max_length=12, choices=FindingCategory.choices)
    text = models.TextField(_("delegate's question"))
    state = models.CharField(
        _("state"), max_length=10, choices=QuestionState.choices, default=QuestionState.ASKED
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    answer = models.TextField(_("answer"), blank=True)
    on_the_spot = models.BooleanField(_("answered on the spot"), default=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    # How the day was computed, as it was then.
    term_days = models.PositiveSmallIntegerField(null=True)
    term_unit = models.CharField(max_length=8, choices=TermUnit.choices, blank=True)
    satisfaction = models.CharField(
        _("satisfaction"), max_length=12, choices=QuestionSatisfaction.choices, blank=True
    )
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="question")
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegate's question")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=QuestionState.values), name="question_state_known"
            ),
            models.CheckConstraint(
                condition=Q(category__in=FindingCategory.values), name="question_category_known"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__in=["", *QuestionSatisfaction.values]),
                name="question_satisfaction_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_at__isnull=False),
                name="question_answered_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="promised") | Q(due_on__isnull=False),
                name="question_promised_has_day",
            ),
        ]

    def __str__(self):
        return self.text[:40]

    def is_overdue(self, now: datetime) -> bool:
        return self.state == QuestionState.PROMISED and self.due_on < clock.today(now)

    @property
    def was_late(self) -> bool:
        """Answered in writing after the day it was promised for."""
        return bool(self.answered_at and self.due_on) and self.answered_at >= clock.end_of(
            self.due_on
        )
