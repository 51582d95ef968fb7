"""The desk, the front page, the clock, and pages of refusal."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaign.models import Obligation
from common import clock
from common.models import DemonstrationClock, Heartbeat
from portal.management.commands import doctor
from tests.factories import at, enrolment, small_province, station


@pytest.fixture
def world(db):
    return small_province()


on_the_25th = override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")


def owed(client):
    context = client.get(reverse("portal:desk")).context
    return [(row.kind, row.organisation.code) for row in context["owed"]]


@on_the_25th
def test_each_role_sees_what_its_unit_owes_and_can_meet(client, world):
    client.force_login(world.station_officer)
    assert owed(client) == [
        ("plan", "410122-1"),
        ("commitments", "410122-1"),
        ("self_inspection", "410122-1"),
    ]
    client.force_login(world.county_assessor)
    assert owed(client) == [("daily_score", "410122"), ("daily_score", "410122")]
    client.force_login(world.prefecture_officer)
    assert owed(client) == [("acceptance", "410100")] * 3
    client.force_login(world.auditor)
    assert owed(client) == []


@on_the_25th
def test_the_desk_tells_how_far_the_area_is(client, world):
    Obligation.objects.filter(kind="commitments", enrolment=world.brigade_enrolment).update(
        state="met", met_at=at("2014-08-20 10:00")
    )
    client.force_login(world.county_officer)
    rows = client.get(reverse("portal:desk")).context["below"]
    seen = {row["kind"]: (row["met"], row["total"], row["overdue"]) for row in rows}
    assert seen == {
        "plan": (0, 2, 2),
        "commitments": (1, 2, 1),
        "self_inspection": (0, 2, 2),
        "daily_score": (0, 2, 0),
    }


@on_the_25th
def test_the_desk_costs_the_same_for_one_and_for_more(client, world):
    client.force_login(world.prefecture_officer)
    client.get(reverse("portal:desk"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("portal:desk"))
    for serial in (3, 4, 5):
        enrolment(world.campaign, station(world.county, serial))
    with CaptureQueriesContext(connection) as more:
        page = client.get(reverse("portal:desk"))
    assert page.context["owed_count"] == 6
    assert len(more) == len(few)


def test_the_front_page_finds_a_station_without_an_account(client, world):
    page = client.get(reverse("portal:home"), {"q": "410122-1"})
    assert [row.code for row in page.context["stations"]] == ["410122-1"]
    assert page.cookies.get("sessionid") is None


def test_health_is_told_without_data(client, db):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_the_language_switches_and_comes_back(client, world):
    client.force_login(world.county_officer)
    desk = reverse("portal:desk")
    assert 'lang="zh-hans"' in client.get(desk).content.decode()
    client.post(reverse("portal:language"), {"language": "en", "next": desk})
    assert 'lang="en"' in client.get(desk).content.decode()
    client.post(reverse("portal:language"), {"language": "zh-hans", "next": desk})
    assert 'lang="zh-hans"' in client.get(desk).content.decode()


# --- the clock ------------------------------------------------------------------------------------


def test_a_deadline_ends_at_midnight_local_time():
    assert clock.end_of(date(2014, 10, 31)) == at("2014-11-01 00:00")
    assert clock.today(at("2014-10-31 23:59")) == date(2014, 10, 31)


@override_settings(DEMONSTRATION=True, PORTAL_TODAY="")
def test_the_administrator_moves_the_demonstrations_clock(client, world):
    client.force_login(world.province_admin)
    client.post(reverse("portal:clock"), {"today": "2014-11-15"})
    assert clock.demonstration_today() == date(2014, 11, 15)
    assert "2014-11-15" in client.get(reverse("portal:desk")).content.decode()


@override_settings(DEMONSTRATION=True, PORTAL_TODAY="")
def test_nobody_else_moves_it(client, world):
    client.force_login(world.province_officer)
    assert client.post(reverse("portal:clock"), {"today": "2014-11-15"}).status_code == 403
    assert not DemonstrationClock.objects.exists()


@override_settings(DEMONSTRATION=False)
def test_outside_the_demonstration_there_is_no_clock_to_move(client, world):
    DemonstrationClock.objects.create(today=date(2014, 10, 25))
    client.force_login(world.province_admin)
    assert client.get(reverse("portal:clock")).status_code == 404
    assert clock.now().year > 2014


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "address", "status"),
    [
        ("county_officer", "/stations/410221-1/", 404),
        ("station_officer", "/stations/add/", 403),
        ("county_officer", "/nowhere/", 404),
    ],
)
def test_a_refusal_is_a_page_with_a_reason_and_a_way_back(client, world, name, address, status):
    client.force_login(getattr(world, name))
    response = client.get(address)
    text = response.content.decode()
    assert response.status_code == status
    assert 'class="refusal"' in text
    assert reverse("portal:desk") in text


def test_an_error_shows_no_traceback(world, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(world.county_officer)
    monkeypatch.setattr("portal.desk.owed_below", lambda *_: 1 / 0)
    response = client.get(reverse("portal:desk"))
    text = response.content.decode()
    assert response.status_code == 500
    assert "Traceback" not in text and "ZeroDivisionError" not in text
    assert "500" in text


def test_a_form_without_its_token_is_told_what_to_do(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.county_officer)
    response = client.post(reverse("accounts:switch"), {"membership": 1})
    assert response.status_code == 403
    assert 'class="refusal"' in response.content.decode()


# --- doctor ---------------------------------------------------------------------------------------


def examine(capsys):
    try:
        call_command("doctor")
    except SystemExit as end:
        code = end.code
    else:
        code = 0
    lines = capsys.readouterr().out.splitlines()
    return code, {line.split()[1]: line.split()[0] for line in lines}


def test_doctor_names_what_is_not_well(db, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "WORKER_SECONDS", 0.1)
    code, seen = examine(capsys)
    assert code == 1
    assert seen == {
        "database": "ok",
        "broker": "ok",
        "worker": "BAD",
        "beat": "BAD",
        "mail": "ok",
        "fonts": "ok",
        "translations": "ok",
    }


def test_doctor_is_content_with_a_living_beat(db, capsys, monkeypatch, settings):
    monkeypatch.setattr(doctor, "WORKER_SECONDS", 0.1)
    Heartbeat.objects.create(name="beat", at=clock.timezone.now())
    _code, seen = examine(capsys)
    assert seen["beat"] == "ok"
