"""Two e-mail backends: the ledger, which every mail of the portal enters, and a folder of files,
to which the demonstration's mails are handed over."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMultiAlternatives

from common import clock
from deliveries.models import DeliveryKind
from deliveries.services import new_message_id, plan_delivery


class LedgerBackend(BaseEmailBackend):
    """Writes a message into the ledger instead of sending it (settings.EMAIL_BACKEND)."""

    def send_messages(self, email_messages):
        for message in email_messages:
            html = ""
            if isinstance(message, EmailMultiAlternatives):
                html = next((body for body, kind in message.alternatives if "html" in kind), "")
            for address in message.recipients():
                plan_delivery(
                    key=f"mail:{new_message_id()}",
                    kind=DeliveryKind.OTHER,
                    user=None,
                    address=address,
                    subject=message.subject,
                    text=message.body,
                    html=html,
                    now=clock.now(),
                )
        return len(email_messages)


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
