"""Two e-mail backends: the ledger, which every mail of the portal enters, and a folder of files,
to which the demonstration's mails are handed over."""

import hashlib
import os
from email.mime.base import MIMEBase
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.html import strip_tags

from common import clock
from deliveries.models import DeliveryKind
from deliveries.services import new_message_id, plan_delivery


class LedgerBackend(BaseEmailBackend):
    """Writes a message into the ledger instead of sending it (settings.EMAIL_BACKEND).

    A message that carries its own Message-ID is planned once an address, however often it is
    handed in; one with the header X-Portal-Confidential keeps its text from the ledger's readers.
    The ledger sends from the portal's address, with one attachment at most.
    """

    def send_messages(self, email_messages):
        for message in email_messages:
            text, html = bodies_of(message)
            attachment, attachment_name = kept_attachment(message)
            secret = "X-Portal-Confidential" in message.extra_headers
            kind = DeliveryKind.CONFIDENTIAL if secret else DeliveryKind.OTHER
            cause = message.extra_headers.get("Message-ID") or new_message_id()
            for address in message.recipients():
                digest = hashlib.sha256(f"{cause}\n{address}".encode()).hexdigest()
                plan_delivery(
                    key=f"mail:{digest}",
                    kind=kind,
                    user=None,
                    address=address,
                    subject=message.subject,
                    text=text,
                    html=html,
                    attachment=attachment,
                    attachment_name=attachment_name,
                    now=clock.now(),
                )
        return len(email_messages)


def bodies_of(message) -> tuple[str, str]:
    """Plain text and HTML of a message; the other one is empty or made where only one is given."""
    if message.content_subtype == "html":
        return strip_tags(message.body), message.body
    alternatives = getattr(message, "alternatives", [])
    return message.body, next((body for body, kind in alternatives if kind == "text/html"), "")


def kept_attachment(message) -> tuple[str, str]:
    """Keep the attachment in the default storage: its name there and the name in the mail.

    Raises `ValueError` for more than one: dropping the rest silently would lose them.
    """
    if not message.attachments:
        return "", ""
    if len(message.attachments) > 1:
        raise ValueError("The mail ledger takes one attachment a message.")
    attachment = message.attachments[0]
    if isinstance(attachment, MIMEBase):
        name, content = attachment.get_filename(), attachment.get_payload(decode=True)
    else:
        name, content = attachment[0], attachment[1]
    content = content.encode() if isinstance(content, str) else content
    place = f"deliveries/{hashlib.sha256(content).hexdigest()}"
    if not default_storage.exists(place):
        place = default_storage.save(place, ContentFile(content))
    return place, name or "attachment"


class FolderBackend(BaseEmailBackend):
    """Writes each message as an .eml file into settings.MAIL_DIR, whole or not at all."""

    def send_messages(self, email_messages):
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            mail = message.message()
            name = hashlib.sha256(mail["Message-ID"].encode()).hexdigest()[:32]
            part = folder / f"{name}.part"
            part.write_bytes(mail.as_bytes())
            os.replace(part, folder / f"{name}.eml")
        return len(email_messages)
