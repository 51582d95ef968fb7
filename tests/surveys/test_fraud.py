"""T1: of simulated stuffing with known labels, how much is flagged, and how often for nothing.

The figures of this set stand in docs/surveys.md.
"""

from collections import defaultdict

import pytest

from common import throttle
from common.codes import new_key
from common.models import RateLimit
from surveys.layout import layout_of
from surveys.models import Ballot, BallotFlag, BallotRules
from surveys.services import arrivals, integrity
from surveys.services.ballots import random_id
from surveys.services.rules import rules_of
from surveys.validity import is_valid
from tests.factories import at, enrolment, small_province, station
from tests.surveys import fraud
from tests.surveys.survey_cast import opened

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
EACH = 5
AFTER = at("2014-12-01 08:00:00")


@pytest.fixture
def world():
    world = small_province()
    world.questionnaire = opened(world)
    return world


def fill(world, row, sheets, moment):
    """Put the sheets into the box with the marks that their arrivals give."""
    rules, layout = rules_of(world.campaign), layout_of(world.questionnaire)
    ballots = []
    for sheet in sorted(sheets, key=lambda one: one.moment):
        marks = ""
        if sheet.channel != "paper":
            moment["now"] = sheet.moment
            arrival = arrivals.Arrival(sheet.address, sheet.address, sheet.agent)
            marks = arrivals.marks_of(
                enrolment=row, arrival=arrival, seconds=sheet.seconds, rules=rules
            )
        ballots.append(
            Ballot(
                id=random_id(),
                enrolment=row,
                questionnaire=world.questionnaire,
                group="service",
                answers=sheet.packed,
                channel=sheet.channel,
                day=sheet.moment.date(),
                valid=is_valid(sheet.packed, layout, layout.valid_share),
                marks=marks,
                key_digest=new_key(),
            )
        )
    Ballot.objects.bulk_create(ballots)


def flagged(world, monkeypatch):
    """Pattern → the sets of flags of its stations."""
    moment = {}
    monkeypatch.setattr(
        arrivals, "count_all", lambda acts: throttle.count_all(acts, now=moment["now"])
    )
    RateLimit.objects.update_or_create(
        scope="ballot_posts", defaults={"limit": 10**9, "seconds": 300}
    )
    patterns = {}
    number = 100
    plan = [(pattern, EACH) for pattern in fraud.FRAUD]
    plan += [(fraud.honest, 25), (fraud.with_a_meeting, EACH)]
    plan += [(fraud.with_a_large_meeting, EACH), (fraud.diluted, EACH), (fraud.narrow_gap, EACH)]
    for pattern, stations in plan:
        for _ in range(stations):
            row = enrolment(world.campaign, station(world.county, number))
            fill(world, row, pattern(fraud.Town(number)), moment)
            patterns[row.pk] = pattern.__name__
            number += 1
    integrity.raise_flags(campaign=world.campaign, now=AFTER)
    seen = defaultdict(set)
    for flag in BallotFlag.objects.all():
        seen[flag.enrolment_id].add(flag.kind)
    found = defaultdict(list)
    for pk, name in patterns.items():
        found[name].append(seen[pk])
    return found


def test_stuffing_is_flagged_and_honest_stations_are_not(world, monkeypatch):
    found = flagged(world, monkeypatch)
    detected = {
        p.__name__: sum(p.__name__ in kinds for kinds in found[p.__name__]) for p in fraud.FRAUD
    }
    assert detected == {p.__name__: EACH for p in fraud.FRAUD}
    for p in fraud.HONEST:
        assert sum(map(bool, found[p.__name__])) == 0
    # Said openly in the documents: a full hall looks like a burst, and a careful cheat like nobody.
    assert all("burst" in kinds for kinds in found["with_a_large_meeting"])
    assert not any(found["diluted"])
    assert 0 < sum(map(bool, found["narrow_gap"])) < EACH
    # A flag is for a person to look at: no ballot was touched.
    assert not Ballot.objects.filter(set_aside=True).exists()


def test_with_deaf_rules_the_same_stuffing_goes_unseen(world, monkeypatch):
    """The negative control: the same sheets, the limits out of reach."""
    for name in ("ballot_burst", "ballot_network", "ballot_device"):
        RateLimit.objects.create(scope=name, limit=10**9, seconds=86_400)
    BallotRules.objects.create(campaign=world.campaign, fast_seconds=0, least_ballots=30_000)
    found = flagged(world, monkeypatch)
    assert len(found) == len(fraud.FRAUD) + 5
    assert not any(kinds for stations in found.values() for kinds in stations)
