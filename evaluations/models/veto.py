"""The veto (一票否决) of a station: proposed by one person, decided by another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Enrolment
from evaluations.models.finding import EnrolmentScopedQuerySet


class VetoState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    IN_EFFECT = "in_effect", _("in effect")
    REJECTED = "rejected", _("rejected")
    LIFTED = "lifted", _("lifted")


class VetoQuerySet(EnrolmentScopedQuerySet):
    def in_effect(self):
        return self.filter(state=VetoState.IN_EFFECT)


class Veto(models.Model):
    """Bars the station's honours and caps its grade while in effect (notice part 6 (2))."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="vetoes")
    reason = models.TextField(_("reason"))
    state = models.CharField(
        _("state"), max_length=10, choices=VetoState.choices, default=VetoState.PROPOSED
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    objects = VetoQuerySet.as_manager()

    class Meta:
        verbose_name = _("veto")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=VetoState.values), name="veto_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None)
                | ~Q(state="proposed") & Q(decided_by__isnull=False),
                name="veto_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="veto_needs_two_people",
            ),
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(state__in=["proposed", "in_effect"]),
                name="one_live_veto_an_enrolment",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} · {self.get_state_display()}"
