"""Completeness and timeliness, level by level."""

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaign.models import Obligation
from common.charts.stacked_bar import stacked_bar
from common.charts.tile_map import Tile, tile_map
from portal.progress import progress_of
from tests.factories import NOW, at, enrolment, small_province, station

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return small_province()


def lines(world, unit, user=None):
    progress = progress_of(user or world.province_officer, world.campaign, unit, NOW)
    return {line.unit.code: line for line in progress.lines}, progress


def numbers(figures):
    return (figures.total, figures.met, figures.late, figures.overdue, figures.waived)


def test_each_level_adds_up_what_is_below_it(world):
    owed = Obligation.objects.filter(kind="commitments")
    owed.filter(enrolment=world.brigade_enrolment).update(
        state="met", met_at=at("2014-08-31 23:59")
    )
    owed.filter(enrolment=world.township_enrolment).update(
        state="met", met_at=at("2014-09-01 00:00")
    )
    owed.filter(enrolment=world.sibling_brigade_enrolment).update(
        state="waived", waived_because="撤并"
    )
    by_unit, progress = lines(world, world.province)
    # Six stations: two met (one late), one waived, three overdue.
    assert numbers(progress.whole.by_kind["commitments"]) == (5, 2, 1, 3, 1)
    assert numbers(by_unit["410100"].by_kind["commitments"]) == (2, 2, 1, 0, 1)
    assert numbers(by_unit["410181"].by_kind["commitments"]) == (1, 0, 0, 1, 0)
    below, _ = lines(world, world.prefecture)
    assert numbers(below["410122"].by_kind["commitments"]) == (2, 2, 1, 0, 0)
    assert numbers(below["410185"].by_kind["commitments"]) == (0, 0, 0, 0, 1)
    stations, _ = lines(world, world.county)
    assert numbers(stations["410122-2"].by_kind["commitments"]) == (1, 1, 1, 0, 0)


def test_what_a_unit_owes_itself_stands_apart(world):
    by_unit, _ = lines(world, world.prefecture)
    # The prefecture accepts three stations and its office scores them.
    own = by_unit["410100"]
    assert own.own
    assert own.by_kind["acceptance"].total == own.by_kind["daily_score"].total == 3


def test_a_prefecture_without_counties_shows_its_stations(world):
    by_unit, _ = lines(world, world.jiyuan)
    assert set(by_unit) == {"419001", "419001-1"}
    assert by_unit["419001-1"].by_kind["self_inspection"].total == 1


@override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")
def test_nobody_sees_beyond_their_area(client, world):
    client.force_login(world.county_officer)
    address = reverse("portal:progress")
    assert client.get(address).status_code == 200
    assert client.get(address, {"unit": "410185"}).status_code == 404


@override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")
def test_the_page_costs_the_same_for_one_and_for_more(client, world):
    client.force_login(world.province_officer)
    address = reverse("portal:progress")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for serial in (3, 4, 5):
        enrolment(world.campaign, station(world.county, serial))
    with CaptureQueriesContext(connection) as more:
        page = client.get(address)
    assert len(more) == len(few)
    assert b"<svg" in page.content
    assert b"style=" not in page.content


def test_a_bar_without_parts_is_empty_and_text_is_escaped():
    assert stacked_bar([("a", 0, "#000")], title="t").count("<rect") == 1
    bar = stacked_bar([("<b>", 1, "#000"), ("x", 3, "#fff")], title="t")
    assert "<desc>&lt;b&gt; 1, x 3</desc>" in bar
    assert 'x="100" y="0" width="300"' in bar


def test_a_tile_says_its_figure_without_colour():
    svg = tile_map(
        [Tile(0, 0, "郑州", 99, "/p", mark=True, why="2"), Tile(1, 0, "济源", None)],
        title="t", description="d",
    )  # fmt: skip
    assert "郑州: 99%, 2" in svg
    assert "济源: –" in svg
    assert 'href="/p"' in svg
