"""Compare the mail ledger with what the mail server knows."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common import clock
from deliveries.mail_log import confirm_from_log, ids_of_log, note_returned
from deliveries.models import Delivery, DeliveryState


class Command(BaseCommand):
    help = (
        "Reads the mail server's log (undecided messages that it took are sent) and a mailbox of"
        " returned mail (messages in it are bounced)."
    )

    def add_arguments(self, parser):
        parser.add_argument("--log", type=Path, help="the log, with message-id=<…>")
        parser.add_argument("--returned", type=Path, help="a mailbox file (mbox)")

    def handle(self, *args, log, returned, **options):
        if not log and not returned:
            raise CommandError("Give --log or --returned.")
        now = clock.now()
        if log:
            with log.open(encoding="utf-8", errors="replace") as lines:
                confirmed = confirm_from_log(ids_of_log(lines), now=now)
            self.stdout.write(f"{confirmed} undecided messages are in the log: sent")
        if returned:
            bounced = note_returned(str(returned), now=now)
            self.stdout.write(f"{bounced} messages came back: bounced")
        left = Delivery.objects.filter(state=DeliveryState.UNSURE).count()
        self.stdout.write(f"{left} messages are still undecided")
