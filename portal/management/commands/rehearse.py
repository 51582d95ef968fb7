"""Live through a campaign in advance, in a database of its own that is thrown away."""

import logging
import time
from datetime import date

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test.utils import override_settings
from django.utils import translation

from campaign.models import Campaign, Obligation, Reminder
from campaign.services.definitions import Definition, draft, read_definition
from evaluations.services.standards import load_standard
from portal.demonstration import notice
from portal.demonstration.acceptance import fill_pools
from portal.demonstration.build import raise_province
from portal.demonstration.story import Story
from portal.rehearsal.days import WORK, Day, Tally, at, rehearse, wrong_steps
from portal.rehearsal.people import People


class Command(BaseCommand):
    help = (
        "Rehearses a campaign day by day, with its dates, rules and reminder steps, on all units of"
        " the province, through the real services and tasks. Nothing in the database changes: the"
        " rehearsal has one of its own."
    )

    def add_arguments(self, parser):
        parser.add_argument("--campaign", type=int, required=True, metavar="YEAR")

    def handle(self, *args, campaign, **options):
        definition = self.definition(campaign)
        # Each task tells that it ran, two thousand times.
        logging.getLogger("celery.app.trace").setLevel(logging.WARNING)
        started = time.monotonic()
        name = connection.settings_dict["NAME"]
        quiet = override_settings(
            DEMONSTRATION=True,
            TRANSPORT_EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        )
        self.stdout.write("preparing a database of its own …")
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            with quiet, translation.override(settings.LANGUAGE_CODE):
                wrong = self.rehearse(definition)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        self.stdout.write(f"took {time.monotonic() - started:.0f} s")
        if wrong:
            raise CommandError(f"{len(wrong)} obligations did not get exactly their steps")

    @staticmethod
    def definition(year) -> Definition:
        """The campaign as it stands in the database; the notice's own where there is none."""
        # A fresh installation has no tables yet, and the notice's campaign is always at hand.
        if Campaign._meta.db_table in connection.introspection.table_names():
            row = Campaign.objects.filter(year=year).first()
            if row is not None:
                return read_definition(row)
        if year == notice.YEAR:
            return notice.definition()
        raise CommandError(f"There is no campaign of {year}.")

    def rehearse(self, definition) -> list[str]:
        story = Story(self.stdout.write)
        raise_province(story)
        fill_pools(story)
        first = min(phase.starts_on for phase in definition.phases)
        last = max(phase.ends_on for phase in definition.phases)
        story.campaign = draft(definition=definition, by=story.admin, now=_noon(first))
        load_standard(
            campaign=story.campaign,
            rows=notice.read_csv("standard.csv"),
            by=story.admin,
            now=_noon(first),
        )
        people = People(story, first)
        for day in rehearse(campaign=story.campaign, acts=people, first=first, last=last):
            self.stdout.write(_line(day))
        wrong = wrong_steps(story.campaign, last, people.opened_on)
        for line in wrong[:20]:
            self.stdout.write(f"!!! {line}")
        self.stdout.write(_totals(story.campaign, wrong))
        return wrong


def _noon(day: date):
    return at(day, WORK)


def _line(day: Day) -> str:
    """A day in one line; what did not happen is left out."""
    parts = [
        f"{label} {count}"
        for label, count in (
            ("opened", day.opened),
            ("met", day.met),
            ("of them late", day.late),
            ("reminded", day.reminded),
            ("escalated", day.escalated),
            ("mails", day.mails),
            ("overdue now", day.overdue),
        )
        if count
    ]
    phases = f" [{'; '.join(day.phases)}]" if day.phases else ""
    return f"{day.day} {', '.join(parts) or '–'}{phases}"


def _totals(campaign, wrong) -> str:
    """Everything, in one line."""
    owed = Obligation.objects.filter(campaign=campaign)
    told = Reminder.objects.filter(obligation__campaign=campaign)
    tally = Tally.of(campaign)
    still_open = owed.open().count()
    steps = "every one got exactly its steps" if not wrong else f"{len(wrong)} with wrong steps"
    return (
        f"total: {tally.opened} obligations opened, {tally.met} met ({tally.late} late),"
        f" {still_open} open; {told.filter(own=True).count()} reminders,"
        f" {told.filter(own=False).count()} escalations, {tally.mails} mails; {steps}"
    )
