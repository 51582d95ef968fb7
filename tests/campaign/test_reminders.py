"""Who is reminded of what, and never twice."""

from datetime import date, timedelta

import pytest

from campaign.models import Obligation, ObligationKind, ObligationState, Reminder
from campaign.services.reminders import plan_reminders
from deliveries.models import Delivery
from tests.factories import at, small_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Only one thing is owed: the brigade's self-inspection, by 30 September."""
    world = small_province()
    kept = Obligation.objects.get(
        kind=ObligationKind.SELF_INSPECTION, enrolment=world.brigade_enrolment
    )
    Obligation.objects.exclude(pk=kept.pk).delete()
    world.obligation = kept
    return world


def planned():
    return [(row.user.username, row.subject) for row in Delivery.objects.order_by("pk")]


@pytest.mark.parametrize("day", ["2014-09-23", "2014-09-27", "2014-09-29", "2014-09-30"])
def test_the_debtor_is_reminded_on_each_step_up_to_the_due_day(world, day):
    assert plan_reminders(now=at(f"{day} 08:00")) == 1
    assert [name for name, _ in planned()] == ["station_officer"]
    assert Reminder.objects.get().step_day == date.fromisoformat(day)


def test_nobody_is_reminded_before_the_first_step(world):
    assert plan_reminders(now=at("2014-09-22 23:59")) == 0
    assert planned() == []


def test_a_step_is_caught_up_for_three_days(world):
    # 27 September is a step; its catch-up ends where the step of the 29th begins.
    assert plan_reminders(now=at("2014-09-28 08:00")) == 1
    assert Reminder.objects.get().step_day == date(2014, 9, 27)


def test_after_the_due_day_the_supervisor_is_told_too(world):
    assert plan_reminders(now=at("2014-10-01 08:00")) == 2
    assert [name for name, _ in planned()] == ["station_officer", "county_officer"]


def test_on_the_due_day_the_supervisor_is_not_told(world):
    plan_reminders(now=at("2014-09-30 23:59"))
    assert [name for name, _ in planned()] == ["station_officer"]


def test_what_is_met_is_not_reminded(world):
    Obligation.objects.update(state=ObligationState.MET, met_at=at("2014-09-20 08:00"))
    assert plan_reminders(now=at("2014-09-30 08:00")) == 0


def test_a_second_beat_sends_nothing_again(world):
    now = at("2014-09-30 08:00")
    assert [plan_reminders(now=now) for _ in range(3)] == [1, 0, 0]
    assert plan_reminders(now=now + timedelta(hours=12)) == 0
    assert Delivery.objects.count() == 1


def test_every_step_of_a_whole_autumn_is_sent_once(world):
    day = at("2014-09-01 08:00")
    while day < at("2014-11-01 00:00"):
        plan_reminders(now=day)
        plan_reminders(now=day)
        day += timedelta(days=1)
    own = Reminder.objects.filter(user=world.station_officer).order_by("step_day")
    # 7, 3, 1 days before, the day itself, 1 and 3 days after, then weekly.
    assert [(row.step_day - date(2014, 9, 30)).days for row in own] == [
        -7, -3, -1, 0, 1, 3, 10, 17, 24, 31,
    ]  # fmt: skip
    assert Delivery.objects.filter(user=world.station_officer).count() == 10


def test_one_digest_a_day_names_everything(world):
    world = world
    other = Obligation.objects.create(
        campaign=world.campaign,
        organisation=world.brigade.organisation,
        kind=ObligationKind.RECTIFICATION,
        enrolment=world.brigade_enrolment,
        key="rectification:1",
        due_on=date(2014, 9, 30),
    )
    assert plan_reminders(now=at("2014-09-30 08:00")) == 1
    assert {row.obligation_id for row in Reminder.objects.all()} == {
        world.obligation.pk,
        other.pk,
    }


def test_what_becomes_due_later_in_the_day_gets_a_second_digest(world):
    plan_reminders(now=at("2014-09-30 08:00"))
    Obligation.objects.create(
        campaign=world.campaign,
        organisation=world.brigade.organisation,
        kind=ObligationKind.RECTIFICATION,
        enrolment=world.brigade_enrolment,
        key="rectification:1",
        due_on=date(2014, 9, 30),
    )
    assert plan_reminders(now=at("2014-09-30 12:00")) == 1
    keys = Delivery.objects.order_by("pk").values_list("key", flat=True)
    pk = world.station_officer.pk
    assert list(keys) == [f"reminder:{pk}:1:2014-09-30", f"reminder:{pk}:2:2014-09-30"]


def test_a_person_without_an_address_is_left_out(world):
    world.station_officer.email = ""
    world.station_officer.save()
    assert plan_reminders(now=at("2014-09-30 08:00")) == 0


def test_the_digest_speaks_the_readers_language(world):
    world.station_officer.language = "en"
    world.station_officer.save()
    plan_reminders(now=at("2014-09-29 08:00"))
    text = Delivery.objects.get().text
    assert "Your unit owes:" in text
    assert "Self-inspection" in text
    assert "by 2014-09-30 24:00 (1 days left)" in text


def test_queries_do_not_grow_with_the_obligations(world, django_assert_num_queries):
    def one_more(number):
        Obligation.objects.create(
            campaign=world.campaign,
            organisation=world.brigade.organisation,
            kind=ObligationKind.RECTIFICATION,
            enrolment=world.brigade_enrolment,
            key=f"rectification:{number}",
            due_on=date(2014, 9, 30),
        )

    with django_assert_num_queries(14, exact=False):
        plan_reminders(now=at("2014-09-30 08:00"))
    for number in range(3):
        one_more(number)
    with django_assert_num_queries(14, exact=False):
        plan_reminders(now=at("2014-09-30 09:00"))
