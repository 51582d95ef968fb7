"""The station examines itself against every criterion (自查)."""

import hashlib
import json
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Enrolment
from evaluations.models.evidence import Evidence
from evaluations.models.standard import Criterion, Standard


class InspectionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")


def fingerprint(self_score: Decimal | None, remark: str, page: str) -> str:
    """What is said of a criterion, in 16 signs: equal texts give equal ones. Tells whether what a
    writer saw is still what stands there."""
    score = None if self_score is None else f"{self_score:.1f}"
    texts = [text.replace("\r\n", "\n").strip() for text in (remark, page)]
    return hashlib.sha256(json.dumps([score, *texts]).encode()).hexdigest()[:16]


class SelfInspectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class SelfInspection(models.Model):
    """One self-inspection per enrolment, by one version of the standard."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="self_inspection")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=InspectionState.choices, default=InspectionState.DRAFT
    )
    # Nobody accepts what they submitted themselves, for instance on the station's behalf.
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    review_reason = models.TextField(_("reason"), blank=True)
    # Sum of the items' self scores, written at submission; None before.
    score = models.DecimalField(_("self score"), max_digits=5, decimal_places=1, null=True)
    # Raised by every writer before reading, so that two take turns.
    version = models.PositiveIntegerField(default=1)

    objects = SelfInspectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("self-inspection")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=InspectionState.values), name="self_inspection_state_known"
            )
        ]

    def __str__(self):
        return str(self.enrolment)


class SelfInspectionItem(models.Model):
    """What the station says of itself on one criterion; `self_score` None: not answered yet."""

    inspection = models.ForeignKey(SelfInspection, models.CASCADE, related_name="items")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    self_score = models.DecimalField(_("self score"), max_digits=4, decimal_places=1, null=True)
    remark = models.TextField(_("problem found"), blank=True)
    # Where in the files the proof stands.
    page = models.CharField(_("page"), max_length=60, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved at"), null=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")

    class Meta:
        ordering = ["criterion__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "criterion"], name="one_item_a_criterion"
            ),
            models.CheckConstraint(
                condition=Q(self_score__isnull=True) | Q(self_score__gte=0),
                name="self_score_not_negative",
            ),
        ]

    def __str__(self):
        return f"{self.criterion.number} {self.self_score}"

    @property
    def fingerprint(self) -> str:
        """That of what is stored."""
        return fingerprint(self.self_score, self.remark, self.page)
