"""Move audit events that are older than the rules keep into archive files."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import archives


class Command(BaseCommand):
    help = "Moves old audit events into files (AUDIT_ARCHIVE_DIR); their seals stay."

    def handle(self, *args, **options):
        try:
            made = archives.archive_due(now=timezone.now())
        except archives.Unsound as fault:
            raise CommandError(f"The trail is broken, nothing was archived: {fault}") from fault
        for row in made:
            self.stdout.write(f"{row.name}: {row.event_count} events, SHA-256 {row.sha256}")
        if not made:
            self.stdout.write("nothing is old enough")
