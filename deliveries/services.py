"""The outbox: planning a message with its cause, and sending what is due.

A message is claimed (planned → sending) and that is committed before it is handed over. So two
senders never hold the same one; and when a sender dies in between, the row stays in "sending" and
becomes "undecided" instead of being sent again unseen.
"""

import contextlib
import logging
import smtplib
import uuid
from datetime import datetime, timedelta
from email.mime.image import MIMEImage

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import Permission
from common import clock
from common.errors import Incomplete, WrongMoment
from deliveries import enclosures
from deliveries.models import Delivery, DeliveryKind, DeliveryState, Notice
from deliveries.notices import is_quiet, tell
from deliveries.workflow import DELIVERY

logger = logging.getLogger(__name__)

LOGO_ID = "mark"
LOGO = settings.BASE_DIR / "static" / "img" / "mark.png"
# Minutes until the next try after so many failed ones; the last interval repeats.
BACKOFF_MINUTES = (1, 5, 15, 60)
# A day and more: a mail server that is down for a day costs no message.
MAX_ATTEMPTS = 30
# A sender that has not reported for so long is dead.
LEASE = timedelta(minutes=10)


def new_message_id() -> str:
    """A Message-ID of our own; it stays with the delivery for all its tries."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">")
    return f"<{uuid.uuid4().hex}@{domain}>"


def _one_line(text) -> str:
    """Headers are one line: a line break in them would start a header of somebody's choice."""
    return " ".join(str(text).split())


def _message(
    *,
    kind: str,
    user,
    address: str,
    subject: str,
    text: str,
    html: str = "",
    attachment: str = "",
    attachment_name: str = "",
    unsubscribe: str = "",
    pool: str = "",
    now: datetime,
) -> dict:
    """The fields of a planned message. `attachment` is a name in the default storage; `pool`: of
    the codes of which it carries one (deliveries/enclosures.py)."""
    return {
        "kind": kind,
        "user": user,
        "address": _one_line(address),
        "subject": _one_line(subject)[:200],
        "text": text,
        "html": html,
        "attachment": attachment,
        "attachment_name": _one_line(attachment_name),
        "unsubscribe": _one_line(unsubscribe),
        "pool": pool,
        "message_id": new_message_id(),
        "planned_at": now,
        "written_at": now,
        "try_after": timezone.now(),
    }


def plan_delivery(*, key: str, **message) -> Delivery:
    """Write a message (fields as in `_message`) into the ledger, in the transaction of its cause.

    `key` names the cause: planning it again gives the row that is there.
    """
    return Delivery.objects.get_or_create(key=key, defaults=_message(**message))[0]


def plan_deliveries(messages: dict[str, dict]) -> list[Delivery]:
    """Write many messages by their keys, all of them new; the caller holds the cause's lock.

    Raises `IntegrityError`, and plans nothing, when a key is taken.
    """
    rows = [Delivery(key=key, **_message(**message)) for key, message in messages.items()]
    return Delivery.objects.bulk_create(rows, batch_size=500)


def tell_and_mail(
    messages: dict[str, dict], *, kind: str, mailless=frozenset()
) -> tuple[list[Notice], list[Delivery]]:
    """Tell many people in the portal (`messages` as in `notices.tell`), and by mail those who have
    an address and are not among `mailless` (their numbers)."""
    mails = {
        key: {
            "kind": kind,
            "address": message["user"].email,
            **{name: message[name] for name in ("user", "subject", "text", "now")},
        }
        for key, message in messages.items()
        if message["user"].email and message["user"].pk not in mailless
    }
    return tell(messages), plan_deliveries(mails)


def send_due(*, limit: int = 200) -> dict[str, int]:
    """Send what is due, oldest first; how many ended in which state."""
    declare_undecided()
    ended: dict[str, int] = {}
    now = clock.now()
    due = Delivery.objects.due(now)
    if is_quiet(now):
        due = due.exclude(kind=DeliveryKind.REMINDER)
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
        move, error = hand_over(delivery)
        _note(delivery, move, error)
    except WrongMoment:
        # Claimed by another sender, or declared undecided while this one was held up.
        return None
    return delivery.state


