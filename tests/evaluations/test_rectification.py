"""Later days, escalation, re-opening, publication: each refusal has a twin that succeeds."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent
from campaign.models import CalendarDay, Obligation, ObligationKind
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Delivery
from evaluations.models import Postponement, RectificationRule, RectificationTask
from evaluations.services.deadlines import set_days, usual_due_day
from evaluations.services.escalation import escalate_overdue
from evaluations.services.findings import find_from_item, link_findings, unlink_finding
from evaluations.services.postponements import (
    approve_postponement,
    ask_postponement,
    refuse_postponement,
)
from evaluations.services.tasks import (
    accept_task,
    publish_result,
    reopen_task,
    return_task,
    start_task,
    submit_task,
    withdraw_result,
)
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, at, person

PLAN = {"reason": "no budget before spring", "plan": "buy it in spring"}


def asked(world, task, kind="extension", new_due_on=date(2014, 11, 14), now=NOW, **more):
    return ask_postponement(
        task=task,
        kind=kind,
        new_due_on=new_due_on,
        by=world.station_officer,
        now=now,
        **PLAN,
        **more,
    )


def owed(task, kind=ObligationKind.RECTIFICATION):
    return Obligation.objects.filter(kind=kind, enrolment=task.enrolment).order_by("pk")


# --- days -----------------------------------------------------------------------------------------


def test_days_are_the_campaigns(world):
    CalendarDay.objects.create(date=date(2014, 10, 27), is_workday=False)
    # Saturday 25 October; Monday is a holiday: 15 working days end on Monday 17 November.
    assert usual_due_day(world.campaign, NOW) == date(2014, 11, 17)
    days = {"working_days": 3, "extension_days": 2, "escalation_days": 5, "supervision_days": 1}
    with pytest.raises(Denied):
        set_days(campaign=world.campaign, values=days, by=world.province_officer, now=NOW)
    set_days(campaign=world.campaign, values=days, by=world.province_admin, now=NOW)
    assert usual_due_day(world.campaign, NOW) == date(2014, 10, 30)


# --- later days -----------------------------------------------------------------------------------


def test_one_extension_within_the_limit_moves_what_is_owed(world):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    # Due on Friday 31 October; 15 working days later is Friday 21 November.
    with pytest.raises(ValidationError):
        asked(world, task, new_due_on=date(2014, 11, 22))
    with pytest.raises(ValidationError):
        asked(world, task, new_due_on=date(2014, 10, 31))
    request = asked(world, task, new_due_on=date(2014, 11, 21))
    with pytest.raises(WrongMoment):
        asked(world, task)
    with pytest.raises(Denied):
        approve_postponement(postponement=request, by=world.station_officer, reason="good", now=NOW)
    approve_postponement(postponement=request, by=world.county_officer, reason="good", now=NOW)
    task.refresh_from_db()
    assert (task.state, task.due_on) == ("assigned", date(2014, 11, 21))
    assert owed(task).get().due_on == date(2014, 11, 21)
    with pytest.raises(WrongMoment):
        asked(world, task, new_due_on=date(2014, 11, 28))


def test_refused_extension_keeps_the_day_and_may_be_asked_again(world):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    request = asked(world, task)
    with pytest.raises(Incomplete):
        refuse_postponement(postponement=request, by=world.county_officer, reason=" ", now=NOW)
    refuse_postponement(postponement=request, by=world.county_officer, reason="too long", now=NOW)
    task.refresh_from_db()
    assert task.due_on == date(2014, 10, 31)
    approve_postponement(
        postponement=asked(world, task), by=world.county_officer, reason="good", now=NOW
    )


def test_extension_is_asked_for_before_the_day_is_over(world):
    task = steps.task(
        world, world.brigade_enrolment, world.county_officer, due_on=date(2014, 10, 25)
    )
    late = at("2014-10-26 00:00")
    with pytest.raises(WrongMoment):
        asked(world, task, now=late)
    asked(world, task, now=at("2014-10-25 23:59"))
    Postponement.objects.all().delete()
    asked(world, task, kind="deferral", now=late, interim_measure="staff at the door")


def test_deferral_rests_until_the_station_goes_on(world, files):
    enrolment = world.brigade_enrolment
    task = steps.task(world, enrolment, world.county_officer)
    start_task(task=task, by=world.station_officer, now=NOW)
    later = date(2015, 3, 31)
    with pytest.raises(Incomplete):
        asked(world, task, kind="deferral", new_due_on=later)
    request = asked(world, task, kind="deferral", new_due_on=later, interim_measure="a sign")
    approve_postponement(postponement=request, by=world.county_officer, reason="good", now=NOW)
    task.refresh_from_db()
    assert (task.state, task.due_on, task.is_overdue(NOW)) == ("deferred", later, False)
    assert RectificationTask.objects.unfinished().count() == 1
    with pytest.raises(WrongMoment):
        submit_task(
            task=task, result="done", files=[files.jpg()], by=world.station_officer, now=NOW
        )
    start_task(task=task, by=world.station_officer, now=NOW, owner="Li", measure="a new phone")
    submit_task(task=task, result="done", files=[files.jpg()], by=world.station_officer, now=NOW)
    task.refresh_from_db()
    assert (task.state, task.owner, task.measure) == ("submitted", "Li", "a new phone")


def test_nobody_grants_the_day_they_asked_for(world):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    request = ask_postponement(
        task=task,
        kind="extension",
        new_due_on=date(2014, 11, 7),
        by=world.county_officer,
        now=NOW,
        **PLAN,
    )
    with pytest.raises(Denied):
        approve_postponement(postponement=request, by=world.county_officer, reason="x", now=NOW)
    colleague = person("colleague", world.county, "county_officer")
    approve_postponement(postponement=request, by=colleague, reason="good", now=NOW)


def test_handing_in_withdraws_an_open_request(world, files):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    request = asked(world, task)
    start_task(task=task, by=world.station_officer, now=NOW)
    submit_task(task=task, result="done", files=[files.jpg()], by=world.station_officer, now=NOW)
    request.refresh_from_db()
    assert request.state == "withdrawn"


# --- escalation -----------------------------------------------------------------------------------


def told():
    """Which units owe a follow-up, in the order in which they were told."""
    rows = Obligation.objects.filter(kind=ObligationKind.SUPERVISION).order_by("pk")
    return [(row.organisation.code, row.state) for row in rows]


def test_overdue_task_climbs_level_by_level(world, files):
    RectificationRule.objects.create(campaign=world.campaign, escalation_days=7)
    enrolment, by = world.brigade_enrolment, world.station_officer
    task = steps.task(world, enrolment, world.county_officer, due_on=date(2014, 10, 31))
    assert escalate_overdue(now=at("2014-10-31 23:59")) == 0
    assert escalate_overdue(now=at("2014-11-01 00:10")) == 1
    assert escalate_overdue(now=at("2014-11-01 00:20")) == 0
    assert told() == [("410122", "open")]
    assert escalate_overdue(now=at("2014-11-07 12:00")) == 0
    assert escalate_overdue(now=at("2014-11-08 12:00")) == 1
    # A beat that slept for weeks misses no level.
    assert escalate_overdue(now=at("2014-11-28 12:00")) == 1
    assert told() == [("410122", "open"), ("410100", "open"), ("410000", "open")]
    task.refresh_from_db()
    assert task.stage == 3
    now = at("2014-11-28 13:00")
    start_task(task=task, by=by, now=now)
    submit_task(task=task, result="done", files=[files.jpg()], by=by, now=now)
    accept_task(task=task, by=world.county_officer, reason="good", now=now)
    assert {state for _unit, state in told()} == {"met"}
    assert escalate_overdue(now=at("2014-11-29 12:00")) == 0
    assert AuditEvent.objects.filter(act="task.escalated").count() == 3


def test_station_without_a_county_has_two_levels_above(world):
    steps.task(world, world.jiyuan_enrolment, world.jiyuan_officer, due_on=date(2014, 10, 31))
    escalate_overdue(now=at("2014-11-30 12:00"))
    assert told() == [("419001", "open"), ("410000", "open")]


def test_new_day_starts_the_levels_anew(world):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    escalate_overdue(now=at("2014-11-01 09:00"))
    now = at("2014-11-02 09:00")
    request = asked(
        world,
        RectificationTask.objects.get(),
        kind="deferral",
        new_due_on=date(2014, 11, 10),
        interim_measure="a sign",
        now=now,
    )
    approve_postponement(postponement=request, by=world.county_officer, reason="good", now=now)
    assert told() == [("410122", "met")]
    task.refresh_from_db()
    assert task.stage == 0
    escalate_overdue(now=at("2014-11-11 09:00"))
    assert told() == [("410122", "met"), ("410122", "open")]


def handed_in(world, files, now):
    """A task due on 31 October, handed in at `now`."""
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    start_task(task=task, by=world.station_officer, now=now)
    return submit_task(
        task=task, result="done", files=[files.jpg()], by=world.station_officer, now=now
    )


def test_what_was_handed_in_on_the_last_day_is_the_reviewers_delay(world, files):
    task = handed_in(world, files, at("2014-10-31 23:59"))
    assert [row.state for row in owed(task)] == ["met"]
    weeks_later = at("2014-11-21 09:00")
    assert not task.is_overdue(weeks_later)
    assert not RectificationTask.objects.overdue_at(weeks_later).exists()
    assert escalate_overdue(now=weeks_later) == 0


def test_what_was_handed_in_a_minute_late_stays_late(world, files):
    task = handed_in(world, files, at("2014-11-01 00:00"))
    next_day = at("2014-11-02 09:00")
    assert task.is_overdue(next_day)
    assert RectificationTask.objects.overdue_at(next_day).get() == task
    assert owed(task).get().was_late


def test_what_is_returned_after_its_day_is_owed_and_late_again(world, files):
    task = handed_in(world, files, at("2014-10-31 09:00"))
    now = at("2014-11-03 09:00")
    return_task(task=task, by=world.county_officer, reason="no photo", now=now)
    assert [row.state for row in owed(task)] == ["open"]
    assert task.is_overdue(now)
    assert escalate_overdue(now=now) == 1


# --- the result -----------------------------------------------------------------------------------


def accepted(world, files, recorder=None):
    task = steps.submitted_task(
        world,
        world.brigade_enrolment,
        recorder or world.prefecture_officer,
        world.station_officer,
        files.jpg(),
    )
    return accept_task(task=task, by=world.county_officer, reason="good", now=NOW)


def test_who_recorded_the_problem_is_told_once(world, files):
    task = accepted(world, files)
    mail = Delivery.objects.get()
    assert (mail.user, mail.key) == (world.prefecture_officer, f"mended:{task.pk}:0")
    assert "answered" in mail.text


def test_who_accepted_it_themselves_is_not_told(world, files):
    accepted(world, files, recorder=world.county_officer)
    assert Delivery.objects.count() == 0


def test_published_result_is_taken_off_when_the_problem_comes_back(world, files):
    task = accepted(world, files)
    with pytest.raises(Denied):
        publish_result(task=task, text="The phone is answered.", by=world.station_officer, now=NOW)
    with pytest.raises(Incomplete):
        publish_result(task=task, text=" ", by=world.county_officer, now=NOW)
    publish_result(task=task, text="The phone is answered.", by=world.county_officer, now=NOW)
    assert RectificationTask.objects.published().get() == task
    withdraw_result(task=task, by=world.county_officer, reason="a name in it", now=NOW)
    assert RectificationTask.objects.published().count() == 0
    publish_result(task=task, text="The phone is answered.", by=world.county_officer, now=NOW)
    with pytest.raises(Denied):
        reopen_task(task=task, by=world.station_officer, reason="again", now=NOW)
    reopen_task(task=task, by=world.prefecture_officer, reason="again", now=NOW)
    task.refresh_from_db()
    assert (task.state, task.reopened, task.published_at) == ("assigned", 1, None)
    assert task.due_on == date(2014, 11, 14)
    obligation = owed(task).get()
    assert (obligation.state, obligation.due_on) == ("open", date(2014, 11, 14))
    with pytest.raises(WrongMoment):
        publish_result(task=task, text="x", by=world.county_officer, now=NOW)
    with pytest.raises(WrongMoment):
        reopen_task(task=task, by=world.prefecture_officer, reason="again", now=NOW)


def test_who_raised_it_may_bring_it_back_without_an_account(world, files):
    task = accepted(world, files)
    reopen_task(task=task, reason="not satisfied", now=NOW)
    event = AuditEvent.objects.get(act="task.reopened")
    assert (event.user, event.reason) == (None, "not satisfied")


def test_similar_findings_are_linked_both_ways(world):
    by = world.county_officer
    one, two, three = (
        steps.finding(world, world.brigade_enrolment, by, text=text) for text in "abc"
    )
    with pytest.raises(Incomplete):
        link_findings(findings=[one], by=by, now=NOW)
    with pytest.raises(Denied):
        link_findings(findings=[one, two], by=world.leader, now=NOW)
    link_findings(findings=[one, two, three], by=by, now=NOW)
    assert set(three.similar.all()) == {one, two}
    unlink_finding(finding=one, other=three, by=by, now=NOW)
    assert (set(three.similar.all()), set(one.similar.all())) == ({two}, {two})


def test_finding_on_a_criterion_lies_in_its_area(world):
    row = steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    item = row.items.select_related("criterion__area").get(remark="problem")
    finding = find_from_item(item=item, by=world.station_officer, now=NOW)
    assert finding.area == item.criterion.area
