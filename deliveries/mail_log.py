"""What the mail server knows of messages: its log, and what came back."""

import email
import mailbox
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email import policy

from django.utils.translation import gettext as _

from deliveries.models import Delivery, DeliveryState
from deliveries.services import bounce, confirm_sent

MESSAGE_ID = re.compile(r"message-id=(<[^>\s]+>)", re.IGNORECASE)
# Keys in one "… IN (…)": below the limit of every database.
KEYS = 500


def ids_of_log(lines: Iterable[str]) -> Iterator[str]:
    """The Message-IDs that a mail server's log names (`message-id=<…>`, as Postfix writes it)."""
    for line in lines:
        yield from MESSAGE_ID.findall(line)


def confirm_from_log(message_ids: Iterable[str], *, now: datetime) -> int:
    """Undecided messages that the mail server took are sent; how many."""
    taken, done = sorted(set(message_ids)), 0
    for first in range(0, len(taken), KEYS):
        rows = Delivery.objects.filter(
            state=DeliveryState.UNSURE, message_id__in=taken[first : first + KEYS]
        )
        for delivery in rows:
            confirm_sent(
                delivery=delivery, reason=_("The mail server's log shows it as taken."), now=now
            )
            done += 1
    return done


def returned_messages(path: str) -> Iterator[tuple[str, str]]:
    """(Message-ID, reason) of each message that a mailbox file (mbox) shows as returned, from the
    delivery status notifications in it (RFC 3464)."""
    for raw in mailbox.mbox(path, create=False):
        message = email.message_from_bytes(raw.as_bytes(), policy=policy.default)
        if message.get_content_type() != "multipart/report":
            continue
        reason, original = "", None
        for part in message.walk():
            if part.get_content_type() == "message/delivery-status":
                reason = _permanent_failure(part)
            elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
                original = _original_id(part)
        if reason and original:
            yield original, reason


def _permanent_failure(part) -> str:
    """What the report says of a recipient that will never be reached, or nothing."""
    for block in part.iter_parts() if part.is_multipart() else []:
        if str(block.get("Action", "")).strip().lower() == "failed":
            return str(block.get("Diagnostic-Code") or block.get("Status") or "failed")
    return ""


def _original_id(part) -> str | None:
    if part.get_content_type() == "message/rfc822":
        return part.get_payload(0).get("Message-ID")
    return email.message_from_string(part.get_content(), policy=policy.default).get("Message-ID")


def note_returned(path: str, *, now: datetime) -> int:
    """Sent messages that came back are bounced; how many."""
    done = 0
    for message_id, reason in returned_messages(path):
        delivery = Delivery.objects.filter(
            message_id=message_id.strip(), state=DeliveryState.SENT
        ).first()
        if delivery is not None:
            bounce(delivery=delivery, reason=reason, by=None, now=now)
            done += 1
    return done
