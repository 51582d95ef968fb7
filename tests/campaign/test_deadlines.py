"""How a due day is computed, what moves it, and what lets it go."""

from datetime import date

import pytest
from django.utils.translation import override

from campaign.due import counted, due_for, explain
from campaign.models import (
    CalendarDay,
    DueUnit,
    Obligation,
    ObligationKind,
    ObligationRule,
    ObligationState,
)
from campaign.services import obligations
from campaign.services.calendar import set_day
from campaign.services.deadlines import move_by_rule
from campaign.services.reminders import plan_reminders
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Delivery, DeliveryKind, Notice
from tests.factories import NOW, at, small_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Only one thing is owed: the county's receipt, 5 working days after Friday 2014-10-24."""
    world = small_province()
    Obligation.objects.all().delete()
    due = due_for(campaign=world.campaign, kind=ObligationKind.RECEIPT, start=date(2014, 10, 24))
    obligations.open_obligation(
        campaign=world.campaign,
        organisation=world.county,
        kind=ObligationKind.RECEIPT,
        parts=(world.county.code,),
        now=NOW,
        **due.columns(),
    )
    world.owed = Obligation.objects.get()
    return world


def change(world, day, is_workday, reason="国办通知", by=None, now=NOW):
    return set_day(
        day=day,
        is_workday=is_workday,
        name_zh="调休",
        reason=reason,
        by=by or world.province_admin,
        now=now,
    )


def test_calendar_days_are_counted_from_the_day_after():
    assert counted(date(2014, 8, 28), 5, DueUnit.CALENDAR).due_on == date(2014, 9, 2)


def test_working_days_leave_out_weekends_and_holidays_and_count_make_up_days():
    """National day 2014: 1 to 7 October are free, Sunday 28 September is worked."""
    for day in range(1, 8):
        CalendarDay.objects.create(date=date(2014, 10, day), is_workday=False, name_zh="国庆节")
    CalendarDay.objects.create(date=date(2014, 9, 28), is_workday=True, name_zh="国庆节")
    # After Friday the 26th: Sun 28, Mon 29, Tue 30 September, Wed 8 October.
    assert counted(date(2014, 9, 26), 4, DueUnit.WORKING).due_on == date(2014, 10, 8)


def test_the_row_keeps_how_its_day_was_computed(world):
    assert (world.owed.due_on, world.owed.counted_from, world.owed.counted_days) == (
        date(2014, 10, 31), date(2014, 10, 24), 5,
    )  # fmt: skip
    with override("en"):
        lines = explain(world.owed)
    assert lines[0] == ("5 working days after 2014-10-24 (not counted): 2014-10-31, 24:00.")
    assert lines[1:4] == [
        "2014-10-25 Sat: not worked (weekend)",
        "2014-10-26 Sun: not worked (weekend)",
        "2014-10-27 Mon: working day no. 1",
    ]


def test_a_change_of_the_calendar_moves_what_is_open_and_tells_who_owes(world):
    (shift,) = change(world, date(2014, 10, 28), is_workday=False)
    world.owed.refresh_from_db()
    # The 29th, 30th, 31st and Monday 3 November are the second to the fifth working day.
    assert world.owed.due_on == date(2014, 11, 3)
    assert (world.owed.due_before, world.owed.moved_because) == (date(2014, 10, 31), "国办通知")
    assert (shift.before, shift.after) == (date(2014, 10, 31), date(2014, 11, 3))
    assert [row.user.username for row in Notice.objects.all()] == ["county_officer"]
    (mail,) = Delivery.objects.all()
    assert (mail.kind, mail.user) == (DeliveryKind.CHANGE, world.county_officer)
    assert "2014-11-03" in mail.text
    assert "国办通知" in mail.text


def test_a_make_up_day_moves_it_forward_and_taking_it_back_moves_it_back(world):
    change(world, date(2014, 10, 25), is_workday=True)
    world.owed.refresh_from_db()
    assert world.owed.due_on == date(2014, 10, 30)
    change(world, date(2014, 10, 25), is_workday=False)
    world.owed.refresh_from_db()
    assert world.owed.due_on == date(2014, 10, 31)
    assert not CalendarDay.objects.exists()


def test_what_is_met_or_fixed_does_not_move(world):
    Obligation.objects.update(state=ObligationState.MET, met_at=NOW)
    assert change(world, date(2014, 10, 28), is_workday=False) == []
    world.owed.refresh_from_db()
    assert world.owed.due_on == date(2014, 10, 31)
    assert not Notice.objects.exists()


def test_only_the_province_changes_the_calendar_and_with_a_reason(world):
    with pytest.raises(Denied):
        change(world, date(2014, 10, 28), is_workday=False, by=world.prefecture_officer)
    with pytest.raises(Incomplete):
        change(world, date(2014, 10, 28), is_workday=False, reason=" ")
    assert not CalendarDay.objects.exists()


def test_a_changed_rule_moves_what_is_open(world):
    rule = ObligationRule.objects.get(kind=ObligationKind.RECEIPT)
    rule.days = 3
    move_by_rule(campaign=world.campaign, rule=rule, reason="提前", now=NOW)
    world.owed.refresh_from_db()
    assert (world.owed.due_on, world.owed.counted_days) == (date(2014, 10, 29), 3)


def test_a_day_that_a_person_named_stays_when_the_counting_rule_changes(world):
    obligations.open_obligation(
        campaign=world.campaign,
        organisation=world.brigade.organisation,
        kind=ObligationKind.RECTIFICATION,
        parts=(1,),
        due_on=date(2014, 11, 10),
        now=NOW,
        enrolment=world.brigade_enrolment,
    )
    rule = ObligationRule.objects.get(kind=ObligationKind.RECTIFICATION)
    rule.days = 30
    assert move_by_rule(campaign=world.campaign, rule=rule, reason="延期", now=NOW) == []
    assert Obligation.objects.get(kind=ObligationKind.RECTIFICATION).due_on == date(2014, 11, 10)


# --- waiving --------------------------------------------------------------------------------------


def waive(world, by, reason="机构撤并"):
    return obligations.waive_obligation(obligation=world.owed, reason=reason, by=by, now=NOW)


def test_the_unit_above_waives_with_a_reason_and_nobody_is_reminded(world):
    assert plan_reminders(now=at("2014-10-28 08:00")) == 1
    waive(world, world.prefecture_officer)
    assert world.owed.waived_because == "机构撤并"
    assert plan_reminders(now=at("2014-10-30 08:00")) == 0
    obligations.demand_again(
        obligation=world.owed, reason="撤并取消", by=world.prefecture_officer, now=NOW
    )
    assert plan_reminders(now=at("2014-10-30 08:00")) == 1


@pytest.mark.parametrize("who", ["county_officer", "other_prefecture_officer", "leader"])
def test_nobody_else_waives(world, who):
    with pytest.raises(Denied):
        waive(world, getattr(world, who))
    assert waive(world, world.province_admin).state == ObligationState.WAIVED


def test_waiving_needs_a_reason_and_an_open_obligation(world):
    with pytest.raises(Incomplete):
        waive(world, world.prefecture_officer, reason=" ")
    waive(world, world.prefecture_officer)
    with pytest.raises(WrongMoment):
        waive(world, world.prefecture_officer)
