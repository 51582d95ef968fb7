"""The veto (一票否决) of a station: proposed by one person, answered, decided by another."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from campaign.models import Campaign, Enrolment
from common import clock
from evaluations.models.evidence import Evidence
from evaluations.models.finding import EnrolmentScopedQuerySet
from evaluations.models.secret_visit import SecretVisit


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
    # The released secret visit that led to it, where one did.
    visit = models.ForeignKey(SecretVisit, models.PROTECT, null=True, related_name="vetoes")
    # Empty on vetoes from before there was a right of reply.
    reply_due_on = models.DateField(_("reply by"), null=True)
    reply = models.TextField(_("the station's reply"), blank=True)
    reply_evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    replied_at = models.DateTimeField(_("replied at"), null=True)
    # All reminders of the right to reply are said up to this day.
    reminded_until = models.DateField(null=True)
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

    def is_heard(self, now: datetime) -> bool:
        """True when the station has replied, or let the last day pass: it may be decided."""
        if self.replied_at is not None or self.reply_due_on is None:
            return True
        return self.reply_due_on < clock.today(now)


class WithdrawalQuerySet(models.QuerySet):
    def in_effect(self):
        return self.filter(restored_at=None)


class EligibilityWithdrawal(models.Model):
    """A veto takes from the station's prefecture bureau, or directly administered county, the
    eligibility for that year's awards (notice part 6 (2)). One row a veto: when one of two is
    lifted, the other one still stands."""

    veto = models.OneToOneField(Veto, models.PROTECT, related_name="withdrawal")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="withdrawals")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="withdrawals")
    withdrawn_at = models.DateTimeField(_("withdrawn at"))
    restored_at = models.DateTimeField(_("restored at"), null=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        verbose_name = _("withdrawal of eligibility")
        ordering = ["organisation__path", "pk"]

    def __str__(self):
        return f"{self.organisation} · {self.campaign.year}"


def eligibility_withdrawn(campaign: Campaign):
    """The bureaus (organisations) that are out of the campaign's awards because of a veto."""
    rows = EligibilityWithdrawal.objects.in_effect().filter(campaign=campaign)
    return Organisation.objects.filter(pk__in=rows.values("organisation"))
