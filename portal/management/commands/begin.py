"""`python manage.py begin USERNAME --name NAME --email EMAIL`: a real portal's first day."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import Organisation, OrganisationKind, User
from accounts.services.people import create_first_person
from campaign.services.calendar import load_calendar
from common import clock
from stations.divisions import load_divisions, read_divisions

DIVISIONS = Path(settings.BASE_DIR) / "data" / "henan_divisions.csv"


class Command(BaseCommand):
    help = (
        "Fills an empty database: the province's divisions, bureaus and stations, the working "
        "calendar, and the first system administrator, who adds everybody else."
    )

    def add_arguments(self, parser):
        parser.add_argument("username", help="sign-in name of the first system administrator")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--email", required=True, help="for a forgotten password")
        parser.add_argument("--phone", default="")
        parser.add_argument("--divisions", type=Path, default=DIVISIONS, metavar="CSV")

    def handle(self, *, username, name, email, phone, divisions, **options):
        if settings.DEMONSTRATION:
            raise CommandError("This is a demonstration: set PORTAL_DEMONSTRATION=0 first.")
        if Organisation.objects.exists() or User.objects.exists():
            raise CommandError("The database is not empty; a system administrator adds people.")
        try:
            User.username_validator(username)
            validate_email(email)
            rows = read_divisions(divisions)
        except ValidationError as reason:
            raise CommandError(" ".join(reason.messages)) from reason
        except (OSError, KeyError) as reason:
            raise CommandError(f"No divisions in {divisions}: {reason}") from reason
        with transaction.atomic():
            load_divisions(rows, clock.now())
            load_calendar(clock.now())
            province = Organisation.objects.get(kind=OrganisationKind.PROVINCE)
            _person, password = create_first_person(
                username=username,
                organisation=province,
                now=clock.now(),
                name=name,
                email=email,
                phone=phone,
            )
        self.stdout.write(f"{province}: {Organisation.objects.count()} units")
        self.stdout.write(f"sign-in name      {username}")
        self.stdout.write(f"initial password  {password}   (shown this once)")
