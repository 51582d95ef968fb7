"""The office's page of one station's response."""

import re
from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent
from campaign.models import CampaignState
from common import clock
from surveys.services.ballots import cast_ballots
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import opened

pytestmark = pytest.mark.django_db
AFTER = at("2014-12-01 00:00:00")


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    fill(world, "service", 6)
    fill(world, "society", 4)
    return world


def fill(world, group, number, packed="11111111111", enrolment=None):
    enrolment = enrolment or world.brigade_enrolment
    row = (enrolment.pk, group, packed, "paper", date(2014, 10, 20))
    cast_ballots(rows=[row] * number, by=world.province_admin, now=NOW)


def see(client, world, user):
    client.force_login(user)
    address = reverse("surveys:response", args=[world.brigade_enrolment.pk])
    return client.get(address, headers={"accept-language": "en"})


def tables(response):
    """How many groups' answers are shown."""
    return response.content.decode().count('<th scope="col">Answers</th>')


def leads_shown(response):
    return "demands (leads): 6." in response.content.decode()


@pytest.mark.parametrize(
    ("name", "while_open", "after", "leads"),
    [
        ("province_admin", 0, 1, (False, True)),
        ("province_officer", 0, 1, (False, True)),
        ("prefecture_officer", 0, 1, (False, True)),
        ("leader", 0, 1, (False, True)),
        ("county_officer", 0, 1, (False, True)),
        ("station_officer", 0, 1, (False, False)),
    ],
)
def test_who_sees_what_and_when(client, world, monkeypatch, name, while_open, after, leads):
    first = see(client, world, getattr(world, name))
    assert first.status_code == 200
    assert 'data-head="Valid ballots">5</td>' in first.content.decode()
    assert (tables(first), leads_shown(first)) == (while_open, leads[0])
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    second = see(client, world, getattr(world, name))
    assert 'data-head="Valid ballots">6</td>' in second.content.decode()
    assert (tables(second), leads_shown(second)) == (after, leads[1])


def test_two_looks_at_growing_numbers_do_not_show_one_ballot(client, world, monkeypatch):
    """An attacker loads each page before and after a ballot, valid or not, and compares."""
    addresses = [
        reverse("surveys:response", args=[world.brigade_enrolment.pk]),
        reverse("surveys:overview"),
        reverse("surveys:box"),
    ]
    token = re.compile(r"csrf[^>]+|nonce[^>]+")

    def look():
        client.force_login(world.county_officer)
        return [token.sub("", client.get(address).content.decode()) for address in addresses]

    before = look()
    fill(world, "service", 1)
    after_a_valid_one = look()
    fill(world, "service", 1, packed="44444444442")
    after_one_that_does_not_count = look()
    assert before == after_a_valid_one == after_one_that_does_not_count
    # The twin: what does not grow any more is exact, and would show both.
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    closed = look()
    fill(world, "service", 1)
    assert [a != b for a, b in zip(closed, look(), strict=True)] == [True, True, True]


def test_a_closed_campaign_is_over_for_all(client, world):
    assert tables(see(client, world, world.county_officer)) == 0
    type(world.campaign).objects.update(state=CampaignState.CLOSED)
    assert tables(see(client, world, world.county_officer)) == 1


def test_a_small_group_is_said_but_not_shown(client, world, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    html = see(client, world, world.province_officer).content.decode()
    assert 'data-head="Valid ballots">4</td>' in html
    assert html.count("Fewer than 5 valid ballots") == 1
    assert html.count("No valid ballot of this group.") == 1
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert words.count("Satisfied 6 · Basically satisfied 0 · Dissatisfied 0 · Do not know 0") == 10


def test_scope_and_right(client, world):
    address = reverse("surveys:response", args=[world.brigade_enrolment.pk])
    anonymous = client.get(address)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith(reverse("accounts:login"))
    for name in ("other_prefecture_officer", "sibling_county_officer", "township_officer"):
        assert see(client, world, getattr(world, name)).status_code == 404
    for name in ("auditor", "system_admin"):
        assert see(client, world, getattr(world, name)).status_code == 404
    for name in ("prefecture_assessor", "county_assessor"):
        assert see(client, world, getattr(world, name)).status_code == 403
    assert client.post(address).status_code == 405


def test_the_number_of_queries_does_not_grow_with_groups(client, world, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    see(client, world, world.province_officer)
    with CaptureQueriesContext(
        connection,
    ) as few:
        see(client, world, world.province_officer)
    fill(world, "society", 3)
    fill(world, "supervisor", 9)
    with CaptureQueriesContext(connection) as many:
        see(client, world, world.province_officer)
    assert len(many) == len(few)


def test_the_overview_sums_the_stations_and_holds_back_what_would_show_four(
    client, world, monkeypatch
):
    """Society: brigade 4, township 6, so the county's total less the township would show the four;
    the township is held back with it."""
    fill(world, "society", 6, enrolment=world.township_enrolment)
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    client.force_login(world.county_officer)
    html = client.get(reverse("surveys:overview"), headers={"accept-language": "en"}).content
    assert "Unit 410122" in html.decode()
    assert "Satisfied 10 ·" in html.decode()  # the county's society
    township = client.get(
        reverse("surveys:response", args=[world.township_enrolment.pk]),
        headers={"accept-language": "en"},
    ).content.decode()
    assert "Held back: together with other published figures" in township
    export = client.get(reverse("surveys:results-export"))
    sheet = load_workbook(BytesIO(export.content)).active
    rows = {(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2)}
    assert {place for place, group in rows if group.startswith("社会")} == {"单位410122"}
    assert AuditEvent.objects.filter(act="survey.exported").count() == 1


def test_nothing_is_downloaded_before_the_end(client, world):
    client.force_login(world.county_officer)
    assert client.get(reverse("surveys:results-export")).status_code == 409


def test_the_overview_takes_the_same_queries_for_one_and_two_stations(client, world, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    counts = []
    for user in (world.sibling_county_officer, world.county_officer):
        client.force_login(user)
        client.get(reverse("surveys:overview"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("surveys:overview")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
