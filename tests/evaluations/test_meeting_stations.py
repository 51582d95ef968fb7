"""Choosing the stations of a meeting, from thirteen and from two thousand."""

import pytest
from django.urls import reverse

from evaluations.views import meetings

PLAN = {
    "title": "评议大会", "starts_at": "2014-10-28T09:00", "place": "会议室", "chair": "李主任",
    "agenda": "汇报", "key": "k",
}  # fmt: skip
PAGE = "evaluations:meeting-plan"


def offered(page):
    return {row.pk for row in page.context["form"].fields["enrolments"].queryset}


@pytest.fixture
def many(monkeypatch):
    """Two stations are already too many for one list."""
    monkeypatch.setattr(meetings, "IN_A_LIST", 1)


def test_few_stations_are_offered_at_once(world, sign_in):
    page = sign_in(world.province_officer).get(reverse(PAGE))
    assert world.brigade_enrolment.pk in offered(page)
    assert "units" not in page.context


def test_of_many_a_unit_is_chosen_first(world, sign_in, many):
    client = sign_in(world.province_officer)
    page = client.get(reverse(PAGE))
    assert offered(page) == set()
    # The province's own level: its prefectures and the directly administered county.
    assert world.prefecture in page.context["units"]
    assert world.county not in page.context["units"]
    page = client.get(reverse(PAGE), {"unit": world.prefecture.code})
    assert world.brigade_enrolment.pk in offered(page)
    assert world.direct_brigade_enrolment.pk not in offered(page)


def test_the_chosen_ones_are_saved_and_stay_chosen(world, sign_in, many):
    client = sign_in(world.province_officer)
    address = reverse(PAGE) + f"?unit={world.prefecture.code}"
    client.post(address, {**PLAN, "enrolments": [world.brigade_enrolment.pk]})
    meeting = world.campaign.meetings.get()
    assert [row.enrolment for row in meeting.reports.all()] == [world.brigade_enrolment]
    page = client.get(reverse("evaluations:meeting-edit", args=[meeting.pk]))
    assert offered(page) == {world.brigade_enrolment.pk}


def test_a_station_of_elsewhere_is_refused(world, sign_in, many):
    client = sign_in(world.county_officer)
    page = client.post(reverse(PAGE), {**PLAN, "enrolments": [world.jiyuan_enrolment.pk]})
    assert "enrolments" in page.context["form"].errors
    assert not world.campaign.meetings.exists()
