"""Tallies equal a naive count of the ballots; nothing below five ballots is shown."""

import random
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from surveys import tallies
from surveys.models import Ballot
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
    Ballot.objects.filter(pk__in=list(aside)).update(set_aside=True)

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
    assert tallies.response(world.brigade_enrolment).groups == ()
    opened(world)
    assert tallies.count_ballots(world.campaign) == {}
    response = tallies.response(world.brigade_enrolment)
    assert [group.valid_ballots for group in response.groups] == [0, 0, 0]
    assert response.leads is None


def test_a_group_of_four_is_left_out_and_one_of_five_is_shown():
    world = small_province()
    opened(world)
    pk = world.brigade_enrolment.pk
    # service: 5 ballots, question 1 answered 1, 1, 2, 3 and 4; one reports demands.
    fill(world, [(pk, "service", f"{code}1111111112") for code in "112"])
    fill(world, [(pk, "service", "31111111111"), (pk, "service", "41111111112")])
    # supervisor: 4 ballots, each reports demands.
    fill(world, [(pk, "supervisor", "11111111111")] * 4)
    response = tallies.response(world.brigade_enrolment)
    service, supervisor, society = response.groups
    assert [group.valid_ballots for group in response.groups] == [5, 4, 0]
    assert [number for _, number in service.rows[0].counts] == [2, 1, 1, 1]
    assert service.rows[0].satisfied == Decimal("75.0")  # 3 of the 4 that count
    assert service.rows[1].satisfied == Decimal("100.0")
    assert len(service.rows) == 10
    assert (supervisor.rows, society.rows) == (None, None)
    # Of the groups that are shown only: over all, 5 − 1 would give the small group away.
    assert response.leads == 1
    assert response.valid_ballots == 9
