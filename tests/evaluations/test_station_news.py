"""What is decided about a station reaches it and its bureau, by bell and by mail."""

from decimal import Decimal

import pytest

from accounts.models import Membership
from deliveries.models import Delivery, Notice
from evaluations.models import Objection
from evaluations.services.reopenings import (
    decide_reopening,
    record_recheck,
    reply_of,
    request_reopening,
)
from evaluations.services.replies import Point, decide_objection, reply_to_check
from evaluations.services.vetoes import decide_veto, lift_veto, propose_veto
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, at, person

BOTH = ["county_officer", "station_officer"]
HEARD = at("2014-10-30 09:00")  # after the last day for a reply to a veto proposed on the 25th


def told_since(act):
    """Who was told by bell, and who by mail, while `act` ran; and the words."""
    Notice.objects.all().delete()
    Delivery.objects.all().delete()
    act()
    bells = sorted(Notice.objects.values_list("user__username", flat=True))
    assert sorted(Delivery.objects.values_list("user__username", flat=True)) == bells
    return bells, "\n".join(Notice.objects.values_list("text", flat=True))


def objected(world, enrolment, by, worker):
    check = steps.signed_check(world, enrolment, by, "0", "0.5", "2")
    points = [Point(score, "not so") for score in check.scores.exclude(deduction=0)]
    reply_to_check(reply=reply_of(check), points=points, by=worker, now=NOW)
    return check


def decide_all(by):
    for row in Objection.objects.filter(decided_by=None):
        decide_objection(objection=row, deduction=Decimal(0), reason="the log", by=by, now=NOW)


def test_objections_are_told_once_when_the_last_one_is_decided(world):
    objected(world, world.brigade_enrolment, world.prefecture_officer, world.station_officer)
    first = Objection.objects.first()

    def decide_one():
        decide_objection(
            objection=first,
            deduction=Decimal(0),
            reason="the log",
            by=world.prefecture_officer,
            now=NOW,
        )

    assert told_since(decide_one) == ([], "")
    told, words = told_since(lambda: decide_all(world.prefecture_officer))
    assert told == BOTH
    assert "the log" not in words
    row = Notice.objects.get(user=world.station_officer)
    assert row.address == f"/evaluations/{world.brigade_enrolment.pk}/acceptance/"
    assert row.address in Delivery.objects.get(user=world.station_officer).text


def test_a_bureau_is_not_told_of_its_own_decision(world):
    station = person("jiyuan_station", world.jiyuan_brigade.organisation, "station_officer")
    objected(world, world.jiyuan_enrolment, world.jiyuan_officer, station)
    assert told_since(lambda: decide_all(world.jiyuan_officer))[0] == ["jiyuan_station"]


def test_whoever_left_is_not_told(world):
    objected(world, world.brigade_enrolment, world.prefecture_officer, world.station_officer)
    Membership.objects.filter(user=world.station_officer).update(active=False)
    assert told_since(lambda: decide_all(world.prefecture_officer))[0] == ["county_officer"]


def proposed(world):
    return propose_veto(
        enrolment=world.brigade_enrolment, reason="took money", by=world.province_officer, now=NOW
    )


@pytest.mark.parametrize(
    ("confirm", "hear"), [(True, sorted([*BOTH, "prefecture_officer"])), (False, BOTH)]
)
def test_a_decided_veto_is_told_to_those_whom_it_touches(world, confirm, hear):
    """The prefecture hears of it only when its own eligibility goes with it."""
    veto = proposed(world)

    def decide():
        decide_veto(veto=veto, confirm=confirm, reason="seen", by=world.leader, now=HEARD)

    told, words = told_since(decide)
    assert told == hear
    assert "took money" not in words and "seen" not in words
    assert (world.prefecture.name_zh in words) == confirm
    page = f"/evaluations/{world.brigade_enrolment.pk}/veto/"
    assert Notice.objects.get(user=world.station_officer).address == page


def test_a_lifted_veto_is_told_to_the_same_people(world):
    veto = proposed(world)
    decide_veto(veto=veto, confirm=True, reason="d", by=world.leader, now=HEARD)
    told, words = told_since(
        lambda: lift_veto(veto=veto, reason="appeal", by=world.leader, now=HEARD)
    )
    assert told == sorted([*BOTH, "prefecture_officer"])
    assert "appeal" not in words


@pytest.mark.parametrize(("approve", "hear"), [(True, BOTH), (False, [])])
def test_a_check_that_is_opened_again_is_told_and_a_refusal_is_not(world, approve, hear):
    check = steps.signed_check(
        world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1"
    )
    second = person("second", world.prefecture, "prefecture_officer")
    row = request_reopening(check=check, reason="r", by=world.prefecture_officer, now=NOW)

    def decide():
        decide_reopening(reopening=row, approve=approve, reason="r", by=second, now=NOW)

    assert told_since(decide)[0] == hear


def test_a_recheck_is_told(world):
    check = steps.signed_check(
        world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "3"
    )
    reply_to_check(reply=reply_of(check), points=[], by=world.station_officer, now=NOW)

    def recheck():
        record_recheck(
            check=check,
            checked_on=NOW.date(),
            inspectors=["A", "B"],
            passed=False,
            reason="still dirty",
            files=(),
            by=world.prefecture_officer,
            now=NOW,
        )

    told, words = told_since(recheck)
    assert told == BOTH
    assert "still dirty" not in words


def test_each_reader_hears_in_their_language(world):
    Notice.objects.all().delete()
    type(world.county_officer).objects.filter(pk=world.county_officer.pk).update(language="en")
    veto = proposed(world)
    told_since(lambda: decide_veto(veto=veto, confirm=True, reason="d", by=world.leader, now=HEARD))
    texts = dict(Notice.objects.values_list("user__username", "text"))
    assert "is in effect" in texts["county_officer"]
    assert "已生效" in texts["station_officer"]
