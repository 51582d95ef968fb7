"""The acceptance plan: independent teams, county by county, nobody left out."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import Inspector, PlannedVisit
from evaluations.services.plans import (
    adopt_plan,
    change_visit,
    coverage_of,
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
