"""The acceptance plan: independent teams, county by county, nobody left out."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import AuditEvent
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import Inspector, PlannedVisit
from evaluations.services.plans import (
    adopt_plan,
    change_visit,
    coverage_of,
    move_visits,
    plan_of,
    propose_schedule,
    save_inspector,
    save_team,
    withdraw_plan,
)
from tests.factories import NOW


def pool(world, *names):
    return list(Inspector.objects.filter(pool=world.prefecture, name__in=names))


def team(world, *names, **kwargs):
    by = kwargs.pop("by", world.prefecture_officer)
    return save_team(
        campaign=world.campaign,
        authority=world.prefecture,
        members=pool(world, *names),
        by=by,
        now=NOW,
        **kwargs,
    )


def schedule(world, starts_on=date(2014, 10, 27), visits_a_day=2):
    return propose_schedule(
        campaign=world.campaign,
        authority=world.prefecture,
        starts_on=starts_on,
        visits_a_day=visits_a_day,
        by=world.prefecture_officer,
        now=NOW,
    )


def plan(world):
    return plan_of(world.campaign, world.prefecture)


def test_teams_are_two_or_more_of_the_own_pool(world):
    with pytest.raises(ValidationError):
        team(world, "A")
    with pytest.raises(Denied):
        team(world, "A", "B", by=world.other_prefecture_officer)
    with pytest.raises(ValidationError):
        save_team(
            campaign=world.campaign,
            authority=world.prefecture,
            members=list(Inspector.objects.filter(pool=world.other_prefecture)[:2]),
            by=world.prefecture_officer,
            now=NOW,
        )
    assert (team(world, "A", "B").number, team(world, "甲", "乙").number) == (1, 2)


def test_schedule_covers_everybody_on_working_days(world):
    """Three stations in two counties, two teams, two visits a day: all on Monday."""
    team(world, "A", "B")
    team(world, "甲", "乙")
    with pytest.raises(Incomplete):
        adopt_plan(plan=plan(world), by=world.prefecture_officer, now=NOW)
    assert schedule(world, starts_on=date(2014, 10, 25)) == 3
    visits = PlannedVisit.objects.all()
    assert {visit.day for visit in visits} == {date(2014, 10, 27)}  # the 25th is a Saturday
    by_team = {visit.team.number: set() for visit in visits}
    for visit in visits:
        by_team[visit.team.number].add(visit.enrolment.bureau.code)
    assert by_team == {1: {"410122"}, 2: {"410185"}}
    coverage = coverage_of(world.campaign, world.prefecture)
    assert (coverage.total, coverage.planned, coverage.unplanned) == (3, 3, 0)
    row = adopt_plan(plan=plan(world), by=world.prefecture_officer, now=NOW)
    with pytest.raises(WrongMoment):
        schedule(world)
    withdraw_plan(plan=row, reason="illness", by=world.prefecture_officer, now=NOW)
    assert schedule(world) == 0


def test_nobody_is_sent_to_their_own_county(world):
    Inspector.objects.create(pool=world.prefecture, unit=world.county, name="Own")
    team(world, "A", "Own")
    with pytest.raises(Incomplete):
        schedule(world)
    second = team(world, "甲", "乙")
    schedule(world)
    visit = PlannedVisit.objects.filter(enrolment=world.brigade_enrolment).get()
    assert visit.team == second
    first = plan(world).teams.get(number=1)
    change = {"day": visit.day, "position": 1, "by": world.prefecture_officer, "now": NOW}
    with pytest.raises(ValidationError):
        change_visit(visit=visit, team=first, **change)
    with pytest.raises(ValidationError):
        team(world, "甲", "Own", team=second)


def test_days_of_the_campaign_must_suffice(world):
    team(world, "A", "B")
    with pytest.raises(Incomplete):
        schedule(world, starts_on=date(2014, 10, 30), visits_a_day=1)
    assert schedule(world, starts_on=date(2014, 10, 29), visits_a_day=1) == 3


def test_name_in_the_pool_is_unique(world):
    values = {"unit": world.county, "name": "A", "phone": "", "active": True}
    save = {"authority": world.prefecture, "by": world.prefecture_officer, "now": NOW}
    with pytest.raises(ValidationError):
        save_inspector(values=values, **save)
    with pytest.raises(ValidationError):
        save_inspector(values=values | {"name": "C", "unit": world.other_county}, **save)
    assert save_inspector(values=values | {"name": "A (Zhongmu)"}, **save).pool == world.prefecture


# --- several at once ------------------------------------------------------------------------------


def move(world, visits, by=None, **changes):
    return move_visits(
        plan=plan(world),
        visits=list(visits),
        by=by or world.prefecture_officer,
        now=NOW,
        **({"team": None, "day": None} | changes),
    )


def routes(world):
    return sorted(
        (visit.enrolment.station.code, visit.team.number, visit.day.day, visit.position)
        for visit in PlannedVisit.objects.all()
    )


def test_several_visits_move_at_once_and_come_last_on_the_route(world):
    team(world, "A", "B")
    second = team(world, "甲", "乙")
    schedule(world)
    # Team 1 has the two of 410122 on the 27th, team 2 the one of 410185.
    brigade_and_township = PlannedVisit.objects.filter(team__number=1)
    assert move(world, brigade_and_township, team=second) == 2
    assert routes(world) == [
        ("410122-1", 2, 27, 2), ("410122-2", 2, 27, 3), ("410185-1", 2, 27, 1),
    ]  # fmt: skip
    assert move(world, PlannedVisit.objects.all(), day=date(2014, 10, 28)) == 3
    assert routes(world) == [
        ("410122-1", 2, 28, 2), ("410122-2", 2, 28, 3), ("410185-1", 2, 28, 1),
    ]  # fmt: skip
    event = AuditEvent.objects.filter(act="acceptance_plan.visits_moved").latest("pk")
    assert event.after["day"] == "2014-10-28" and len(event.after["stations"]) == 3


def test_visits_move_all_or_none(world):
    """One of three stations is where a member of the team works: all stay. Its twin: two move."""
    Inspector.objects.create(pool=world.prefecture, unit=world.sibling_county, name="Own")
    team(world, "A", "B")
    own = team(world, "甲", "Own")
    schedule(world)
    before = routes(world)
    with pytest.raises(ValidationError) as refusal:
        move(world, PlannedVisit.objects.all(), team=own, day=date(2014, 10, 29))
    assert len(refusal.value.messages) == 1 and "410185-1" in refusal.value.messages[0]
    assert routes(world) == before
    others = PlannedVisit.objects.exclude(enrolment=world.sibling_brigade_enrolment)
    assert move(world, others, team=own, day=date(2014, 10, 29)) == 2


@pytest.mark.parametrize("changes", [{}, {"day": date(2014, 11, 1)}])
def test_visits_move_nowhere_and_not_beyond_the_phase(world, changes):
    team(world, "A", "B")
    schedule(world)
    with pytest.raises(ValidationError):
        move(world, PlannedVisit.objects.all(), **changes)
    assert move(world, PlannedVisit.objects.all(), day=date(2014, 10, 31)) == 3


def test_visits_of_an_adopted_plan_stay(world):
    team(world, "A", "B")
    schedule(world)
    row = adopt_plan(plan=plan(world), by=world.prefecture_officer, now=NOW)
    with pytest.raises(WrongMoment):
        move(world, PlannedVisit.objects.all(), day=date(2014, 10, 31))
    with pytest.raises(Denied):
        move(world, PlannedVisit.objects.all(), by=world.county_officer)
    withdraw_plan(plan=row, reason="illness", by=world.prefecture_officer, now=NOW)
    assert move(world, PlannedVisit.objects.all(), day=date(2014, 10, 31)) == 3


def test_moving_on_the_page_keeps_what_was_chosen_and_ignores_other_plans(world, sign_in):
    team(world, "A", "B")
    schedule(world)
    client, address = sign_in(world.prefecture_officer), reverse("evaluations:plan-move")
    pks = list(PlannedVisit.objects.values_list("pk", flat=True))
    page = client.post(address, {"visits": pks[:2], "day": "2014-11-01"}).content.decode()
    assert [f'value="{pk}"' in page for pk in pks] == [True, True, False]
    assert "2014-11-01" in page
    assert client.post(address, {"visits": pks[:2], "day": "2014-10-31"}).status_code == 302
    assert PlannedVisit.objects.filter(day=date(2014, 10, 31)).count() == 2
    other = sign_in(world.other_prefecture_officer)
    assert other.post(address, {"visits": pks, "day": "2014-10-30"}).status_code == 409
    assert not PlannedVisit.objects.filter(day=date(2014, 10, 30)).exists()
