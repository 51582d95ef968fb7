"""Files of a campaign: attachments of the notice, files of plans and summaries, receipts."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from campaign.models.campaign import Campaign


def random_name(row, filename) -> str:
    """A name that nobody can guess; the original one is kept in `name`."""
    return f"campaign/{secrets.token_hex(16)}"


class StoredFile(models.Model):
    """A checked upload, outside the web root under a random name."""

    file = models.FileField(_("file"), upload_to=random_name)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class NoticeFile(StoredFile):
    """An attachment of the campaign's notice."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="files")

    class Meta:
        verbose_name = _("attachment of the notice")
        ordering = ["pk"]


class PaperFile(StoredFile):
    """The file of a plan or summary; its unit's until the paper is handed in."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("file of a paper")
        ordering = ["pk"]


class ReceiptQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "organisation__path"))


class Receipt(models.Model):
    """That a bureau has signed for the campaign's notice (签收)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="receipts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"))

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt of the notice")
        ordering = ["organisation__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation"], name="one_receipt_a_bureau"
            )
        ]

    def __str__(self):
        return f"{self.organisation} {self.signed_at:%Y-%m-%d}"
