"""The rules over two years, where stations were merged: merits must be shared, faults stay."""

from datetime import date
from decimal import Decimal

import pytest

from scoring.history import histories
from scoring.models import Consequence, Honour
from stations.models import Station, StationKind
from stations.services import retire_station
from tests.factories import NOW, station
from tests.scoring.deciders import decided_province, impose, past, propose, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return decided_province()


def merged(world, code, into):
    """A station of 2013 that was merged into `into` before this campaign."""
    bureau = into.organisation.supervisor
    former = station(bureau, code, StationKind.BRIGADE)
    retire_station(
        station=former,
        on=date(2014, 3, 1),
        successor=into,
        merged=True,
        reason="机构改革",
        by=world.province_admin,
        now=NOW,
    )
    return Station.objects.get(pk=former.pk)


IN_FRONT = {"composite": 95, "rank_kind": 10}
NOT_HIGH = {"composite": 84, "rank_kind": 10}


@pytest.mark.parametrize(
    ("own", "brought", "proposes"),
    [
        (None, IN_FRONT, True),  # a station founded by the merger has its predecessor's year
        (IN_FRONT, IN_FRONT, True),
        (IN_FRONT, NOT_HIGH, False),  # a merger lends no merit
        (NOT_HIGH, IN_FRONT, False),  # in either direction
        (None, NOT_HIGH, False),
    ],
)
def test_a_merit_must_be_everybodys_who_came_together(world, own, brought, proposes):
    heir = world.jiyuan_brigade
    former = merged(world, "90", heir)
    past(world, former, 2013, **brought)
    if own:
        past(world, heir, 2013, **own)
    propose(world)
    assert (("promotion", "419001-1") in proposed()) is proposes
    if proposes:
        basis = Honour.objects.get(kind="promotion").basis
        assert (basis["years"], basis["predecessors"]) == ([2013], ["419001-90"])


BEHIND = {"composite": 50, "rank_kind": 100, "circulated": True}
FAULTLESS = {"composite": 88, "rank_kind": 40}


@pytest.mark.parametrize(
    ("own", "brought", "proposes"),
    [
        (FAULTLESS, BEHIND, True),  # a merger wipes no fault out
        (BEHIND, FAULTLESS, True),
        (None, BEHIND, True),
        (FAULTLESS, FAULTLESS, False),
        (FAULTLESS, BEHIND | {"circulated": False}, False),  # backward, but not circulated
        (FAULTLESS, BEHIND | {"rank_kind": 95}, False),  # five of a hundred behind it: not backward
        (FAULTLESS, BEHIND | {"rank_kind": 96}, True),  # four
    ],
)
def test_a_fault_of_one_who_came_together_is_enough(world, own, brought, proposes):
    former = merged(world, "90", world.brigade)
    past(world, former, 2013, **brought)
    if own:
        past(world, world.brigade, 2013, **own)
    propose(world)
    impose(world, Consequence.objects.get(kind="criticism", organisation__code="410122-1"))
    propose(world)
    assert (("accountability", "410122-1") in proposed(Consequence)) is proposes


def test_history_follows_a_chain_of_mergers_and_not_a_sister(world):
    """90 went into 91, 91 into the brigade. What the brigade went into has their years, 90 has
    only its own, and the sibling brigade none."""
    second = station(world.county, "91", StationKind.BRIGADE)
    first = merged(world, "90", second)
    retire_station(
        station=second,
        on=date(2014, 4, 1),
        successor=world.brigade,
        merged=False,
        reason="撤销",
        by=world.province_admin,
        now=NOW,
    )
    past(world, first, 2012, composite=70)
    past(world, second, 2013, composite=71)
    past(world, world.brigade, 2013, composite=72)
    asked = (world.brigade, first, world.sibling_brigade)
    years = histories((each.pk for each in asked), before=2014)
    told = {
        station: {
            year: [(result.code, result.composite) for result in results]
            for year, results in of.items()
        }
        for station, of in years.items()
    }
    assert told == {
        world.brigade.pk: {2012: [("410122-90", 70)], 2013: [("", 72), ("410122-91", 71)]},
        first.pk: {2012: [("", 70)]},
    }


def test_who_shares_the_last_place_of_a_published_year_was_backward(world):
    """Three brigades are ranked: 85.00, 79.36, 79.36: two share rank 2, nobody is behind them."""
    years = histories([world.brigade.pk, world.jiyuan_brigade.pk], before=2015)
    (last,), (first,) = years[world.brigade.pk][2014], years[world.jiyuan_brigade.pk][2014]
    assert (last.rank, last.size, last.behind) == (2, 3, 0)
    assert last.is_backward(Decimal("0.05"))
    assert not first.is_backward(Decimal("0.05"))
