"""Calling back (回访): whether a batch's codes reached the people who were drawn."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from surveys.models.batch import BallotBatch


class CallBackState(models.TextChoices):
    DRAWN = "drawn", _("drawn")
    NOTED = "noted", _("noted")


class CallBackQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "batch__enrolment__station__organisation__path"))


class CallBack(models.Model):
    """A sample of the people drawn for a batch, called by somebody who did not issue it, and how
    many say what. Nobody is asked what was answered; who was called is not kept.

    Of `size` people `reached` were spoken to; of these `without_code` never got a code, and for
    `by_others` somebody else kept it or filled the ballot in.
    """

    batch = models.ForeignKey(BallotBatch, models.PROTECT, related_name="call_backs")
    state = models.CharField(
        _("state"), max_length=8, choices=CallBackState.choices, default=CallBackState.DRAWN
    )
    size = models.PositiveSmallIntegerField(_("people to call"))
    seed = models.CharField(max_length=32)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(_("drawn at"))
    reached = models.PositiveSmallIntegerField(_("reached"), default=0)
    without_code = models.PositiveSmallIntegerField(_("never got a code"), default=0)
    by_others = models.PositiveSmallIntegerField(_("somebody else kept or used it"), default=0)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    noted_at = models.DateTimeField(_("noted at"), null=True)

    objects = CallBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("call-back")
        ordering = ["-drawn_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CallBackState.values), name="call_back_state_known"
            ),
            models.CheckConstraint(condition=Q(reached__lte=F("size")), name="call_back_of_drawn"),
            models.CheckConstraint(
                condition=Q(reached__gte=F("without_code") + F("by_others")),
                name="call_back_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(state="drawn") | Q(noted_by__isnull=False, noted_at__isnull=False),
                name="call_back_noted_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} · {self.batch}"

    @property
    def odd(self) -> int:
        """How many of those reached got no code, or did not use it themselves."""
        return self.without_code + self.by_others
