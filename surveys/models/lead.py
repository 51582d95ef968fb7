"""Leads (线索): that ballots report arbitrary charges, fines or demands."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Enrolment
from evaluations.models import Finding
from surveys.models.batch import ScopedQuerySet


class LeadState(models.TextChoices):
    OPEN = "open", _("open")
    TAKEN_UP = "taken_up", _("taken up")
    CLOSED = "closed", _("closed")


class Lead(models.Model):
    """A "yes" to the lead question of a station's ballots, raised to the levels above it.

    One a station: which ballot said so, when, and what else it says stays unknown on purpose.
    """

    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="lead")
    state = models.CharField(
        _("state"), max_length=10, choices=LeadState.choices, default=LeadState.OPEN
    )
    raised_on = models.DateField(_("raised on"))
    outcome = models.TextField(_("outcome"), blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="+")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        ordering = ["raised_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LeadState.values), name="lead_state_known")
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} · {self.enrolment}"
