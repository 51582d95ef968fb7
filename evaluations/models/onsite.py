"""What a device sent from the site: each change once, whatever happens on the way."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from evaluations.models.acceptance import AcceptanceCheck
from evaluations.models.standard import Criterion


class SiteChange(models.Model):
    """A change received from a device, written in the transaction that applies it.

    `key` is made on the device. The same key and content again changes nothing; the same key with
    other content is refused.
    """

    key = models.UUIDField(unique=True)
    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="site_changes")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    # The criterion's revision that this change made.
    revision = models.PositiveIntegerField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("change from the site")
        ordering = ["pk"]

    def __str__(self):
        return str(self.key)
