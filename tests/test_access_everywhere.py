"""Every address × every method × everybody, and every object in somebody else's area.

The table (`access_matrix.txt`) says what is declared; here stands what follows from it:

- a method that is not declared does nothing: 405, or the sign-in page for who is not signed in;
- HEAD says what GET says, or 405;
- a form's page lets nobody send whom it does not let read;
- the same object in another prefecture is 404 (or 403, for who may never do this) to all who had
  it in their area, and is that prefecture's own.

The last test prints how many cells were asked (≥ 20,000).
"""

import itertools
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
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name
from tests.visitors import Visitors

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
NEVER = METHODS[3:]
NAMES = sorted({line.url_name for line in LINES})
REFUSED = (302, 403, 404, 405, 409)


def lines_of(name):
    return {line.method: line for line in LINES if line.url_name == name}


def allowed_answers(lines, method, column):
    """What one cell may answer to a method that the table does not declare."""
    if method in NEVER:
        return {405}
    if method == "HEAD":
        return {405, lines["GET"].expected[column]} if "GET" in lines else {405, 302}
    if method == "GET":
        return {405} if column != "anon" else {405, 302}
    shown = lines["GET"].expected[column]
    if shown == 200:
        return {200, 302, 400, 403, 404, 405, 409, 429}
    return {405, shown} | ({403, 404} if column != "anon" else set())


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
@override_settings(**DEMONSTRATION)
def test_undeclared_methods_do_nothing(name, world):
    visitors, lines, wrong = Visitors(world), lines_of(name), []
    some_line = next(iter(lines.values()))
    args, _data = TARGETS[some_line.target](world)
    for method, column in itertools.product(METHODS, COLUMNS):
        if method in lines:
            continue
        status = visitors.ask(column, method, reverse(name, args=args)).status_code
        if status not in allowed_answers(lines, method, column):
            wrong.append((method, column, status))
    assert not wrong


# --- the same objects in another prefecture -------------------------------------------------------

# Lines whose object stands in an area: the table gives 404 to another prefecture's officer.
PLACED = [line for line in LINES if line.expected["pre2"] == 404]
FORMER = ("pref", "cnty", "cty2", "dcty", "stat", "sta2", "apre", "acty")


@pytest.fixture(scope="module")
def moved(django_db_setup, django_db_blocker):
    """The people of the table around 410122, but one of everything at brigade 410221-1."""
    with django_db_blocker.unblock(), override_settings(**DEMONSTRATION), transaction.atomic():
        people = small_province()
        yield people, matrix_world(beside(people))
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
    people, world = moved
    visitors = Visitors(people)
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
