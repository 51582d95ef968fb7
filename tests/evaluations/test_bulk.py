"""Batches obey the rules of single acts, and cost the same for one and three stations."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from campaign.models import Obligation, ObligationKind
from common.errors import Denied, Incomplete, WrongMoment
from common.uploads import examine
from evaluations.models import AcceptanceCheck, Commitment, SelfInspection, SelfInspectionItem
from evaluations.services.bulk import (
    record_checks,
    record_commitments,
    record_self_inspections,
)
from evaluations.services.bulk_tasks import FindingRecord, record_findings_with_tasks
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, at

GOOD = ([Decimal(3), Decimal("1.5"), Decimal(5)], ["", "no phone", ""])
MARKS = [(Decimal(0), ""), (Decimal("0.5"), "no phone"), (Decimal(0), "")]
DAY = date(2014, 10, 20)


def met(kind):
    return Obligation.objects.filter(kind=kind, state="met").count()


def test_self_inspections_are_recorded_and_meet_what_is_owed(world):
    rows = [(world.brigade_enrolment, *GOOD), (world.direct_brigade_enrolment, *GOOD)]
    record_self_inspections(campaign=world.campaign, rows=rows, by=world.province_admin, now=NOW)
    assert (
        list(SelfInspection.objects.values_list("state", "score"))
        == [("submitted", Decimal("9.5"))] * 2
    )
    assert SelfInspectionItem.objects.count() == 6
    assert met(ObligationKind.SELF_INSPECTION) == 2
    assert AuditEvent.objects.exclude(act__startswith="obligation.").count() == 1
    with pytest.raises(WrongMoment):
        record_self_inspections(
            campaign=world.campaign, rows=rows, by=world.province_admin, now=NOW
        )


@pytest.mark.parametrize(
    ("scores", "remarks"),
    [
        (["3", "2"], ["", ""]),
        (["3.5", "2", "5"], ["", "", ""]),
        (["2.75", "2", "5"], ["x", "", ""]),
        (["2.5", "2", "5"], ["", "", ""]),
    ],
)
def test_self_inspections_that_break_a_rule_are_refused_whole(world, scores, remarks):
    bad = (world.township_enrolment, [Decimal(score) for score in scores], remarks)
    rows = [(world.brigade_enrolment, *GOOD), bad]
    with pytest.raises(ValidationError):
        record_self_inspections(
            campaign=world.campaign, rows=rows, by=world.county_officer, now=NOW
        )
    assert SelfInspection.objects.count() == 0


def test_station_twice_in_a_batch_is_refused(world):
    rows = [(world.brigade_enrolment, *GOOD)] * 2
    with pytest.raises(Incomplete):
        record_self_inspections(
            campaign=world.campaign, rows=rows, by=world.county_officer, now=NOW
        )


def test_batches_are_for_those_who_could_do_it_one_by_one(world):
    own = [(world.brigade_enrolment, MARKS, ["A", "B"], DAY)]
    foreign = [(world.direct_brigade_enrolment, MARKS, ["A", "B"], DAY)]
    for rows, by in (
        (own, world.county_officer),
        (own, world.province_officer),
        (foreign, world.prefecture_officer),
    ):
        with pytest.raises(Denied):
            record_checks(campaign=world.campaign, rows=rows, by=by, now=NOW)
    record_checks(campaign=world.campaign, rows=own, by=world.prefecture_officer, now=NOW)
    record_checks(campaign=world.campaign, rows=foreign, by=world.province_admin, now=NOW)
    assert (
        list(AcceptanceCheck.objects.values_list("state", "score"))
        == [("signed", Decimal("9.5"))] * 2
    )
    assert met(ObligationKind.ACCEPTANCE) == 2


@pytest.mark.parametrize(
    ("marks", "team", "day"),
    [
        ([(Decimal(1), ""), *MARKS[1:]], ["A", "B"], DAY),
        (MARKS, ["A"], DAY),
        (MARKS, ["A", "A"], DAY),
        (MARKS, ["A", "B"], date(2014, 10, 26)),
        ([(Decimal("3.5"), "x"), *MARKS[1:]], ["A", "B"], DAY),
    ],
)
def test_checks_that_break_a_rule_are_refused(world, marks, team, day):
    rows = [(world.brigade_enrolment, marks, team, day)]
    with pytest.raises(ValidationError):
        record_checks(campaign=world.campaign, rows=rows, by=world.prefecture_officer, now=NOW)
    assert AcceptanceCheck.objects.count() == 0


def test_commitments_are_published(world):
    area = steps.criteria(world)[0].area
    promise = {"area": area, "content": "c", "responsible": "r", "supervision": "s"}
    enrolment = world.brigade_enrolment
    written = record_commitments(
        campaign=world.campaign, rows=[(enrolment, [promise] * 2)], by=world.county_officer, now=NOW
    )
    assert written == Commitment.objects.filter(published_at=NOW).count() == 2
    assert met(ObligationKind.COMMITMENTS) == 1
    with pytest.raises(ValidationError):
        record_commitments(
            campaign=world.campaign,
            rows=[(world.township_enrolment, [])],
            by=world.county_officer,
            now=NOW,
        )


def history(world, uploads, **changes):
    """An accepted rectification of the brigade."""
    return FindingRecord(
        **{
            "enrolment": world.brigade_enrolment,
            "source": "complaint",
            "category": "service",
            "text": "no phone",
            "requirement": "answer",
            "due_on": date(2014, 10, 10),
            "recorded_at": at("2014-09-20 09:00"),
            "state": "accepted",
            "result": "answered",
            "submitted_by": world.station_officer,
            "submitted_at": at("2014-10-08 09:00"),
            "files": (examine(uploads.pdf()),),
            "reviewed_by": world.county_officer,
            "reviewed_at": at("2014-10-09 09:00"),
            "review_reason": "good",
            **changes,
        }
    )


def test_findings_with_tasks_in_every_state(world, files):
    accepted = history(world, files)
    overdue = replace(
        accepted,
        state="assigned",
        result="",
        submitted_by=None,
        files=(),
        reviewed_by=None,
        submitted_at=None,
        reviewed_at=None,
        review_reason="",
    )
    submitted = replace(
        accepted, state="submitted", reviewed_by=None, reviewed_at=None, review_reason=""
    )
    tasks = record_findings_with_tasks(
        campaign=world.campaign,
        rows=[accepted, overdue, submitted],
        by=world.county_officer,
        now=NOW,
    )
    assert [(task.state, task.is_overdue(NOW), task.evidence.count()) for task in tasks] == [
        ("accepted", False, 1),
        ("assigned", True, 0),
        ("submitted", False, 1),
    ]
    rows = Obligation.objects.filter(kind=ObligationKind.RECTIFICATION).order_by("pk")
    assert [row.state for row in rows] == ["met", "open", "met"]
    assert rows[0].met_at == accepted.submitted_at
    assert AuditEvent.objects.exclude(act="obligation.opened").count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"files": ()},
        {"result": ""},
        {"review_reason": ""},
        {"due_on": date(2014, 9, 19)},
        {"reviewed_at": at("2014-10-07 09:00")},
        {"reviewed_at": at("2014-10-26 09:00")},
    ],
)
def test_history_that_breaks_a_rule_is_refused(world, files, changes):
    with pytest.raises(ValidationError):
        record_findings_with_tasks(
            campaign=world.campaign,
            rows=[history(world, files, **changes)],
            by=world.county_officer,
            now=NOW,
        )


def test_history_in_which_somebody_accepts_their_own_work_is_refused(world, files):
    for changes in ({"reviewed_by": world.station_officer}, {"submitted_by": world.county_officer}):
        with pytest.raises(Denied):
            record_findings_with_tasks(
                campaign=world.campaign,
                rows=[history(world, files, **changes)],
                by=world.county_officer,
                now=NOW,
            )


@pytest.mark.parametrize("kind", ["inspections", "checks", "commitments"])
def test_batches_cost_the_same_for_one_and_three(world, kind):
    area = steps.criteria(world)[0].area
    promise = {"area": area, "content": "c", "responsible": "r", "supervision": "s"}
    service, tail = {
        "inspections": (record_self_inspections, GOOD),
        "checks": (record_checks, (MARKS, ["A", "B"], DAY)),
        "commitments": (record_commitments, ([promise],)),
    }[kind]

    def cost(*enrolments):
        with CaptureQueriesContext(connection) as captured:
            service(
                campaign=world.campaign,
                rows=[(enrolment, *tail) for enrolment in enrolments],
                by=world.province_admin,
                now=NOW,
            )
        return len(captured)

    assert world.province_admin.acting
    one = cost(world.brigade_enrolment)
    three = cost(world.township_enrolment, world.sibling_brigade_enrolment, world.jiyuan_enrolment)
    assert three == one
