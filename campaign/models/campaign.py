"""A year's campaign, its dated phases, and what each phase allows."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common import clock
from common.bilingual import localised
from common.errors import WrongMoment


class Activity(models.TextChoices):
    """What a phase may allow (事项)."""

    ENROL = "enrol", _("station data and enrolment")
    PLAN = "plan", _("plans")
    COMMIT = "commit", _("commitments")
    SELF_INSPECT = "self_inspect", _("self-inspection")
    RECTIFY = "rectify", _("findings and rectification")
    MEETING = "meeting", _("review meetings")
    ACCEPT = "accept", _("acceptance checks")
    SPOT_CHECK = "spot_check", _("spot checks and secret visits")
    QUESTIONNAIRE = "questionnaire", _("the questionnaire")
    DAILY = "daily", _("daily assessment")
    SCORE = "score", _("scoring runs")
    SUMMARY = "summary", _("summaries")
    RESULTS = "results", _("honours and consequences")


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("under way")
    CLOSED = "closed", _("closed")


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Drafts are their editors' alone; what was opened is everybody's who works with it."""
        if not user.is_authenticated or not any(
            user.may(right) for right in (Permission.READ, Permission.DAILY_ASSESS)
        ):
            return self.none()
        return (
            self if user.may(Permission.CAMPAIGN_EDIT) else self.exclude(state=CampaignState.DRAFT)
        )

    def current(self):
        """The open campaign of the latest year, or the latest of all; None when there is none."""
        rows = self.exclude(state=CampaignState.DRAFT).order_by("state", "-year")
        return rows.filter(state=CampaignState.OPEN).first() or rows.first()


class Campaign(models.Model):
    """A year's cycle (活动), as the notice of that year sets it."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    title_zh = models.CharField(_("title in Chinese"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=200)
    document_number = models.CharField(_("document number"), max_length=60)
    notice = models.TextField(_("text of the notice"))
    state = models.CharField(
        max_length=8, choices=CampaignState.choices, default=CampaignState.DRAFT
    )
    is_demonstration = models.BooleanField(default=False)
    # Compare-and-set guard: an editor that was opened before somebody else saved is told so.
    version = models.PositiveIntegerField(default=1)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CampaignState.values), name="campaign_state_known"
            )
        ]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return localised(self, "title")

    def allows(self, activity: str, now: datetime) -> bool:
        """True when the campaign is open and a phase that runs at `now` allows `activity`."""
        today = clock.today(now)
        return (
            self.state == CampaignState.OPEN
            and self.phases.filter(
                starts_on__lte=today, ends_on__gte=today, activities__activity=activity
            ).exists()
        )

    def check_allows(self, activity: str, now: datetime) -> None:
        """Raise `WrongMoment`, with the dates, unless `activity` is allowed at `now`."""
        if self.allows(activity, now):
            return
        periods = "; ".join(
            f"{phase.starts_on:%Y-%m-%d} – {phase.ends_on:%Y-%m-%d}"
            for phase in self.phases.filter(activities__activity=activity)
        )
        label = Activity(activity).label
        if self.state != CampaignState.OPEN or not periods:
            raise WrongMoment(
                gettext("The campaign does not allow this now: %(what)s.") % {"what": label}
            )
        raise WrongMoment(
            gettext("Not possible today: %(what)s. The days for it are: %(periods)s.")
            % {"what": label, "periods": periods}
        )


class PhaseKind(models.TextChoices):
    MOBILISATION = "mobilisation", _("Mobilisation")
    IMPLEMENTATION = "implementation", _("Implementation")
    ASSESSMENT = "assessment", _("Assessment and summary")


class Phase(models.Model):
    """A dated phase (阶段): from 00:00 of `starts_on` to 24:00 of `ends_on`, local time."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="phases")
    kind = models.CharField(_("phase"), max_length=16, choices=PhaseKind.choices)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    class Meta:
        verbose_name = _("phase")
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind"], name="one_phase_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=PhaseKind.values), name="phase_kind_known"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="phase_ends_after_start"
            ),
        ]

    def __str__(self):
        return self.get_kind_display()

    def runs_at(self, now: datetime) -> bool:
        return self.starts_on <= clock.today(now) <= self.ends_on


class PhaseActivity(models.Model):
    """That a phase allows an activity."""

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="activities")
    activity = models.CharField(max_length=16, choices=Activity.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phase", "activity"], name="phase_allows_once"),
            models.CheckConstraint(
                condition=Q(activity__in=Activity.values), name="activity_known"
            ),
        ]

    def __str__(self):
        return self.get_activity_display()
