"""The mail ledger (outbox): one row per message, written in the transaction of its cause."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import clock


class DeliveryState(models.TextChoices):
    PLANNED = "planned", _("planned")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNSURE = "unsure", _("undecided")
    BOUNCED = "bounced", _("bounced")
    DROPPED = "dropped", _("dropped")


class DeliveryKind(models.TextChoices):
    REMINDER = "reminder", _("Reminder")
    CHANGE = "change", _("Change of a deadline")
    REPORT = "report", _("Report")
    # Its text opens an account: the ledger's page never shows it.
    CONFIDENTIAL = "secret", _("Sign-in link")
    # Its code stands in no row (deliveries/enclosures.py).
    CODE = "code", _("One-time code")
    OTHER = "other", _("Other")


class DeliveryQuerySet(models.QuerySet):
    def due(self, now):
        """Planned, not held back until a later try, and true on the day of `now`, the portal's
        time: reminders of an earlier day are brought up to date first."""
        rows = self.filter(state=DeliveryState.PLANNED, try_after__lte=timezone.now())
        return rows.exclude(_speaks_of_an_earlier_day(now))

    def late_reminders(self, now):
        """Waiting reminders whose text speaks of an earlier day."""
        return self.filter(_speaks_of_an_earlier_day(now), state=DeliveryState.PLANNED)


def _speaks_of_an_earlier_day(now) -> Q:
    start = clock.start_of(clock.today(now))
    return Q(kind=DeliveryKind.REMINDER, written_at__lt=start)


class Delivery(models.Model):
    """A message to one address. `key` is unique: the same cause can never plan two messages.

    `unsure` means that the process died between handing the message over and noting it; the
    message may or may not have gone out. `message_id` never changes, so that a repeat is
    recognised by the reader's mail program. `bounced`: sent, and returned by the reader's side.
    `dropped`: a message that nobody needed any more when it could at last have been sent.
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
    # Where the reader ends such mails (List-Unsubscribe); blank where they may not be ended.
    unsubscribe = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    # From which pool of codes it takes one when it is handed over; blank for most.
    pool = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=DeliveryState.choices,
        default=DeliveryState.PLANNED,
        db_index=True,
    )
    planned_at = models.DateTimeField(_("planned at"))
    # When its words were chosen: a reminder counts the days that are left.
    written_at = models.DateTimeField(_("written at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    # Real time, whatever the demonstration's clock says: leases and retries are technical.
    try_after = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    # That an undecided reminder was once sent again without being asked; never a second time.
    repeated = models.BooleanField(default=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "bounced"], sent_at__isnull=False)
                | ~Q(state__in=["sent", "bounced"]) & Q(sent_at=None),
                name="delivery_sent_has_time",
            ),
        ]

    def __str__(self):
        return f"{self.subject} → {self.address}"


class Enclosure(models.Model):
    """The seed of a one-time code that is not sent yet, in the pool of its messages.

    `delivery`: the message that is being sent with it, or of which nobody knows whether it went
    out (`held`: it may be in somebody's hands); deleted when it did. `secret_mark` tells which
    secret the code was made with.
    """

    pool = models.CharField(max_length=40, db_index=True)
    seed = models.CharField(max_length=32, unique=True)
    secret_mark = models.CharField(max_length=8)
    delivery = models.OneToOneField(Delivery, models.PROTECT, null=True, related_name="+")
    held = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("enclosed code")

    def __str__(self):
        return self.pool


class QuietHours(models.Model):
    """The hours in which no reminder goes out: one row, from `starts_at` to `ends_at`, which may
    lie on the next day; none where there is no row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("until"))

    class Meta:
        verbose_name = _("quiet hours")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_quiet_hours"),
            models.CheckConstraint(
                condition=~Q(starts_at=models.F("ends_at")), name="quiet_hours_end"
            ),
        ]

    def __str__(self):
        return f"{self.starts_at:%H:%M} – {self.ends_at:%H:%M}"

    def include(self, moment) -> bool:
        """True when the local time of day `moment` (a `datetime.time`) is quiet."""
        if self.starts_at < self.ends_at:
            return self.starts_at <= moment < self.ends_at
        return moment >= self.starts_at or moment < self.ends_at


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and nobody else's."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def unread(self):
        return self.filter(read_at=None)


class Notice(models.Model):
    """A message in the portal to one person. `key` is unique, as a delivery's."""

    key = models.CharField(max_length=120, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField()
    # The page in the portal where something can be done about it.
    address = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "read_at"], name="notices_unread")]

    def __str__(self):
        return self.subject
