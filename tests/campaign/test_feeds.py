"""The calendar address: secret, revocable, and in the reader's language."""

import re

import pytest
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Role
from campaign.feeds import calendar_of
from campaign.models import CalendarFeed, Obligation
from campaign.services.preferences import make_feed, revoke_feed
from campaign.services.unreached import unreached
from tests.factories import NOW, small_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return small_province()


def fetch(client, secret):
    return client.get(reverse("campaign:feed", args=[secret]))


def test_whoever_has_the_address_reads_it_without_an_account(client, world):
    secret = make_feed(by=world.station_officer, now=NOW)
    page = fetch(client, secret)
    assert page["Content-Type"].startswith("text/calendar")
    text = page.content.decode()
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert re.findall(r"DTSTART;VALUE=DATE:(\d+)", text) == ["20140831", "20140831", "20140930"]
    assert not CalendarFeed.objects.filter(secret_hash=secret).exists()
    assert client.cookies == {}


def test_a_new_address_ends_the_old_one_and_ending_ends_all(client, world):
    old = make_feed(by=world.station_officer, now=NOW)
    new = make_feed(by=world.station_officer, now=NOW)
    assert (fetch(client, old).status_code, fetch(client, new).status_code) == (404, 200)
    revoke_feed(by=world.station_officer, now=NOW)
    assert fetch(client, new).status_code == 404


def test_who_has_left_has_no_calendar(client, world):
    secret = make_feed(by=world.station_officer, now=NOW)
    world.station_officer.is_active = False
    world.station_officer.save()
    assert fetch(client, secret).status_code == 404


def test_one_calendar_for_all_roles_of_a_person(world):
    Membership.objects.create(
        user=world.station_officer, organisation=world.county, role=Role.ASSESSOR
    )
    world.station_officer.language = "en"
    text = calendar_of(world.station_officer, NOW)
    assert "SUMMARY:Daily score (2)" in text
    assert "SUMMARY:Self-inspection\r\n" in text


def test_lines_are_folded_at_75_octets_and_commas_escaped(world):
    unit = world.brigade.organisation
    unit.name_zh = "安" * 60 + ",;"
    unit.save()
    text = calendar_of(world.station_officer, NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "安" * 60 + "\\,\\;" in text.replace("\r\n ", "")


def test_who_cannot_be_told_is_listed(world):
    Obligation.objects.exclude(enrolment=world.sibling_brigade_enrolment).delete()
    # The sibling brigade has no officer; its county has one, but no assessor.
    missed = unreached(world.province_admin, world.campaign)
    assert sorted(missed.values_list("kind", flat=True)) == [
        "commitments", "daily_score", "plan", "self_inspection",
    ]  # fmt: skip
    assert not unreached(world.county_officer, world.campaign).exists()
