"""Who owes what by when: to-do lists, completeness and reminders are all read from here."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from campaign.models.campaign import Campaign
from campaign.models.enrolment import Enrolment
from common import clock


class ObligationKind(models.TextChoices):
    RECEIPT = "receipt", _("Receipt of the notice")
    REGISTRY = "registry", _("Station data")
    PLAN = "plan", _("Plan")
    COMMITMENTS = "commitments", _("Commitments")
    SELF_INSPECTION = "self_inspection", _("Self-inspection")
    OPINION = "opinion", _("Answer to an opinion or complaint")
    WRITTEN_REPLY = "written_reply", _("Written reply to a question")
    RECTIFICATION = "rectification", _("Rectification")
    SUPERVISION = "supervision", _("Overdue rectification to be followed up")
    ACCEPTANCE = "acceptance", _("Acceptance check")
    OBJECTION = "objection", _("Decision on an objection")
    RECHECK = "recheck", _("Re-check after rectification")
    DAILY_SCORE = "daily_score", _("Daily score")
    SUMMARY = "summary", _("Summary")
    LEAD = "lead", _("Lead of the questionnaire")


# Whose right it takes to meet an obligation: such people of the debtor are reminded.
KIND_PERMISSION = {
    ObligationKind.RECEIPT: (Permission.STATION_WORK, Permission.ACCEPTANCE_CHECK),
    ObligationKind.REGISTRY: (Permission.STATION_EDIT,),
    ObligationKind.PLAN: (Permission.STATION_WORK, Permission.ACCEPTANCE_CHECK),
    ObligationKind.COMMITMENTS: (Permission.STATION_WORK,),
    ObligationKind.SELF_INSPECTION: (Permission.STATION_WORK,),
    ObligationKind.RECTIFICATION: (Permission.STATION_WORK,),
    ObligationKind.SUPERVISION: (Permission.RECTIFICATION_REVIEW,),
    ObligationKind.OPINION: (Permission.OPINION_HANDLE,),
    ObligationKind.WRITTEN_REPLY: (Permission.STATION_WORK,),
    ObligationKind.ACCEPTANCE: (Permission.ACCEPTANCE_CHECK,),
    ObligationKind.OBJECTION: (Permission.ACCEPTANCE_CHECK,),
    ObligationKind.RECHECK: (Permission.ACCEPTANCE_CHECK,),
    ObligationKind.DAILY_SCORE: (Permission.DAILY_ASSESS,),
    ObligationKind.SUMMARY: (Permission.STATION_WORK, Permission.ACCEPTANCE_CHECK),
    ObligationKind.LEAD: (Permission.SURVEY_WORK,),
}


class ObligationState(models.TextChoices):
    OPEN = "open", _("open")
    MET = "met", _("met")
    WAIVED = "waived", _("waived")


class DueUnit(models.TextChoices):
    """How a due day comes about: named, or counted from a start day (which is not counted)."""

    FIXED = "fixed", _("a fixed day")
    CALENDAR = "calendar", _("calendar days")
    WORKING = "working", _("working days")


# A counted day has its start and its number of days; a fixed one has neither.
COUNTED_OR_FIXED = Q(due_unit="fixed", counted_from=None, counted_days=None) | Q(
    due_unit__in=["calendar", "working"], counted_from__isnull=False, counted_days__isnull=False
)


class ObligationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What the person's unit and all below it owe."""
        permissions = (Permission.READ, Permission.DAILY_ASSESS)
        return self.filter(scope_of(user, "organisation__path", permissions))

    def owed_by(self, user):
        """What the acting organisation itself owes and the acting role can meet."""
        kinds = [
            kind
            for kind, permissions in KIND_PERMISSION.items()
            if any(user.may(p) for p in permissions)
        ]
        return self.visible_to(user).filter(organisation=user.organisation, kind__in=kinds)

    def open(self):
        return self.filter(state=ObligationState.OPEN)

    def overdue_at(self, now: datetime):
        """Open and past 24:00 of the day on which they were due."""
        return self.open().filter(due_on__lt=clock.today(now))


class Obligation(models.Model):
    """An organisation owes something by the end of a day (应办事项).

    `key` names what is owed within the campaign, so that opening it twice opens it once. How the
    day was computed stays with the row: its unit, the day from which it is counted and the number
    of days; and when it was moved, the day before and the reason.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="obligations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="obligations")
    kind = models.CharField(_("kind"), max_length=16, choices=ObligationKind.choices)
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, null=True, related_name="obligations")
    key = models.CharField(max_length=80)
    due_on = models.DateField(_("due on"))
    due_unit = models.CharField(max_length=8, choices=DueUnit.choices, default=DueUnit.FIXED)
    counted_from = models.DateField(null=True)
    counted_days = models.PositiveSmallIntegerField(null=True)
    due_before = models.DateField(null=True)
    moved_because = models.TextField(blank=True)
    state = models.CharField(
        _("state"), max_length=6, choices=ObligationState.choices, default=ObligationState.OPEN
    )
    met_at = models.DateTimeField(_("met at"), null=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    waived_because = models.TextField(_("reason"), blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("obligation")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["organisation", "state"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="one_obligation_per_key"),
            models.CheckConstraint(
                condition=Q(kind__in=ObligationKind.values), name="obligation_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state="met", met_at__isnull=False)
                | Q(state__in=["open", "waived"], met_at=None),
                name="obligation_met_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="waived") & ~Q(waived_because="")
                | ~Q(state="waived") & Q(waived_because=""),
                name="obligation_waived_has_reason",
            ),
            models.CheckConstraint(
                condition=COUNTED_OR_FIXED, name="obligation_day_counted_or_fixed"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.organisation}"

    def is_overdue(self, now: datetime) -> bool:
        return self.state == ObligationState.OPEN and self.due_on < clock.today(now)

    @property
    def was_late(self) -> bool:
        return self.state == ObligationState.MET and self.met_at >= clock.end_of(self.due_on)
