"""Tallies equal a naive count of the ballots; nothing below five ballots is shown."""

import random
from collections import Counter
from datetime import date

import pytest

from surveys import tallies
from surveys.models import Ballot, BallotFlag, Quarantine
from surveys.services.ballots import cast_ballots
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import opened

pytestmark = pytest.mark.django_db
DAY = date(2014, 10, 20)
GROUPS = ("service", "supervisor", "society")


def fill(world, rows):
    cast_ballots(
        rows=[(pk, group, packed, "paper", DAY) for pk, group, packed in rows],
        by=world.province_admin,
        now=NOW,
    )


def in_quarantine(world):
    flag = BallotFlag.objects.create(
        enrolment=world.brigade_enrolment,
        kind="burst",
        ballots=20,
        measured=20,
        limit=10,
        raised_at=NOW,
        key="x",
    )
    return Quarantine.objects.create(
        enrolment=flag.enrolment,
        flag=flag,
        state="in_effect",
        reason="集中填写",
        proposed_by=world.province_officer,
        proposed_at=NOW,
        decided_by=world.leader,
        decided_at=NOW,
    )


def test_counts_equal_a_naive_loop(django_assert_num_queries):
    world = small_province()
    opened(world)
    chance = random.Random(117)
    enrolments = [world.brigade_enrolment.pk, world.township_enrolment.pk]
    fill(
        world,
        [
            (
                chance.choice(enrolments),
                chance.choice(GROUPS),
                "".join(chance.choices("11112340", k=10)) + chance.choice("120"),
            )
            for _ in range(400)
        ],
    )
    aside = Ballot.objects.filter(valid=True).values_list("pk", flat=True)[:20]
    quarantine = in_quarantine(world)
    Ballot.objects.filter(pk__in=list(aside)).update(set_aside=True, quarantine=quarantine)

    naive: dict = {}
    for ballot in Ballot.objects.all():
        if ballot.valid and not ballot.set_aside:
            cell = naive.setdefault(ballot.enrolment_id, {}).setdefault(ballot.group, [0, {}])
            cell[0] += 1
            for number, code in enumerate(ballot.answers, 1):
                cell[1].setdefault(number, Counter())[code] += 1
    expected = {
        enrolment: {
            group: (
                number,
                {
                    q: {code: counter[code] for code in "1234"[: 4 if q < 11 else 2]}
                    for q, counter in counts.items()
                },
            )
            for group, (number, counts) in groups.items()
        }
        for enrolment, groups in naive.items()
    }
    assert 0 < Ballot.objects.counted().count() < 400
    tallies.count_ballots(world.campaign)
    with django_assert_num_queries(2):
        assert tallies.count_ballots(world.campaign) == expected
    only = world.township_enrolment.pk
    assert tallies.count_ballots(world.campaign, [only]) == {only: expected[only]}


def test_without_questionnaire_or_ballots_there_is_nothing():
    world = small_province()
    assert tallies.count_ballots(world.campaign) == {}
    opened(world)
    assert tallies.count_ballots(world.campaign) == {}
