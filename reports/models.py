"""Generated documents (报告): asked for in the database, made by Celery, kept with a checksum."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from campaign.models import Campaign
from scoring.models import ScoreRun


class ReportKind(models.TextChoices):
    UNIT_SUMMARY = "unit_summary", _("Summary of a unit")


class ReportState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("being made")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports about units inside the scope of a person who may read scores."""
        return self.filter(scope_of(user, "organisation__path", (Permission.RANKING_READ,)))

    def for_lists(self):
        """With all that a row of a list names, in one query."""
        return self.select_related("campaign", "organisation", "requested_by")


class Report(models.Model):
    """A document about a unit, from one frozen run.

    `key` makes the same request one job. A running report whose `claimed_at` (real time) is too
    old belonged to a worker that died; the sweep takes it up again. `attempts` counts the claims
    and so names the worker that holds it: an earlier one that wakes up again writes nothing.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=ReportKind.choices)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="reports")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reports")
    run = models.ForeignKey(ScoreRun, models.PROTECT, related_name="reports")
    language = models.CharField(max_length=10)
    state = models.CharField(
        _("state"), max_length=8, choices=ReportState.choices, default=ReportState.QUEUED
    )
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(_("reason of the failure"), blank=True)
    file = models.FileField(upload_to="reports", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReportState.values), name="report_state_known"
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="report_progress_percent"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.organisation}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (ReportState.QUEUED, ReportState.RUNNING)

    @property
    def filename(self) -> str:
        """Under which it is downloaded and mailed: 410100-2014-summary.pdf."""
        language = "" if self.language.startswith("zh") else f"-{self.language}"
        return f"{self.organisation.code}-{self.campaign.year}-summary{language}.pdf"

    @property
    def language_name(self) -> str:
        return str(dict(settings.LANGUAGES)[self.language])
