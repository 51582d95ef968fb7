"""E-mail transports for tests: they count what is handed over, fail, or die."""

from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from deliveries import services
from deliveries.models import Delivery

SENT = []
FAILURES = []
# Errors met on entering the server, before anything is handed over.
CLOSED = []


class Transport(BaseEmailBackend):
    """Counts what is handed over; fails as the test says."""

    def open(self):
        if CLOSED:
            raise CLOSED.pop(0)

    def send_messages(self, email_messages):
        for message in email_messages:
            if FAILURES:
                failure = FAILURES.pop(0)
                if failure is not None:
                    raise failure
            SENT.append((message.to[0], message.extra_headers["Message-ID"]))
        return len(email_messages)


class KilledAfterHandover(BaseException):
    """Stands for SIGKILL: nothing catches it."""


class Killing(Transport):
    def send_messages(self, email_messages):
        super().send_messages(email_messages)
        raise KilledAfterHandover


class Overtaken(Transport):
    """Hands over so slowly that its lease has run out and the message was declared undecided."""

    def send_messages(self, email_messages):
        Delivery.objects.update(claimed_at=timezone.now() - 2 * services.LEASE)
        services.declare_undecided()
        return super().send_messages(email_messages)
