"""Plans and summaries that a unit owes its supervisor."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from campaign.models.campaign import Campaign
from campaign.models.paper import PaperFile
from common import clock


class SubmissionKind(models.TextChoices):
    PLAN = "plan", _("Plan")
    SUMMARY = "summary", _("Summary")


class SubmissionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "organisation__path"))


class Submission(models.Model):
    """A plan (实施方案) or a summary (工作总结) of a unit, reviewed by its supervisor."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="submissions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="submissions")
    kind = models.CharField(_("kind"), max_length=8, choices=SubmissionKind.choices)
    text = models.TextField(_("text"))
    file = models.ForeignKey(
        PaperFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=SubmissionState.choices, default=SubmissionState.DRAFT
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    review_reason = models.TextField(_("reason"), blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        ordering = ["organisation__path", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation", "kind"], name="one_submission_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=SubmissionState.values), name="submission_state_known"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.organisation}"


class SubmissionVersion(models.Model):
    """What was handed in, each time, and what the supervisor said to it: never changed."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("text"))
    file = models.ForeignKey(PaperFile, models.PROTECT, null=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"))
    due_on = models.DateField(_("due on"), null=True)
    decision = models.CharField(
        _("decision"),
        max_length=10,
        blank=True,
        choices=[("accepted", _("accepted")), ("returned", _("returned"))],
    )
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("version of a paper")
        ordering = ["submission", "number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="one_version_a_number"),
            models.CheckConstraint(
                condition=Q(decision__in=["", "accepted", "returned"]),
                name="version_decision_known",
            ),
        ]

    def __str__(self):
        return f"{self.submission} {self.number}"

    @property
    def was_late(self) -> bool:
        return self.due_on is not None and self.submitted_at >= clock.end_of(self.due_on)
