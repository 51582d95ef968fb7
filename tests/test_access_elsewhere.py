"""Every object in somebody else's area, and how many cells the access matrix has asked.

The same objects as in the table, but in another prefecture: they are 404 (or 403, for who may never
do this) to all who had them in their area, and that prefecture's own.
"""

from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import reverse

from accounts.roles import Role
from stations.models import StationKind
from tests.access_matrix import COLUMNS
from tests.factories import enrolment, organisation, person, small_province, station
from tests.matrix_world import TARGETS, matrix_world
from tests.test_access_everywhere import METHODS, NAMES
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.visitors import Visitors, refusals_untold

pytestmark = pytest.mark.one_database

# Lines whose object stands in an area: there for its own prefecture's officer, 404 to another's.
PLACED = [line for line in LINES if line.expected["pre2"] == 404 and line.expected["pref"] != 404]
FORMER = ("pref", "cnty", "cty2", "dcty", "stat", "sta2", "apre", "acty")


@pytest.fixture(scope="module")
def moved(django_db_setup, django_db_blocker):
    """The people of the table around 410122, but one of everything at brigade 410221-1."""
    with django_db_blocker.unblock(), override_settings(**DEMONSTRATION), transaction.atomic():
        people = small_province()
        world = matrix_world(beside(people))
        with refusals_untold():
            yield Visitors(people), world
        transaction.set_rollback(True)


def beside(world):
    """The same province, seen from the other prefecture: its county, stations and people."""
    county = world.other_county
    other = SimpleNamespace(**vars(world))
    other.prefecture, other.other_prefecture = world.other_prefecture, world.prefecture
    other.county, other.other_county = county, world.county
    other.sibling_county = organisation("410222", "county", other.prefecture)
    other.brigade, other.other_brigade = world.other_brigade, world.brigade
    other.township = station(county, 2)
    other.sibling_brigade = station(other.sibling_county, 1, StationKind.BRIGADE)
    other.brigade_enrolment = world.other_brigade_enrolment
    other.other_brigade_enrolment = world.brigade_enrolment
    other.township_enrolment = enrolment(world.campaign, other.township)
    other.sibling_brigade_enrolment = enrolment(world.campaign, other.sibling_brigade)
    other.prefecture_officer = world.other_prefecture_officer
    other.other_prefecture_officer = world.prefecture_officer
    other.county_officer = person("county-410221", county, Role.COUNTY_OFFICER)
    other.station_officer = person(
        "station-410221-1", other.brigade.organisation, Role.STATION_OFFICER
    )
    other.township_officer = person(
        "station-410221-2", other.township.organisation, Role.STATION_OFFICER
    )
    other.prefecture_assessor = person("assessor-410200", other.prefecture, Role.ASSESSOR)
    other.county_assessor = person("assessor-410221", county, Role.ASSESSOR)
    return other


@pytest.mark.django_db
@pytest.mark.parametrize("line", PLACED, ids=lambda line: f"{line.method}-{line.url_name}")
@override_settings(**DEMONSTRATION)
def test_an_object_in_another_area_is_not_there(line, moved):
    visitors, world = moved
    args, data = TARGETS[line.target](world)
    address = reverse(line.url_name, args=args)
    found = {
        column: visitors.ask(column, line.method, address, data).status_code
        for column in (*FORMER, "pre2")
    }
    assert {found[column] for column in FORMER} <= {403, 404}
    assert found["pref"] == 404
    # The twin: what the officer of the object's own prefecture gets in the table.
    assert found["pre2"] == line.expected["pref"]


def test_the_number_of_cells():
    asked = len(NAMES) * len(METHODS) * len(COLUMNS) + len(PLACED) * (len(FORMER) + 1)
    print(f"\n{asked} cells of the access matrix were asked")  # noqa: T201 - the figure of goal G6
    assert asked >= 20_000
