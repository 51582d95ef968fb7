"""manage.py recount: prove that the tallies are the ballots', for the whole province."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from campaign.models import Campaign
from surveys.recount import recount


class Command(BaseCommand):
    help = "Count every ballot of a campaign again, one by one, and compare with the tallies."

    def add_arguments(self, parser):
        parser.add_argument("--campaign", type=int, help="its year (default: the current one)")

    def handle(self, *args, **options):
        year = options["campaign"]
        campaign = Campaign.objects.filter(year=year).first() if year else None
        campaign = campaign or (None if year else Campaign.objects.current())
        if campaign is None:
            raise CommandError("There is no such campaign.")
        start = time.perf_counter()
        with transaction.atomic():
            if connection.vendor == "postgresql":
                # One state of the box for both counts, also while ballots come in.
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            result = recount(campaign)
        seconds = time.perf_counter() - start
        self.stdout.write(
            f"{campaign.year}: {result.ballots} ballots read, {result.counted} counted, "
            f"{result.stations} stations, {result.cells} cells compared, "
            f"{len(result.differences)} differences, {seconds:.1f} s"
        )
        for difference in result.differences[:100]:
            self.stdout.write(f"  {difference}")
        if result.differences:
            raise CommandError("The tallies are not the ballots'.")
