"""The rules: each refusal has a twin that succeeds."""

import csv
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent
from campaign.models import Obligation, ObligationKind, ObligationState
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import (
    RectificationTask,
    Standard,
)
from evaluations.services import vetoes
from evaluations.services.checks import sign_check
from evaluations.services.commitments import (
    add_commitment,
    change_commitment,
    submit_commitments,
)
from evaluations.services.findings import find_from_score
from evaluations.services.standards import load_standard
from evaluations.services.tasks import accept_task, return_task, start_task, submit_task
from tests.evaluations import evaluation_steps as helpers
from tests.factories import NOW, at


def state_of(world, kind, enrolment):
    return Obligation.objects.get(kind=kind, enrolment=enrolment).state


def promise(world, **changes):
    area = Standard.objects.in_force(world.campaign).areas.first()
    return {"area": area, "content": "c", "responsible": "r", "supervision": "s", **changes}


# --- standard -------------------------------------------------------------------------------------


def shipped_rows():
    with (settings.BASE_DIR / "data" / "standard.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_shipped_standard_loads_with_its_veto_items(world):
    row = load_standard(
        campaign=world.campaign, rows=shipped_rows(), by=world.province_admin, now=NOW
    )
    assert (row.version, row.points_for("township"), row.criteria().count()) == (2, 100, 39)
    assert list(row.criteria().filter(veto=True).values_list("number", flat=True)) == [
        "2.2",
        "2.6",
        "2.7",
        "5.6",
    ]
    assert Standard.objects.in_force(world.campaign) == row


def test_standard_that_does_not_add_up_is_refused(world):
    rows = shipped_rows()[1:]
    with pytest.raises(ValidationError):
        load_standard(campaign=world.campaign, rows=rows, by=world.province_admin, now=NOW)
    load_standard(
        campaign=world.campaign, rows=rows, by=world.province_admin, now=NOW, total=Decimal(97)
    )


def test_standard_is_fixed_once_used(world):
    helpers.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    with pytest.raises(WrongMoment):
        load_standard(
            campaign=world.campaign, rows=shipped_rows(), by=world.province_admin, now=NOW
        )


# --- commitments ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["station_officer", "county_officer"])
def test_commitments_by_the_station_or_its_bureau(world, who):
    by = getattr(world, who)
    enrolment = world.brigade_enrolment
    add_commitment(enrolment=enrolment, values=promise(world), by=by, now=NOW)
    assert submit_commitments(enrolment=enrolment, by=by, now=NOW) == 1
    assert state_of(world, ObligationKind.COMMITMENTS, enrolment) == ObligationState.MET


@pytest.mark.parametrize("who", ["prefecture_officer", "leader", "province_admin"])
def test_commitments_by_nobody_else(world, who):
    with pytest.raises(Denied):
        add_commitment(
            enrolment=world.brigade_enrolment,
            values=promise(world),
            by=getattr(world, who),
            now=NOW,
        )


def test_commitment_sent_twice_is_one(world):
    for _again in (1, 2):
        add_commitment(
            enrolment=world.brigade_enrolment,
            values=promise(world),
            by=world.station_officer,
            now=NOW,
            key="k",
        )
    assert world.brigade_enrolment.commitments.count() == 1


def test_handing_in_needs_a_commitment_and_then_fixes_it(world):
    enrolment, by = world.brigade_enrolment, world.station_officer
    with pytest.raises(Incomplete):
        submit_commitments(enrolment=enrolment, by=by, now=NOW)
    row = add_commitment(enrolment=enrolment, values=promise(world), by=by, now=NOW)
    change_commitment(commitment=row, values=promise(world, content="d"), by=by, now=NOW)
    submit_commitments(enrolment=enrolment, by=by, now=NOW)
    row.refresh_from_db()
    assert row.content == "d"
    with pytest.raises(WrongMoment):
        change_commitment(commitment=row, values=promise(world, content="e"), by=by, now=NOW)


def test_commitments_end_with_their_phase(world):
    with pytest.raises(WrongMoment):
        add_commitment(
            enrolment=world.brigade_enrolment,
            values=promise(world),
            by=world.station_officer,
            now=at("2014-11-01 00:00"),
        )


# --- rectification --------------------------------------------------------------------------------


def test_task_from_dispatch_to_acceptance(world, files):
    enrolment = world.brigade_enrolment
    row = helpers.submitted_task(
        world, enrolment, world.county_officer, world.station_officer, files.jpg()
    )
    obligation = Obligation.objects.get(kind=ObligationKind.RECTIFICATION)
    assert (obligation.organisation, obligation.due_on, obligation.state) == (
        enrolment.organisation,
        date(2014, 10, 31),
        ObligationState.MET,
    )
    return_task(task=row, by=world.county_officer, reason="again", now=NOW)
    obligation.refresh_from_db()
    assert obligation.state == ObligationState.OPEN
    start_task(task=row, by=world.station_officer, now=NOW)
    late = at("2014-11-20 10:00")
    submit_task(task=row, result="again answered", files=(), by=world.station_officer, now=late)
    accept_task(task=row, by=world.county_officer, reason="good", now=late)
    obligation.refresh_from_db()
    assert (obligation.state, obligation.was_late) == (ObligationState.MET, True)
    acts = (
        AuditEvent.objects.filter(target_type="evaluations.rectificationtask")
        .order_by("pk")
        .values_list("act", flat=True)
    )
    assert list(acts) == [
        "task.assigned",
        "task.started",
        "task.submitted",
        "task.returned",
        "task.started",
        "task.submitted",
        "task.accepted",
    ]


def test_submission_needs_evidence(world, files):
    row = helpers.task(world, world.brigade_enrolment, world.county_officer)
    start_task(task=row, by=world.station_officer, now=NOW)
    with pytest.raises(Incomplete):
        submit_task(task=row, result="done", files=(), by=world.station_officer, now=NOW)
    submit_task(task=row, result="done", files=[files.pdf()], by=world.station_officer, now=NOW)


def test_review_is_for_somebody_above_who_did_not_submit(world, files):
    row = helpers.submitted_task(
        world, world.brigade_enrolment, world.county_officer, world.county_officer, files.jpg()
    )
    for who in (world.station_officer, world.county_officer, world.leader):
        with pytest.raises(Denied):
            accept_task(task=row, by=who, reason="good", now=NOW)
    with pytest.raises(Incomplete):
        accept_task(task=row, by=world.prefecture_officer, reason=" ", now=NOW)
    accept_task(task=row, by=world.prefecture_officer, reason="good", now=NOW)


def test_acceptance_of_an_unsubmitted_task_is_the_wrong_moment(world):
    row = helpers.task(world, world.brigade_enrolment, world.county_officer)
    with pytest.raises(WrongMoment):
        accept_task(task=row, by=world.county_officer, reason="good", now=NOW)


def test_finding_is_dispatched_once(world):
    row = helpers.task(world, world.brigade_enrolment, world.county_officer)
    with pytest.raises(WrongMoment):
        helpers.assign_task(
            finding=row.finding,
            requirement="r",
            due_on=date(2014, 10, 31),
            by=world.county_officer,
            now=NOW,
        )
    assert RectificationTask.objects.count() == 1


# --- acceptance -----------------------------------------------------------------------------------


def test_check_is_scored_frozen_and_meets_what_is_owed(world):
    enrolment, by = world.brigade_enrolment, world.prefecture_officer
    check = helpers.signed_check(world, enrolment, by, "0", "1.5", "0.5")
    assert check.score == Decimal("8.0")
    assert state_of(world, ObligationKind.ACCEPTANCE, enrolment) == ObligationState.MET
    with pytest.raises(WrongMoment):
        helpers.drafted_check(world, enrolment, by, "0", "0", "0", version=check.version)
    with pytest.raises(WrongMoment):
        sign_check(enrolment=enrolment, by=by, now=NOW)


def test_sign_off_needs_all_criteria_and_two_inspectors(world):
    enrolment, by = world.brigade_enrolment, world.prefecture_officer
    row = helpers.drafted_check(world, enrolment, by, "0", None, "0")
    with pytest.raises(Incomplete):
        sign_check(enrolment=enrolment, by=by, now=NOW)
    row = helpers.drafted_check(
        world, enrolment, by, "0", "0", "0", inspectors=["A", "A "], version=row.version
    )
    with pytest.raises(Incomplete):
        sign_check(enrolment=enrolment, by=by, now=NOW)
    helpers.drafted_check(world, enrolment, by, "0", "0", "0", version=row.version)
    assert sign_check(enrolment=enrolment, by=by, now=NOW).score == 10


@pytest.mark.parametrize(
    ("station", "who"),
    [
        ("brigade", "prefecture_officer"),
        ("direct_brigade", "province_officer"),
        ("jiyuan_brigade", "jiyuan_officer"),
    ],
)
def test_each_station_has_one_acceptance_authority(world, station, who):
    enrolment = (
        world.jiyuan_enrolment
        if station == "jiyuan_brigade"
        else getattr(world, f"{station}_enrolment")
    )
    for other in ("prefecture_officer", "province_officer", "county_officer", "jiyuan_officer"):
        if other != who:
            with pytest.raises(Denied):
                helpers.drafted_check(world, enrolment, getattr(world, other), "0", "0", "0")
    helpers.drafted_check(world, enrolment, getattr(world, who), "0", "0", "0")


def test_deduction_becomes_a_finding(world):
    by = world.prefecture_officer
    check = helpers.signed_check(world, world.brigade_enrolment, by, "0", "0", "2")
    score = check.scores.select_related("criterion__area").last()
    with pytest.raises(Denied):
        find_from_score(score=score, by=world.county_officer, now=NOW)
    made = find_from_score(score=score, by=by, now=NOW)
    assert (made.source, made.severity, made.task.state) == ("acceptance", "major", "assigned")


# --- veto -----------------------------------------------------------------------------------------


def test_veto_takes_two_people(world):
    enrolment = world.brigade_enrolment
    with pytest.raises(Denied):
        vetoes.propose_veto(enrolment=enrolment, reason="r", by=world.prefecture_officer, now=NOW)
    row = vetoes.propose_veto(enrolment=enrolment, reason="r", by=world.province_officer, now=NOW)
    with pytest.raises(WrongMoment):
        vetoes.propose_veto(enrolment=enrolment, reason="r", by=world.province_officer, now=NOW)
    vetoes.reply_to_veto(veto=row, text="no", files=(), by=world.station_officer, now=NOW)
    with pytest.raises(Denied):
        vetoes.decide_veto(veto=row, confirm=True, reason="d", by=world.province_officer, now=NOW)
    vetoes.decide_veto(veto=row, confirm=True, reason="d", by=world.leader, now=NOW)
    assert row.state == "in_effect"
    vetoes.lift_veto(veto=row, reason="e", by=world.province_admin, now=NOW)
    assert row.state == "lifted"
    vetoes.propose_veto(enrolment=enrolment, reason="r", by=world.province_officer, now=NOW)