def hand_over(delivery: Delivery) -> tuple[str, Exception | None]:
    """Give the message to the transport; the move that follows from it, and what went wrong.

    Before the server is reached nothing can have gone out, so that everything may be tried again.
    Once it is reached, only its answer tells; a line that breaks before the answer tells nothing.
    """
    try:
        message = message_of(delivery, code=enclosures.take(delivery))
    except Exception as error:  # noqa: BLE001 - whatever it is, the message cannot be written
        return "failed", error
    connection = get_connection(settings.TRANSPORT_EMAIL_BACKEND)
    try:
        connection.open()
    except OSError as error:  # every error of smtplib is one
        return "postponed", error
    try:
        connection.send_messages([message])
    except smtplib.SMTPServerDisconnected as error:
        return "undecided", error
    except OSError as error:
        return ("failed" if is_final(error) else "postponed"), error
    except Exception as error:  # noqa: BLE001 - one strange message must not hold up the others
        logger.exception("delivery %s", delivery.pk)
        return "undecided", error
    finally:
        # What is said on leaving does not change what became of the message.
        with contextlib.suppress(OSError):
            connection.close()
    return "sent", None


def message_of(delivery: Delivery, *, code: str = "") -> EmailMultiAlternatives:
    """The message, written out once so that a bad header or address is found before sending.
    `code`: what is written into it (and nowhere else)."""
    validate_email(delivery.address)
    text = enclosures.written_out(delivery.text, code) if code else delivery.text
    message = EmailMultiAlternatives(
        subject=delivery.subject,
        body=text,
        to=[delivery.address],
        # RFC 3834: nobody's absence is told to a machine.
        headers={"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated"}
        | _ways_out(delivery),
    )
    if delivery.html:
        message.attach_alternative(delivery.html, "text/html")
        if f"cid:{LOGO_ID}" in delivery.html:
            message.attach(_logo())
    if delivery.attachment:
        with default_storage.open(delivery.attachment) as file:
            message.attach(delivery.attachment_name, file.read())
    message.message().as_bytes()
    return message


