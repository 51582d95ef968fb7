"""What waits for a unit's decision stands on its desk, and on nobody else's."""

from datetime import date

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaign.services.submissions import save_submission, submit_submission
from evaluations.services.postponements import ask_postponement
from evaluations.services.reopenings import request_reopening
from evaluations.services.vetoes import propose_veto, reply_to_veto
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, person, small_province

pytestmark = pytest.mark.django_db
on_the_25th = override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")


@pytest.fixture
def world():
    return small_province()


def waiting(client, user):
    client.force_login(user)
    rows = client.get(reverse("portal:desk"), headers={"accept-language": "en"}).context["waiting"]
    return {str(row.label): (row.count, row.address) for row in rows}


def hand_in(world, enrolment, by):
    """A self-inspection and a request for a later day of one station."""
    steps.submitted_inspection(world, enrolment, by)
    ask_postponement(
        task=steps.task(world, enrolment, world.county_officer),
        kind="extension", reason="no budget", plan="buy it", new_due_on=date(2014, 11, 14),
        by=by, now=NOW,
    )  # fmt: skip


@on_the_25th
def test_the_bureau_right_above_sees_what_was_handed_in(client, world):
    world.county_officer.language = "en"
    assert waiting(client, world.county_officer) == {}
    hand_in(world, world.brigade_enrolment, world.station_officer)
    seen = waiting(client, world.county_officer)
    assert sorted(count for count, _address in seen.values()) == [1, 1]
    for user in (world.prefecture_officer, world.province_officer, world.station_officer):
        assert waiting(client, user) == {}
    # Each line leads to exactly these things.
    for _count, address in seen.values():
        client.force_login(world.county_officer)
        page = client.get(address)
        assert len(page.context["page"].object_list) == 1


@on_the_25th
def test_a_plan_waits_for_the_unit_right_above(client, world):
    paper = save_submission(
        campaign=world.campaign, organisation=world.brigade.organisation, kind="plan",
        text="计划", by=world.station_officer, now=NOW,
    )  # fmt: skip
    submit_submission(submission=paper, by=world.station_officer, now=NOW)
    ((count, address),) = waiting(client, world.county_officer).values()
    assert (count, address) == (1, reverse("campaign:submissions") + "?state=submitted")
    for user in (world.prefecture_officer, world.county_assessor, world.station_officer):
        assert waiting(client, user) == {}


@on_the_25th
def test_the_desk_asks_the_database_as_often_for_three_as_for_one(client, world):
    hand_in(world, world.brigade_enrolment, world.station_officer)
    waiting(client, world.county_officer)
    with CaptureQueriesContext(connection) as few:
        waiting(client, world.county_officer)
    hand_in(world, world.township_enrolment, world.county_officer)
    with CaptureQueriesContext(connection) as more:
        assert {count for count, _ in waiting(client, world.county_officer).values()} == {2}
    assert len(few) == len(more)


@on_the_25th
def test_a_veto_waits_for_the_provinces_second_person_once_the_station_was_heard(client, world):
    deciders = (world.leader, world.province_admin)
    veto = propose_veto(
        enrolment=world.brigade_enrolment, reason="r", by=world.province_officer, now=NOW
    )
    assert [waiting(client, user) for user in deciders] == [{}, {}]
    reply_to_veto(veto=veto, text="no", files=[], by=world.station_officer, now=NOW)
    address = reverse("evaluations:veto", args=[world.brigade_enrolment.pk])
    for user in deciders:
        assert list(waiting(client, user).values()) == [(1, address)]
    for user in (world.province_officer, person("ld", world.prefecture, "leader")):
        assert waiting(client, user) == {}


@on_the_25th
def test_a_request_to_open_a_check_again_waits_for_a_colleague(client, world):
    check = steps.signed_check(
        world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1"
    )
    colleague = person("colleague", world.prefecture, "leader")
    assert waiting(client, colleague) == {}
    request_reopening(check=check, reason="r", by=world.prefecture_officer, now=NOW)
    address = reverse("evaluations:check", args=[world.brigade_enrolment.pk])
    assert list(waiting(client, colleague).values()) == [(1, address)]
    for user in (world.prefecture_officer, world.leader):
        assert waiting(client, user) == {}
