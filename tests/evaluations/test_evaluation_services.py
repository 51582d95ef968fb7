"""The rules: each refusal has a twin that succeeds."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent
from campaign.models import Obligation, ObligationKind, ObligationState
from common.errors import Denied, Incomplete, WrongMoment
from common.uploads import examine
from evaluations.models import (
    Criterion,
    Evidence,
    Finding,
    RectificationTask,
    SelfInspection,
    Standard,
    fingerprint,
)
from evaluations.services import vetoes
from evaluations.services.checks import sign_check
from evaluations.services.commitments import (
    add_commitment,
    change_commitment,
    submit_commitments,
)
from evaluations.services.findings import find_from_item, find_from_score
from evaluations.services.self_inspections import (
    accept_self_inspection,
    last_years_answers,
    remove_item_evidence,
    return_self_inspection,
    save_self_inspection,
    submit_self_inspection,
)
from evaluations.services.standards import load_standard
from evaluations.services.tasks import accept_task, return_task, start_task, submit_task
from tests.evaluations import evaluation_steps as helpers
from tests.factories import NOW, at, campaign, person


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


# --- self-inspection ------------------------------------------------------------------------------


def said(world, enrolment, *scores, by=None):
    return save_self_inspection(
        enrolment=enrolment,
        answers=helpers.answers(world, *scores),
        by=by or world.station_officer,
        now=NOW,
    )


def test_self_inspection_is_drafted_submitted_returned_and_accepted(world):
    enrolment, by = world.brigade_enrolment, world.station_officer
    said(world, enrolment, "3", None, "4.5")
    with pytest.raises(Incomplete) as refusal:
        submit_self_inspection(enrolment=enrolment, by=by, now=NOW)
    assert "1.2" in str(refusal.value)
    said(world, enrolment, "3", "2", "4.5")
    row = submit_self_inspection(enrolment=enrolment, by=by, now=NOW)
    assert row.score == Decimal("9.5")
    kind = ObligationKind.SELF_INSPECTION
    assert state_of(world, kind, enrolment) == ObligationState.MET
    with pytest.raises(WrongMoment):
        said(world, enrolment, "3", "2", "5")
    return_self_inspection(inspection=row, by=world.county_officer, reason="thin", now=NOW)
    assert state_of(world, kind, enrolment) == ObligationState.OPEN
    row = submit_self_inspection(enrolment=enrolment, by=by, now=NOW)
    accept_self_inspection(inspection=row, by=world.county_officer, reason="good", now=NOW)
    assert SelfInspection.objects.get().state == "accepted"


def test_deduction_without_its_problem_may_be_drafted_and_not_submitted(world):
    enrolment, by = world.brigade_enrolment, world.station_officer
    full, short, last = helpers.answers(world, "3", "1", "5")
    bare = replace(short, remark="")
    save_self_inspection(enrolment=enrolment, answers=[full, bare, last], by=by, now=NOW)
    with pytest.raises(Incomplete) as refusal:
        submit_self_inspection(enrolment=enrolment, by=by, now=NOW)
    assert "1.2" in str(refusal.value)
    assert "1.1" not in str(refusal.value)
    seen = fingerprint(Decimal(1), "", "")
    save_self_inspection(enrolment=enrolment, answers=[replace(short, seen=seen)], by=by, now=NOW)
    submit_self_inspection(enrolment=enrolment, by=by, now=NOW)


def test_second_writer_of_a_criterion_is_told_and_overwrites_nothing(world):
    enrolment = world.brigade_enrolment
    first, second, _third = helpers.answers(world, "3", "1.5", None)
    save_self_inspection(enrolment=enrolment, answers=[second], by=world.station_officer, now=NOW)
    # The county opened the page before: it saw both criteria empty.
    other = replace(second, self_score=Decimal(1), remark="another problem")
    saved = save_self_inspection(
        enrolment=enrolment, answers=[first, other], by=world.county_officer, now=NOW
    )
    assert [item.criterion.number for item in saved.conflicts] == ["1.2"]
    rows = SelfInspection.objects.get().items.order_by("criterion__position")
    assert [(row.self_score, row.saved_by) for row in rows] == [
        (Decimal(3), world.county_officer),
        (Decimal("1.5"), world.station_officer),
        (None, None),
    ]
    # Told of it, the county decides for its own words.
    again = replace(other, seen=saved.conflicts[0].fingerprint)
    saved = save_self_inspection(
        enrolment=enrolment, answers=[again], by=world.county_officer, now=NOW
    )
    assert (saved.conflicts, saved.items[second.criterion.pk].remark) == ([], "another problem")


def test_what_a_writer_did_not_touch_is_left_as_it_is(world):
    enrolment = world.brigade_enrolment
    said(world, enrolment, None, "1.5", None)
    # A form opened before holds nothing there: no collision, nothing emptied.
    saved = said(world, enrolment, "3", None, None, by=world.county_officer)
    assert saved.conflicts == []
    rows = SelfInspection.objects.get().items.order_by("criterion__position")
    assert [row.self_score for row in rows] == [Decimal(3), Decimal("1.5"), None]


def test_line_breaks_of_browsers_make_no_difference():
    assert fingerprint(Decimal("3"), "a\r\nb ", "") == fingerprint(Decimal("3.0"), "a\nb", "")
    assert fingerprint(Decimal("3"), "a", "b") != fingerprint(Decimal("3"), "b", "a")
    assert fingerprint(None, "", "") != fingerprint(Decimal(0), "", "")


@pytest.mark.parametrize("score", ["3.5", "-0.5", "0.25"])
def test_self_score_keeps_points_and_steps(world, score):
    with pytest.raises(ValidationError):
        said(world, world.brigade_enrolment, score, None, None)
    assert SelfInspection.objects.count() == 0


def test_criteria_of_another_kind_of_station_are_not_asked(world):
    last = helpers.criteria(world)[2]
    Criterion.objects.filter(pk=last.pk).update(station_kind="township")
    with pytest.raises(ValidationError):
        said(world, world.brigade_enrolment, "3", "2", "5")
    said(world, world.brigade_enrolment, "3", "2")
    row = submit_self_inspection(
        enrolment=world.brigade_enrolment, by=world.station_officer, now=NOW
    )
    assert (row.items.count(), row.score) == (2, Decimal(5))
    helpers.drafted_check(world, world.brigade_enrolment, world.prefecture_officer, "0.5", "0")
    check = sign_check(enrolment=world.brigade_enrolment, by=world.prefecture_officer, now=NOW)
    assert check.score == Decimal("4.5")


def test_last_years_answers_are_offered_for_the_same_criteria(world):
    enrolment = world.brigade_enrolment
    said(world, enrolment, "3", "1.5", "5")
    submit_self_inspection(enrolment=enrolment, by=world.station_officer, now=NOW)
    next_year = campaign(2015)
    criteria = list(Standard.objects.in_force(next_year).criteria())
    Criterion.objects.filter(pk=criteria[0].pk).update(name_zh="新指标")
    later = SimpleNamespace(station=enrolment.station, campaign=next_year)
    criteria = list(Standard.objects.in_force(next_year).criteria())
    offered = last_years_answers(later, criteria)
    assert {pk: item.self_score for pk, item in offered.items()} == {
        criteria[1].pk: Decimal("1.5"),
        criteria[2].pk: Decimal(5),
    }
    assert last_years_answers(enrolment, criteria) == {}


def test_file_of_a_draft_is_removed_and_goes_when_nothing_else_needs_it(world, files):
    enrolment, by = world.brigade_enrolment, world.station_officer
    one, two, _ = helpers.answers(world, "3", "2", None)
    photo = examine(files.jpg())
    saved = save_self_inspection(
        enrolment=enrolment,
        answers=[replace(one, files=(photo,)), replace(two, files=(photo,))],
        by=by,
        now=NOW,
    )
    evidence = Evidence.objects.get()
    items = [saved.items[answer.criterion.pk] for answer in (one, two)]
    saved.inspection.enrolment = enrolment
    for item in items:
        item.inspection = saved.inspection
    with pytest.raises(Denied):
        remove_item_evidence(item=items[0], evidence=evidence, by=world.leader, now=NOW)
    remove_item_evidence(item=items[0], evidence=evidence, by=by, now=NOW)
    assert Evidence.objects.count() == 1
    remove_item_evidence(item=items[1], evidence=evidence, by=by, now=NOW)
    assert Evidence.objects.count() == 0


def test_nobody_accepts_what_they_submitted(world):
    row = helpers.submitted_inspection(world, world.brigade_enrolment, world.county_officer)
    for who in (world.county_officer, world.station_officer):
        with pytest.raises(Denied):
            accept_self_inspection(inspection=row, by=who, reason="good", now=NOW)
    colleague = person("colleague", world.county, "county_officer")
    accept_self_inspection(inspection=row, by=colleague, reason="good", now=NOW)


def test_problem_becomes_one_finding_and_one_task(world):
    row = helpers.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    full, short, _ = row.items.select_related("criterion__area")
    with pytest.raises(Incomplete):
        find_from_item(item=full, by=world.station_officer, now=NOW)
    for _again in (1, 2):
        find_from_item(item=short, by=world.station_officer, now=NOW)
    made = Finding.objects.get()
    assert (made.source, made.criterion, made.text) == (
        "self_inspection",
        short.criterion,
        "problem",
    )
    # 15 working days from Saturday 25 October 2014.
    assert made.task.due_on == date(2014, 11, 14)


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
