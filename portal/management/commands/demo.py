"""The demonstration campaign: build it, build it anew, or list its sign-ins."""

import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Organisation, User
from campaign.models import Campaign
from portal.demonstration.build import build
from portal.demonstration.people import PASSWORD

SIGN_INS = (
    ("province-admin", "opens campaigns, sees every mail, moves the clock"),
    ("province", "ranking, reports, acceptance of directly administered counties"),
    ("prefecture-410100", "Zhengzhou: acceptance checks, its league table"),
    ("county-410122", "Zhongmu: stations, enrolment, review of rectifications"),
    ("county-410181", "Gongyi, directly administered"),
    ("station-410122-1", "Zhongmu's brigade: commitments, self-inspection, rectification"),
    ("assessor-410100", "daily scores of Zhengzhou's level"),
    ("assessor-410122", "daily scores of Zhongmu's level"),
    ("leader", "decides what needs a second person"),
    ("auditor", "reads the audit trail"),
    ("sysadmin", "accounts and roles"),
)


class Command(BaseCommand):
    help = "Builds the demonstration campaign of 2014 (demonstration mode only)."

    def add_arguments(self, parser):
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--if-empty", action="store_true", help="only into an empty database")
        group.add_argument("--rebuild", action="store_true", help="throw the old one away first")
        group.add_argument("--sign-ins", action="store_true", help="print the sign-ins")
        parser.add_argument(
            "--to-the-end", action="store_true", help="go on to published results, on 26 November"
        )

    def handle(self, *args, **options):
        if options["sign_ins"]:
            return self.print_sign_ins()
        empty = not Organisation.objects.exists() and not User.objects.exists()
        if options["if_empty"] and (not empty or not settings.DEMONSTRATION):
            return None
        if not settings.DEMONSTRATION:
            raise CommandError("This is no demonstration: set PORTAL_DEMONSTRATION=1 to allow it.")
        if not empty:
            self.clear(rebuild=options["rebuild"])
        started = time.monotonic()
        with transaction.atomic():
            build(lambda text: self.stdout.write(f"    {text}"), to_the_end=options["to_the_end"])
        self.stdout.write(f"    done in {time.monotonic() - started:.0f} s")
        return None

    def clear(self, *, rebuild):
        """Empty the database, unless something in it is not the demonstration's."""
        if not rebuild:
            raise CommandError("The database is not empty: use --rebuild to build it anew.")
        real = Campaign.objects.filter(is_demonstration=False)
        people = User.objects.filter(is_demonstration=False)
        if real.exists() or people.exists():
            raise CommandError("A real campaign or real accounts stand here; nothing was touched.")
        call_command("flush", interactive=False, verbosity=0)

    def print_sign_ins(self):
        if not settings.DEMONSTRATION:
            return
        self.stdout.write(f"  Sign-ins of the demonstration, password {PASSWORD}:")
        for username, what in SIGN_INS:
            self.stdout.write(f"    {username:<20} {what}")
        self.stdout.write("    … and every other prefecture, county, station and assessor likewise")
