"""Who is reminded of what, and never twice."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Membership
from accounts.roles import Role
from campaign.models import (
    Campaign,
    CampaignState,
    Obligation,
    ObligationKind,
    ObligationState,
    Reminder,
)
from campaign.services.reminders import plan_reminders
from deliveries.models import Delivery
from deliveries.services import plan_delivery
from tests.factories import at, person, small_province
from tests.threads import together

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


def test_a_person_without_an_address_is_told_in_the_portal(world):
    world.station_officer.email = ""
    world.station_officer.save()
    assert plan_reminders(now=at("2014-09-30 08:00")) == 1
    assert not Delivery.objects.exists()
    (reminder,) = Reminder.objects.all()
    assert (reminder.delivery, reminder.notice.user) == (None, world.station_officer)


def test_the_digest_speaks_the_readers_language(world):
    world.station_officer.language = "en"
    world.station_officer.save()
    plan_reminders(now=at("2014-09-29 08:00"))
    text = Delivery.objects.get().text
    assert "Your unit owes:" in text
    assert "Self-inspection" in text
    assert "by 2014-09-30 24:00 (1 days left)" in text


def test_who_owes_and_also_supervises_is_told_once(world):
    """The county's officer also acts for the brigade: one reminder, as the one who owes."""
    Membership.objects.create(
        user=world.county_officer,
        organisation=world.brigade.organisation,
        role=Role.STATION_OFFICER,
    )
    world.county_officer.language = "en"
    world.county_officer.save()
    assert plan_reminders(now=at("2014-10-01 08:00")) == 2
    (reminder,) = Reminder.objects.filter(user=world.county_officer)
    assert "Your unit owes:" in reminder.delivery.text
    assert "Overdue in the units below yours:" not in reminder.delivery.text


def test_two_roles_in_one_unit_make_one_reminder(world):
    Membership.objects.create(
        user=world.station_officer,
        organisation=world.brigade.organisation,
        role=Role.COUNTY_OFFICER,
    )
    assert plan_reminders(now=at("2014-09-30 08:00")) == 1
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.CLOSED])
def test_only_an_open_campaign_reminds(world, state):
    Campaign.objects.update(state=state)
    assert plan_reminders(now=at("2014-09-30 08:00")) == 0
    Campaign.objects.update(state=CampaignState.OPEN)
    assert plan_reminders(now=at("2014-09-30 08:00")) == 1


@pytest.mark.parametrize("leaves", ["user", "membership", "organisation"])
def test_who_has_left_is_not_reminded(world, leaves):
    row = {
        "user": world.station_officer,
        "membership": world.station_officer.memberships.get(),
        "organisation": world.brigade.organisation,
    }[leaves]
    setattr(row, "is_active" if leaves == "user" else "active", False)
    row.save()
    assert plan_reminders(now=at("2014-09-30 08:00")) == 0


def test_a_run_leaves_one_event_of_the_portal_itself(world):
    for _ in range(2):
        plan_reminders(now=at("2014-09-30 08:00"))
    (event,) = AuditEvent.objects.filter(act="reminders.planned")
    assert (event.user, event.after) == (None, {"told": 1, "messages": 1, "reminders": 1})


def test_a_failure_half_way_plans_nothing(world):
    """The digest's key is taken (as no planner would leave it): no reminder is noted as told."""
    plan_delivery(
        key=f"reminder:{world.station_officer.pk}:1:2014-09-30", kind="other", user=None,
        address="a@example.com", subject="主题", text="正文", now=at("2014-09-30 07:00"),
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        plan_reminders(now=at("2014-09-30 08:00"))
    assert not Reminder.objects.exists()
    Delivery.objects.all().delete()
    assert plan_reminders(now=at("2014-09-30 08:00")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_plan_one_digest_a_person():
    small_province()
    now = at("2014-10-01 08:00")
    planned = together([lambda: plan_reminders(now=now)] * 2)
    assert sorted(planned)[0] == 0
    people = Delivery.objects.values_list("user_id", flat=True)
    assert len(people) == len(set(people)) == sorted(planned)[1] > 0
    told = Reminder.objects.values_list("user_id", "obligation_id", "step_day")
    assert len(told) == len(set(told)) > 0


def queries_of(run) -> int:
    with CaptureQueriesContext(connection) as queries:
        run()
    return len(queries)


def owe_more(world, count, first):
    for number in range(first, first + count):
        Obligation.objects.create(
            campaign=world.campaign,
            organisation=world.brigade.organisation,
            kind=ObligationKind.RECTIFICATION,
            enrolment=world.brigade_enrolment,
            key=f"rectification:{number}",
            due_on=date(2014, 9, 30),
        )


def test_queries_grow_neither_with_the_obligations_nor_with_the_people(world):
    now = at("2014-09-30 08:00")
    one = queries_of(lambda: plan_reminders(now=now))
    # Few enough for one batch of SQLite: 999 values a statement.
    owe_more(world, 9, first=0)
    for number in range(10):
        person(f"more-{number}", world.brigade.organisation, Role.STATION_OFFICER)
    assert queries_of(lambda: plan_reminders(now=now)) == one
    assert Delivery.objects.count() == 12


def test_a_beat_with_nothing_to_say_opens_no_transaction(world):
    now = at("2014-09-30 08:00")
    plan_reminders(now=now)
    with CaptureQueriesContext(connection) as queries:
        assert plan_reminders(now=now) == 0
    assert all(query["sql"].startswith("SELECT") for query in queries)
    assert not any("FOR UPDATE" in query["sql"] for query in queries)
