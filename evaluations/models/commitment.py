"""What a station promises the public (承诺)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Enrolment
from evaluations.models.standard import Area


class CommitmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class Commitment(models.Model):
    """A service commitment in one area; shown on the station's public page once published."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="commitments")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    content = models.TextField(_("what is promised"))
    measure = models.TextField(_("how it is kept"), blank=True)
    time_limit = models.CharField(_("time limit"), max_length=60, blank=True)
    responsible = models.CharField(_("responsible person"), max_length=40)
    supervision = models.CharField(_("how the public can supervise it"), max_length=120)
    published_at = models.DateTimeField(_("published at"), null=True)
    # What the row was made from (a form's token): sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        ordering = ["area__number", "pk"]

    def __str__(self):
        return self.content[:40]
