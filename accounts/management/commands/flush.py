"""Django's `flush`, refused where an audit trail must stay."""

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections

from accounts import guards


class Command(DjangoFlush):
    """Empties the database of the demonstration or of the tests, and of no other."""

    def handle(self, **options):
        if not (settings.DEMONSTRATION or settings.AUDIT_TRAIL_MAY_BE_FLUSHED):
            raise CommandError("The audit trail is never emptied: flush is refused here.")
        with guards.lifted(connections[options["database"]]):
            super().handle(**options)
