"""Self-inspection: drafted by several hands, handed in, returned, accepted."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from campaign.models import ObligationKind, ObligationState
from common.errors import Denied, Incomplete, WrongMoment
from common.uploads import examine
from evaluations.models import (
    Criterion,
    Evidence,
    Finding,
    SelfInspection,
    Standard,
    fingerprint,
)
from evaluations.services.checks import sign_check
from evaluations.services.findings import find_from_item
from evaluations.services.self_inspections import (
    accept_self_inspection,
    last_years_answers,
    remove_item_evidence,
    return_self_inspection,
    save_self_inspection,
    submit_self_inspection,
)
from tests.evaluations import evaluation_steps as helpers
from tests.evaluations.test_evaluation_services import state_of
from tests.factories import NOW, campaign, person


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
