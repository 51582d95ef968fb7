"""Verify the audit trail: is it as it was sealed, and are the rows as their last act left them?"""

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from accounts import archives, audit, guards, seals, vouching

# Changed rows that are named one by one.
SHOWN = 50


class Command(BaseCommand):
    help = (
        "Recomputes the chain of seals over the audit trail and compares the rows for which it "
        "vouches; names the first break and every changed row, and ends 1."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="DIGEST",
            help="a head kept outside (a mail, the public page) that must be in the chain",
        )

        parser.add_argument(
            "--tell-anew",
            action="store_true",
            help="after an upgrade, and after a clean verification before it: tell of the rows "
            "that cannot be compared any more as they are now, in events of their own",
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
        if options["tell_anew"] and not verdict.fault:
            count = audit.tell_anew(now=timezone.now())
            self.stdout.write(f"told anew of {count} rows")
        changed = vouching.changed_rows(files=True) if not verdict.fault else []
        for change in changed[:SHOWN]:
            self.stderr.write(str(change))
        if len(changed) > SHOWN:
            self.stderr.write(f"… and {len(changed) - SHOWN} more rows")
        if verdict.fault or flaw or guards_missing or changed:
            raise SystemExit(1)
        self.stdout.write(
            f"whole: {verdict.seals} seals, {verdict.events} events, {verdict.waiting} not sealed "
            f"yet, head {verdict.head}"
        )


def _broken(fault):
    event = "" if fault.event is None else f", event {fault.event}"
    return f"broken at seal {fault.seal}{event}: {fault.what}"
