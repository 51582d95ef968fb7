"""What the acts of the demonstration share."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from campaign.models import Campaign, Enrolment
from portal.demonstration import notice

SEED = 2014
# Stations left for a visitor to work on: nothing of them is done yet.
UNTOUCHED = ("410122-1", "410122-2", "410181-2")


def moment(month: int, day: int, hour: int = 10) -> datetime:
    """A moment of the campaign's year, local time."""
    return timezone.make_aware(datetime(notice.YEAR, month, day, hour))  # noqa: DTZ001


@dataclass
class Story:
    """What the acts share. `say` reports progress."""

    say: Callable[[str], None]
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    users: dict = field(default_factory=dict)
    quality: dict = field(default_factory=dict)
    campaign: Campaign | None = None
    enrolments: list = field(default_factory=list)
    # enrolment pk → (names of the team, day) of the acceptance plan
    planned: dict = field(default_factory=dict)
    released_visit: object = None
    # The run that was published, once the story is told to its end.
    run: object = None
    # station pk → its quality in the pilot of the year before; only those that took part
    last_year: dict = field(default_factory=dict)

    @property
    def admin(self) -> User:
        return self.users["province-admin"]

    def touched(self) -> list[Enrolment]:
        """The enrolments on which work has been done."""
        return [row for row in self.enrolments if row.organisation.code not in UNTOUCHED]

    def officer_of(self, unit) -> User:
        """The officer of a unit, in the role that the unit's kind gives."""
        return self.users[f"{unit.kind}-{unit.code}"]
