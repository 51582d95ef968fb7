"""Verify the audit trail: is it as it was sealed?"""

from django.core.management.base import BaseCommand
from django.db import connection

from accounts import archives, guards, seals


class Command(BaseCommand):
    help = "Recomputes the chain of seals over the audit trail; names the first break and ends 1."

    def add_arguments(self, parser):
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="DIGEST",
            help="a head kept outside (a mail, the public page) that must be in the chain",
        )

    def handle(self, *args, **options):
        verdict = seals.verify(heads=options["head"])
        guards_missing = guards.missing(connection)
        if verdict.fault:
            self.stderr.write(_broken(verdict.fault))
        flaw = archives.verify() if not verdict.fault else None
        if flaw:
            event = "" if flaw.event is None else f", event {flaw.event}"
            self.stderr.write(f"archive {flaw.name}{event}: {flaw.what}")
        if guards_missing:
            self.stderr.write(f"triggers are missing: {', '.join(sorted(guards_missing))}")
        if verdict.fault or flaw or guards_missing:
            raise SystemExit(1)
        self.stdout.write(
            f"whole: {verdict.seals} seals, {verdict.events} events, {verdict.waiting} not sealed "
            f"yet, head {verdict.head}"
        )


def _broken(fault):
    event = "" if fault.event is None else f", event {fault.event}"
    return f"broken at seal {fault.seal}{event}: {fault.what}"
