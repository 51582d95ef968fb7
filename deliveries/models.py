"""The mail ledger (outbox): one row per message, written in the transaction of its cause."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    PLANNED = "planned", _("planned")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNSURE = "unsure", _("undecided")


class DeliveryKind(models.TextChoices):
    REMINDER = "reminder", _("Reminder")
    REPORT = "report", _("Report")
    # Its text opens an account: the ledger's page never shows it.
    CONFIDENTIAL = "secret", _("Sign-in link")
    OTHER = "other", _("Other")


class Delivery(models.Model):
    """A message to one address. `key` is unique: the same cause can never plan two messages.

    `unsure` means that the process died between handing the message over and noting it; the
    message may or may not have gone out. `message_id` never changes, so that a repeat is
    recognised by the reader's mail program.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=DeliveryKind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="deliveries"
    )
    address = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    attachment = models.CharField(max_length=200, blank=True)
    attachment_name = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=DeliveryState.choices,
        default=DeliveryState.PLANNED,
        db_index=True,
    )
    planned_at = models.DateTimeField(_("planned at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    # Real time, whatever the demonstration's clock says: leases and retries are technical.
    try_after = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    # That an undecided reminder was once sent again without being asked; never a second time.
    repeated = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("delivery")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | ~Q(state="sent") & Q(sent_at=None),
                name="delivery_sent_has_time",
            ),
        ]

    def __str__(self):
        return f"{self.subject} → {self.address}"
