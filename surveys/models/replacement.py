"""Replacements (补寄): a second mail for somebody whom the first one did not reach."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from deliveries.models import Delivery
from surveys.models.batch import BallotBatch


class ReplacementState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


class ReplacementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "batch__enrolment__station__organisation__path"))


class Replacement(models.Model):
    """That one person asked to mail another code of the batch's reserve, and what another decided.

    It names the message that did not arrive and the address that takes its place, never a code:
    which one the new message takes is left to chance (deliveries/enclosures.py).
    """

    batch = models.ForeignKey(BallotBatch, models.PROTECT, related_name="replacements")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")
    address = models.EmailField(_("address"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ReplacementState.choices,
        default=ReplacementState.PROPOSED,
    )
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decision = models.TextField(_("reason of the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    objects = ReplacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("replacement of a code")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery"],
                condition=Q(state__in=("proposed", "approved")),
                name="one_replacement_a_message",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReplacementState.values), name="replacement_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed")
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="replacement_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="replacement_of_two_people",
            ),
        ]

    def __str__(self):
        return f"{self.batch} · {self.address}"

    @property
    def key(self) -> str:
        """The ledger's key of the message that it plans."""
        return f"code:{self.batch_id}:replacement:{self.pk}"