def _ways_out(delivery: Delivery) -> dict[str, str]:
    """The headers by which a mail program offers to end such mails in one click (RFC 8058)."""
    if not delivery.unsubscribe:
        return {}
    return {
        "List-Unsubscribe": f"<{delivery.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _logo() -> MIMEImage:
    """The portal's mark, which the HTML shows as `cid:mark`: nothing is fetched on opening."""
    image = MIMEImage(LOGO.read_bytes(), "png")
    image.add_header("Content-ID", f"<{LOGO_ID}>")
    image.add_header("Content-Disposition", "inline", filename="mark.png")
    return image


def is_final(error: OSError) -> bool:
    """True when the server's answer (5xx) will not change by trying again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError)


def plain_reason(error: Exception) -> str:
    """What went wrong, in words for the administrator."""
    if isinstance(error, enclosures.NoCodeLeft):
        return _(
            "There is no code left for this message: its code went out before and is kept nowhere, "
            "or the batch was withdrawn. Issue a new batch."
        )
    if isinstance(error, ValidationError):
        return _("This is not an e-mail address.")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = "; ".join(_answer(*answer) for answer in error.recipients.values())
        return _("The mail server refuses the address: %(answer)s") % {"answer": answers}
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _("The line broke before the mail server confirmed the message.")
    if isinstance(error, smtplib.SMTPResponseException):
        answer = _answer(error.smtp_code, error.smtp_error)
        return _("The mail server refuses the message: %(answer)s") % {"answer": answer}
    if isinstance(error, FileNotFoundError):
        return _("The attachment is no longer there.")
    if isinstance(error, OSError):
        return _("The mail server cannot be reached: %(answer)s") % {"answer": error}
    return _("The message could not be handed over: %(answer)s") % {"answer": error}


def _answer(code, text) -> str:
    """An SMTP server's answer as text."""
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


@transaction.atomic
def _note(delivery: Delivery, move: str, error) -> None:
    """Write down what became of a claimed message."""
    enclosures.settle(delivery, move)
    act = {"by": None, "now": clock.now()}
    if move == "sent":
        DELIVERY.apply(delivery, "sent", **act, sent_at=act["now"], error="")
        return
    reason = plain_reason(error)
    if move == "undecided":
        _undecide(delivery, reason)
    elif move == "failed" or delivery.attempts >= MAX_ATTEMPTS:
        DELIVERY.apply(delivery, "failed", **act, error=reason, reason=reason)
    else:
        minutes = BACKOFF_MINUTES[min(delivery.attempts, len(BACKOFF_MINUTES)) - 1]
        try_after = timezone.now() + timedelta(minutes=minutes)
        DELIVERY.apply(delivery, "postponed", **act, error=reason, try_after=try_after)


@transaction.atomic
def _undecide(delivery: Delivery, reason: str) -> None:
    """Mark a message of which nobody knows whether it went out. A reminder is planned again, once
    and with the same Message-ID; everything else waits for a person."""
    act = {"by": None, "now": clock.now()}
    enclosures.settle(delivery, "undecided")
    DELIVERY.apply(delivery, "undecided", **act, error=reason, reason=reason)
    if delivery.kind == DeliveryKind.REMINDER and not delivery.repeated:
        DELIVERY.apply(delivery, "resent", **act, repeated=True, try_after=timezone.now())


def declare_undecided() -> None:
    """Mark messages whose sender died between handing over and noting it."""
    stale = Delivery.objects.filter(
        state=DeliveryState.SENDING, claimed_at__lt=timezone.now() - LEASE
    )
    for delivery in stale:
        try:
            _undecide(delivery, _("The sender stopped before it could note what happened."))
        except WrongMoment:
            logger.info("delivery %s was decided meanwhile", delivery.pk)


def renew(*, delivery: Delivery, subject: str, text: str, now: datetime) -> Delivery:
    """Put other words into a message that waits."""
    return DELIVERY.apply(
        delivery,
        "renewed",
        by=None,
        now=now,
        subject=_one_line(subject)[:200],
        text=text,
        written_at=now,
    )


def drop(*, delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """Give up a message that waits, or failed, and that nobody needs any more."""
    return DELIVERY.apply(delivery, "dropped", by=None, now=now, reason=reason, error=reason)


def check_can_resend(user, delivery: Delivery) -> None:
    """A person may send failed, undecided and bounced messages again; but a code that went out
    once is gone."""
    check_may(user, Permission.MAIL_READ)
    if delivery.pool and delivery.state == DeliveryState.BOUNCED:
        raise WrongMoment(plain_reason(enclosures.NoCodeLeft()))
    DELIVERY.check(delivery, "resent")


def resend(*, delivery: Delivery, by, now: datetime) -> Delivery:
    """Plan a failed, undecided or bounced message again, with the same Message-ID."""
    check_can_resend(by, delivery)
    reason = _("sent again by a person")
    return DELIVERY.apply(
        delivery,
        "resent",
        by=by,
        now=now,
        reason=reason,
        try_after=timezone.now(),
        attempts=0,
        sent_at=None,
    )


def bounce(*, delivery: Delivery, reason: str, by, now: datetime) -> Delivery:
    """Note that a sent message came back: by a person, or (`by` None) by the reader of the returned
    mail (deliveries/mail_log.py)."""
    if by is not None:
        check_may(by, Permission.MAIL_READ)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return DELIVERY.apply(
        delivery, "bounced", by=by, now=now, reason=reason.strip(), error=reason.strip()
    )


@transaction.atomic
def confirm_sent(*, delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """Note that the mail server's log shows an undecided message as taken."""
    enclosures.settle(delivery, "confirmed")
    return DELIVERY.apply(
        delivery, "confirmed", by=None, now=now, reason=reason, sent_at=now, error=""
    )
