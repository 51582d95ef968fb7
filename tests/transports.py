"""E-mail transports for tests: they count what is handed over, fail, or die."""

from django.core.mail.backends.base import BaseEmailBackend

SENT = []
FAILURES = []


class Transport(BaseEmailBackend):
    """Counts what is handed over; fails as the test says."""

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
