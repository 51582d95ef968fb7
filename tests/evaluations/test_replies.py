"""Right of reply, thresholds, over-reporting, re-check, re-opening by two people."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Role
from campaign.models import Obligation, ObligationState
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import AcceptanceCheck, AcceptanceRules, FormerCheck, Inspector
from evaluations.services.checks import sign_check
from evaluations.services.findings import find_from_score
from evaluations.services.reopenings import (
    decide_reopening,
    digest_of,
    record_recheck,
    reply_of,
    request_reopening,
)
from evaluations.services.replies import Point, decide_objection, reply_to_check
from evaluations.services.tasks import accept_task, start_task, submit_task
from portal.templatetags.portal import where_to_meet
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, at, person

# 2014-10-25 is a Saturday; five working days later is Friday the 31st.
LAST_DAY = date(2014, 10, 31)


def signed(world, *deductions):
    return steps.signed_check(world, world.brigade_enrolment, world.prefecture_officer, *deductions)


def owed(kind):
    return list(Obligation.objects.filter(kind=kind).values_list("state", flat=True))


@pytest.mark.parametrize(
    ("deduction", "result"),
    [("2", "qualified"), ("2.5", "conditional"), ("4", "conditional"), ("4.5", "not_qualified")],
)
def test_thresholds_are_shares_of_the_points(world, deduction, result):
    """Of 10 points: qualified from 8, after rectification from 6."""
    assert signed(world, "0", "0", deduction).result == result
    assert owed("recheck") == (["open"] if result == "conditional" else [])
    page = reverse("evaluations:check", args=[world.brigade_enrolment.pk])
    for obligation in Obligation.objects.filter(kind="recheck"):
        assert where_to_meet(obligation) == page


def test_over_reporting_counts_only_points_too_many(world):
    """Self 3, 1.5, 5; check 2, 2, 4: one and one point too many, the half is not set off."""
    steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    check = signed(world, "1", "0", "1")
    assert (check.over_reported, check.compared_points) == (Decimal(2), Decimal(10))


def test_nothing_to_compare_with_is_not_zero(world):
    check = signed(world, "1", "0", "1")
    assert (check.over_reported, check.compared_points) == (None, None)


def test_agreeing_freezes_at_once(world):
    reply = reply_of(signed(world, "0", "0", "1"))
    assert reply.due_on == LAST_DAY
    with pytest.raises(Denied):
        reply_to_check(reply=reply, points=[], by=world.prefecture_officer, now=NOW)
    reply_to_check(reply=reply, points=[], by=world.station_officer, now=NOW)
    assert reply.is_closed(NOW)
    with pytest.raises(WrongMoment):
        reply_to_check(reply=reply, points=[], by=world.station_officer, now=NOW)


def test_a_reply_comes_by_2400_of_the_last_day(world):
    reply = reply_of(signed(world, "0", "0", "1"))
    with pytest.raises(WrongMoment):
        reply_to_check(reply=reply, points=[], by=world.station_officer, now=at("2014-11-01 00:00"))
    reply_to_check(reply=reply, points=[], by=world.station_officer, now=at("2014-10-31 23:59"))


def test_objection_is_decided_with_a_reason_and_summed_anew(world, files):
    check = signed(world, "0", "0.5", "2.5")
    scores = {score.criterion.number: score for score in check.scores.all()}
    reply = reply_of(check)
    points = [
        Point(scores["1.2"], "the log was there", (files.pdf(),)),
        Point(scores["2.1"], "no such case"),
    ]
    reply_to_check(reply=reply, points=points, by=world.station_officer, now=NOW)
    assert owed("objection") == ["open"] and owed("recheck") == ["open"]
    first, second = reply.objections.all()
    assert first.evidence.count() == 1

    def decide(objection, deduction, by=world.prefecture_officer, reason="r"):
        return decide_objection(
            objection=objection, deduction=Decimal(deduction), reason=reason, by=by, now=NOW
        )

    with pytest.raises(Denied):
        decide(first, "0", by=world.county_officer)
    with pytest.raises(ValidationError):
        decide(first, "1")
    with pytest.raises(Incomplete):
        decide(first, "0", reason=" ")
    decide(first, "0")
    check.refresh_from_db()
    assert check.score == 7 and owed("objection") == ["open"]
    decide(second, "2")
    check.refresh_from_db()
    assert (check.score, check.result) == (8, "qualified")
    assert owed("objection") == ["met"] and owed("recheck") == ["waived"]
    with pytest.raises(WrongMoment):
        decide(second, "1")


def test_objection_to_nothing_is_refused(world):
    check = signed(world, "0", "0", "1")
    point = Point(check.scores.first(), "x")
    with pytest.raises(Incomplete):
        reply_to_check(reply=reply_of(check), points=[point], by=world.station_officer, now=NOW)


def recheck(world, check, passed, **changes):
    values = {"checked_on": NOW.date(), "inspectors": ["A", "B"], "reason": "seen", "files": ()}
    by = world.prefecture_officer
    return record_recheck(check=check, passed=passed, by=by, now=NOW, **(values | changes))


def test_recheck_waits_for_the_reply_and_for_the_tasks(world, files):
    check = signed(world, "0", "0", "3")
    with pytest.raises(WrongMoment):
        recheck(world, check, True)
    reply_to_check(reply=reply_of(check), points=[], by=world.station_officer, now=NOW)
    score = check.scores.select_related("criterion__area").last()
    task = find_from_score(score=score, by=world.prefecture_officer, now=NOW).task
    with pytest.raises(Incomplete):
        recheck(world, check, True)
    with pytest.raises(ValidationError):
        recheck(world, check, False, inspectors=["A"])
    start_task(task=task, by=world.station_officer, now=NOW)
    submit_task(task=task, result="x", files=[files.pdf()], by=world.station_officer, now=NOW)
    accept_task(task=task, reason="x", by=world.county_officer, now=NOW)
    recheck(world, check, True)
    assert (check.result, check.score) == ("after_mending", 7)
    assert owed("recheck") == ["met"]
    with pytest.raises(WrongMoment):
        recheck(world, check, True)


def test_recheck_that_finds_nothing_mended(world):
    check = signed(world, "0", "0", "3")
    reply_to_check(reply=reply_of(check), points=[], by=world.station_officer, now=NOW)
    recheck(world, check, False)
    assert check.result == "not_qualified"


# --- opened again ---------------------------------------------------------------------------------


def test_reopening_takes_two_and_keeps_what_was(world):
    check = signed(world, "0", "0", "3")
    by = world.prefecture_officer
    colleague = person("colleague", world.prefecture, Role.LEADER)
    row = request_reopening(check=check, reason="wrong station", by=by, now=NOW)
    with pytest.raises(WrongMoment):
        request_reopening(check=check, reason="again", by=by, now=NOW)
    for refused in (by, world.leader, world.county_officer):
        with pytest.raises(Denied):
            decide_reopening(reopening=row, approve=True, reason="r", by=refused, now=NOW)
    decide_reopening(reopening=row, approve=True, reason="r", by=colleague, now=NOW)
    check = AcceptanceCheck.objects.get()
    assert (check.state, check.round, check.score, check.result) == ("draft", 2, None, "")
    assert owed("acceptance").count(ObligationState.OPEN) == 6 and owed("recheck") == ["waived"]
    former = FormerCheck.objects.get()
    assert former.content["score"] == "7.0"
    assert [row["deduction"] for row in former.content["scores"]] == ["0.0", "0.0", "3.0"]
    kept = former.content, former.sha256
    steps.drafted_check(world, world.brigade_enrolment, by, "0", "0", "0", version=check.version)
    again = sign_check(enrolment=world.brigade_enrolment, by=by, now=NOW)
    assert (again.score, again.result, reply_of(again).round) == (10, "qualified", 2)
    former.refresh_from_db()
    assert (former.content, former.sha256) == kept
    assert digest_of(former.content) == former.sha256


def test_refused_reopening_changes_nothing(world):
    check = signed(world, "0", "0", "3")
    row = request_reopening(check=check, reason="r", by=world.prefecture_officer, now=NOW)
    colleague = person("colleague", world.prefecture, Role.PREFECTURE_OFFICER)
    decide_reopening(reopening=row, approve=False, reason="r", by=colleague, now=NOW)
    check.refresh_from_db()
    assert (check.state, check.score, check.round) == ("signed", 7, 1)
    assert not FormerCheck.objects.exists()


# --- the team -------------------------------------------------------------------------------------


def test_team_is_of_the_pool_and_not_of_the_inspected_unit(world):
    by, enrolment = world.prefecture_officer, world.brigade_enrolment
    Inspector.objects.create(pool=world.prefecture, unit=world.county, name="Own")
    Inspector.objects.create(pool=world.prefecture, unit=world.sibling_county, name="Sister")
    for team in (("A", "Nobody"), ("A", "Own")):
        with pytest.raises(ValidationError):
            steps.drafted_check(world, enrolment, by, "0", "0", "0", inspectors=team)
    steps.drafted_check(world, enrolment, by, "0", "0", "0", inspectors=("A", "Sister"))


def test_team_size_is_a_row(world):
    AcceptanceRules.objects.create(campaign=world.campaign, team_size=3)
    by, enrolment = world.prefecture_officer, world.brigade_enrolment
    row = steps.drafted_check(world, enrolment, by, "0", "0", "0")
    with pytest.raises(Incomplete):
        sign_check(enrolment=enrolment, by=by, now=NOW)
    team = ("A", "B", "甲")
    steps.drafted_check(world, enrolment, by, "0", "0", "0", inspectors=team, version=row.version)
    assert sign_check(enrolment=enrolment, by=by, now=NOW).state == "signed"


def test_two_roles_of_one_person_are_one_person(world):
    """A leader's role in the same hands does not make a second person."""
    by = world.prefecture_officer
    row = request_reopening(check=signed(world, "0", "0", "3"), reason="r", by=by, now=NOW)
    by.acting = Membership.objects.create(user=by, organisation=world.prefecture, role=Role.LEADER)
    with pytest.raises(Denied):
        decide_reopening(reopening=row, approve=True, reason="r", by=by, now=NOW)
