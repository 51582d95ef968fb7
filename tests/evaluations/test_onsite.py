"""What a device sends arrives once, in order, and never over somebody else's value."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Denied, WrongMoment
from evaluations.models import AcceptanceCheck, CheckScore, Evidence, SiteChange
from evaluations.services.checks import sign_check
from evaluations.services.onsite import Change, Conflict, apply_change, bundle_of, enrolments_for
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW
from tests.threads import together

pytestmark = pytest.mark.django_db


def change(world, base=0, deduction="0.5", key=None, files=(), criterion=0, note=""):
    return Change(
        key=key or uuid.uuid4(),
        criterion=steps.criteria(world)[criterion],
        base=base,
        deduction=None if deduction is None else Decimal(deduction),
        reason="no log",
        note=note,
        files=tuple(files),
        recorded_on=NOW.date(),
    )


def send(world, what, by=None, enrolment=None):
    return apply_change(
        enrolment=enrolment or world.brigade_enrolment,
        change=what,
        by=by or world.prefecture_officer,
        now=NOW,
    )


def test_change_begins_the_check_and_is_applied_once(world):
    what = change(world)
    assert [send(world, what) for _again in range(3)] == [1, 1, 1]
    score = CheckScore.objects.get(criterion=what.criterion)
    assert (score.deduction, score.reason, score.revision) == (Decimal("0.5"), "no log", 1)
    assert SiteChange.objects.count() == 1
    assert AcceptanceCheck.objects.get().checked_on == NOW.date()


def test_repeated_change_gives_the_first_answer_after_others_came(world):
    first, second = change(world), change(world, base=1, deduction="1")
    send(world, first)
    send(world, second)
    assert send(world, first) == 1
    assert CheckScore.objects.get(criterion=first.criterion).deduction == 1


def test_without_the_key_a_repeated_change_is_not_recognised(world):
    """The negative control: the same change under a new key meets its own first delivery."""
    send(world, change(world))
    with pytest.raises(Conflict):
        send(world, change(world))


def test_same_key_with_other_content_is_refused(world):
    key = uuid.uuid4()
    send(world, change(world, key=key))
    with pytest.raises(WrongMoment):
        send(world, change(world, key=key, deduction="1"))
    assert CheckScore.objects.get(criterion=steps.criteria(world)[0]).deduction == Decimal("0.5")


def test_older_value_never_overwrites(world):
    steps.drafted_check(world, world.brigade_enrolment, world.prefecture_officer, "1", "0", "0")
    with pytest.raises(Conflict) as refusal:
        send(world, change(world, base=0))
    assert (refusal.value.theirs.deduction, refusal.value.theirs.revision) == (1, 1)
    assert send(world, change(world, base=1)) == 2


def test_the_form_on_line_is_told_of_what_came_from_the_site(world):
    row = steps.drafted_check(
        world, world.brigade_enrolment, world.prefecture_officer, "1", "0", "0"
    )
    send(world, change(world, base=1))
    with pytest.raises(WrongMoment):
        steps.drafted_check(
            world,
            world.brigade_enrolment,
            world.prefecture_officer,
            "1",
            "0",
            "0",
            version=row.version,
        )


def test_signed_check_takes_nothing_more(world):
    steps.drafted_check(world, world.brigade_enrolment, world.prefecture_officer, "1", "0", "0")
    sign_check(enrolment=world.brigade_enrolment, by=world.prefecture_officer, now=NOW)
    with pytest.raises(WrongMoment):
        send(world, change(world, base=1))


def test_foreign_authority_is_refused(world):
    with pytest.raises(Denied):
        send(world, change(world), enrolment=world.direct_brigade_enrolment)
    with pytest.raises(Denied):
        send(world, change(world), by=world.other_prefecture_officer)


@pytest.mark.django_db(transaction=True)
def test_one_change_delivered_by_four_lines_at_once(world):
    what = change(world)
    results = together([lambda: send(world, what)] * 4)
    assert results == [1] * 4
    assert SiteChange.objects.count() == 1
    assert CheckScore.objects.get(criterion=what.criterion).revision == 1


# --- over the wire --------------------------------------------------------------------------------


def post(client, world, what, **files):
    data = {
        "key": str(what.key),
        "criterion": what.criterion.pk,
        "base": what.base,
        "deduction": str(what.deduction),
        "reason": what.reason,
        "note": what.note,
        "recorded_on": what.recorded_on.isoformat(),
        **files,
    }
    return client.post(
        reverse("evaluations:onsite-change", args=[world.brigade_enrolment.pk]), data
    )


def test_change_with_a_photo_over_the_wire(world, sign_in, files):
    client, what = sign_in(world.prefecture_officer), change(world, note="behind the door")
    for _again in range(2):
        answer = post(client, world, what, files=files.jpg())
        assert (answer.status_code, answer.json()) == (200, {"revision": 1})
    assert Evidence.objects.count() == 1
    assert CheckScore.objects.get(criterion=what.criterion).note == "behind the door"
    theirs = post(client, world, change(world)).json()["theirs"]
    assert (theirs["deduction"], theirs["by"]) == ("0.5", "prefecture_officer")
    bad = post(client, world, change(world, base=1, deduction="3.5"))
    assert bad.status_code == 422 and bad.json()["refused"]


def test_bundle_takes_along_what_the_device_needs(world, sign_in):
    steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    steps.drafted_check(world, world.brigade_enrolment, world.prefecture_officer, "1", None, None)
    answer = sign_in(world.prefecture_officer).get(reverse("evaluations:onsite-bundle")).json()
    (check,) = answer["checks"]
    assert (check["station"], check["team"]) == ("Unit 410122-1", ["A", "B"])
    assert [
        (row["number"], row["points"], row["self_score"], row["deduction"], row["revision"])
        for row in check["criteria"]
    ] == [("1.1", "3", "3", "1", 1), ("1.2", "2", "1.5", "", 0), ("2.1", "5", "5", "", 0)]


def test_bundle_costs_the_same_for_one_and_three(world):
    by = world.prefecture_officer
    counts = []
    for names in (("brigade", "township"), ("brigade", "township", "sibling_brigade")):
        for name in names:
            enrolment = getattr(world, f"{name}_enrolment")
            if not AcceptanceCheck.objects.filter(enrolment=enrolment).exists():
                steps.drafted_check(world, enrolment, by, "1", None, None)
        with CaptureQueriesContext(connection) as queries:
            bundle_of(enrolments_for(by, world.campaign, NOW.date()))
        counts.append(len(queries))
    assert counts[0] == counts[1]
