"""The outbox: planning a message with its cause, and sending what is due.

A message is claimed (planned → sending) and that is committed before it is handed over. So two
senders never hold the same one; and when a sender dies in between, the row stays in "sending" and
becomes "undecided" instead of being sent again unseen.
"""

import logging
import smtplib
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import Permission
from common import clock
from common.errors import WrongMoment
from deliveries.models import Delivery, DeliveryKind, DeliveryState
from deliveries.workflow import DELIVERY

logger = logging.getLogger(__name__)

# Minutes until the next try after so many failed ones; the last interval repeats.
BACKOFF_MINUTES = (1, 5, 15, 60)
MAX_ATTEMPTS = 12
# A sender that has not reported for so long is dead.
LEASE = timedelta(minutes=10)


def new_message_id() -> str:
    """A Message-ID of our own; it stays with the delivery for all its tries."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">")
    return f"<{uuid.uuid4().hex}@{domain}>"


def _one_line(text) -> str:
    """Headers are one line: a line break in them would start a header of somebody's choice."""
    return " ".join(str(text).split())


def plan_delivery(
    *,
    key: str,
    kind: str,
    user,
    address: str,
    subject: str,
    text: str,
    html: str = "",
    attachment: str = "",
    attachment_name: str = "",
    now: datetime,
) -> Delivery:
    """Write a message into the ledger, in the transaction of its cause.

    `key` names the cause: planning it again gives the row that is there. `attachment` is a name
    in the default storage.
    """
    delivery, _created = Delivery.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "user": user,
            "address": _one_line(address),
            "subject": _one_line(subject)[:200],
            "text": text,
            "html": html,
            "attachment": attachment,
            "attachment_name": _one_line(attachment_name),
            "message_id": new_message_id(),
            "planned_at": now,
            "try_after": timezone.now(),
        },
    )
    return delivery


def send_due(*, limit: int = 200) -> dict[str, int]:
    """Send what is due, oldest first; how many ended in which state."""
    declare_undecided()
    ended: dict[str, int] = {}
    due = Delivery.objects.filter(state=DeliveryState.PLANNED, try_after__lte=timezone.now())
    for pk in list(due.order_by("pk").values_list("pk", flat=True)[:limit]):
        state = send_one(pk)
        if state:
            ended[state] = ended.get(state, 0) + 1
    return ended


def send_one(pk) -> str | None:
    """Claim and send one message; its new state, or None when somebody else has it."""
    delivery = Delivery.objects.get(pk=pk)
    try:
        DELIVERY.apply(
            delivery,
            "claimed",
            by=None,
            now=clock.now(),
            claimed_at=timezone.now(),
            attempts=delivery.attempts + 1,
        )
    except WrongMoment:
        return None
    try:
        hand_over(delivery)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        _not_sent(delivery, error, final=_is_final(error))
    except smtplib.SMTPResponseException as error:
        _not_sent(delivery, error, final=error.smtp_code >= 500)
    except (smtplib.SMTPException, OSError) as error:
        _not_sent(delivery, error, final=isinstance(error, FileNotFoundError))
    else:
        DELIVERY.apply(delivery, "sent", by=None, now=clock.now(), sent_at=clock.now(), error="")
    return delivery.state


def hand_over(delivery: Delivery) -> None:
    """Give the message to the transport."""
    message = EmailMultiAlternatives(
        subject=delivery.subject,
        body=delivery.text,
        to=[delivery.address],
        headers={"Message-ID": delivery.message_id},
        connection=get_connection(settings.TRANSPORT_EMAIL_BACKEND),
    )
    if delivery.html:
        message.attach_alternative(delivery.html, "text/html")
    if delivery.attachment:
        with default_storage.open(delivery.attachment) as file:
            message.attach(delivery.attachment_name, file.read())
    message.send()


def _is_final(error) -> bool:
    """True when the server said 5xx to every recipient, or to the sender."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return error.smtp_code >= 500


def _not_sent(delivery, error, *, final: bool) -> None:
    """Postpone, or give up when the reason is final or the tries are used up."""
    reason = str(error) or type(error).__name__
    if final or delivery.attempts >= MAX_ATTEMPTS:
        DELIVERY.apply(delivery, "failed", by=None, now=clock.now(), error=reason, reason=reason)
        return
    minutes = BACKOFF_MINUTES[min(delivery.attempts, len(BACKOFF_MINUTES)) - 1]
    DELIVERY.apply(
        delivery,
        "postponed",
        by=None,
        now=clock.now(),
        error=reason,
        try_after=timezone.now() + timedelta(minutes=minutes),
    )


def declare_undecided() -> None:
    """Mark messages whose sender died; plan reminders again (same Message-ID), others wait for
    a person."""
    stale = Delivery.objects.filter(
        state=DeliveryState.SENDING, claimed_at__lt=timezone.now() - LEASE
    )
    for delivery in stale:
        try:
            with transaction.atomic():
                DELIVERY.apply(delivery, "undecided", by=None, now=clock.now())
                if delivery.kind == DeliveryKind.REMINDER and delivery.attempts < MAX_ATTEMPTS:
                    DELIVERY.apply(
                        delivery, "resent", by=None, now=clock.now(), try_after=timezone.now()
                    )
        except WrongMoment:
            logger.info("delivery %s was decided meanwhile", delivery.pk)


def check_can_resend(user, delivery: Delivery) -> None:
    """A person may send failed and undecided messages again."""
    check_may(user, Permission.MAIL_READ)
    DELIVERY.check(delivery, "resent")


def resend(*, delivery: Delivery, by, now: datetime) -> Delivery:
    """Plan a failed or undecided message again, with the same Message-ID."""
    check_can_resend(by, delivery)
    reason = _("sent again by a person")
    return DELIVERY.apply(
        delivery, "resent", by=by, now=now, reason=reason, try_after=timezone.now(), attempts=0
    )
