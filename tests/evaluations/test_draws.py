"""The draw: its rules worked out by hand, its two acts, and the stand-alone repetition."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import AuditEvent, AuditSeal
from accounts.seals import seal_events
from campaign.models import Obligation
from common.errors import Denied, Incomplete, WrongMoment
from evaluations import drawing
from evaluations.models import (
    AcceptanceCheck,
    AcceptanceRules,
    Inspector,
    RecheckOrder,
    SpotCheck,
    SpotDraw,
)
from evaluations.services.checks import Mark, sign_check
from evaluations.services.reopenings import decide_reopening, request_reopening
from evaluations.services.replies import Point, reply_to_check
from evaluations.services.spot_checks import (
    order_recheck,
    report_order,
    review_order,
    save_spot_check,
    sign_spot_check,
)
from evaluations.services.spot_draws import (
    accepted_checks,
    draw_sample,
    protocol_archive,
    record_frame,
)
from portal.templatetags.portal import where_to_meet
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, at, person

DRAWN_AT = at("2014-10-28 10:00")
VERIFY = Path(settings.BASE_DIR) / "verify_draw.py"


# --- the pure core --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "size"), [(1, 1), (2, 2), (3, 2), (20, 2), (21, 3), (30, 3), (119, 12), (120, 12)]
)
def test_size_is_a_tenth_and_two_at_least(total, size):
    assert drawing.size_of(total, drawing.Rule(10, 2)) == size


@pytest.mark.parametrize(
    ("counts", "size", "expected"),
    [
        ({"brigade": 9, "township": 110}, 12, {"brigade": 1, "township": 11}),
        ({"brigade": 9, "township": 110}, 1, {"brigade": 0, "township": 1}),
        ({"brigade": 5, "township": 5}, 3, {"brigade": 2, "township": 1}),
        ({"brigade": 1, "township": 30}, 3, {"brigade": 1, "township": 2}),
        ({"brigade": 2, "township": 1}, 3, {"brigade": 2, "township": 1}),
    ],
)
def test_every_kind_has_its_share(counts, size, expected):
    assert drawing.shares(counts, size) == expected


def test_random_numbers_are_the_documented_hashes():
    expected = int(hashlib.sha256(b"s|stations|410100|brigade|1").hexdigest(), 16)
    assert drawing.number("s", "stations|410100|brigade", 1) == expected


def test_pick_by_hand():
    """Weights 1, 2, 3 over codes a, b, c: r < 1 takes a, r < 3 takes b, else c."""
    r = int(hashlib.sha256(b"seed|x|1").hexdigest(), 16) % 6
    first = "a" if r < 1 else "b" if r < 3 else "c"
    assert drawing.pick("seed", "x", [("c", 3), ("a", 1), ("b", 2)], 1) == [first]


def test_chance_follows_the_weights():
    """A station of weight 30 beside two of weight 10: drawn first in about 3 of 5 draws."""
    items = [("a", 10), ("b", 10), ("c", 30)]
    first = Counter(drawing.pick(str(seed), "x", items, 1)[0] for seed in range(2000))
    assert 1100 < first["c"] < 1300 and 330 < first["a"] < 470


codes = st.lists(st.integers(0, 10**6), min_size=1, max_size=40, unique=True)


# On a busy machine inputs come slowly; that says nothing of the rules.
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(codes, codes, st.integers(0, 100), st.integers(0, 4), st.text("0123456789abcdef"))
def test_any_draw_keeps_its_rules(brigades, townships, percent, minimum, seed):
    stations = [drawing.Station(f"b{code}", "p", "brigade") for code in brigades]
    stations += [drawing.Station(f"t{code}", "p", "township", 7) for code in townships]
    people = [drawing.Person(str(n), "p" if n < 3 else "") for n in range(6)]
    rule = drawing.Rule(percent, minimum)
    drawn = drawing.draw(seed, stations, people, rule)
    assert drawn == drawing.draw(seed, stations[::-1], people[::-1], rule)
    assert len({row.station for row in drawn}) == len(drawn) == drawing.size_of(len(stations), rule)
    for row in drawn:
        assert len(set(row.inspectors)) == 2 and set(row.inspectors) <= {"3", "4", "5"}


# --- two acts -------------------------------------------------------------------------------------


@pytest.fixture
def accepted(world):
    """Two accepted stations of one prefecture, one of another; the direct county's stays out."""
    for name, by in (
        ("brigade", world.prefecture_officer),
        ("township", world.prefecture_officer),
        ("other_brigade", world.other_prefecture_officer),
        ("direct_brigade", world.province_officer),
    ):
        steps.signed_check(world, getattr(world, f"{name}_enrolment"), by, "0", "0", "1")
    Inspector.objects.create(pool=world.province, unit=world.county, name="From 410100")
    return world


def framed(world, **changes):
    values = {
        "public_number_name": "排列五 2014-10-27",
        "public_number_on": date(2014, 10, 27),
        "weighted": False,
        "by": world.province_officer,
        "now": NOW,
    }
    return record_frame(campaign=world.campaign, **(values | changes))


def drawn(world, draw, public_number="1 2 3 4 5"):
    seal_events(now=NOW)
    return draw_sample(
        draw=draw, public_number=public_number, by=world.province_officer, now=DRAWN_AT
    )


def test_frame_holds_the_prefectures_accepted_stations(accepted):
    draw = framed(accepted)
    rows = drawing.read_table(draw.files["stations.csv"])
    assert [row["code"] for row in rows] == ["410122-1", "410122-2", "410221-1"]
    event = AuditEvent.objects.get(act="spot_draw.framed")
    assert event.pk == draw.framed_event
    assert event.after["frame_sha256"] == draw.frame_sha256 == drawing.frame_digest(draw.files)


def test_objection_to_a_round_that_was_opened_again_keeps_nobody_out(accepted):
    check = AcceptanceCheck.objects.get(enrolment=accepted.brigade_enrolment)
    by, second = accepted.prefecture_officer, person("second", accepted.prefecture, "leader")
    points = [Point(check.scores.get(deduction=1), "no")]
    reply_to_check(reply=check.replies.get(), points=points, by=accepted.station_officer, now=NOW)
    assert accepted_checks(accepted.campaign).count() == 2
    row = request_reopening(check=check, reason="r", by=by, now=NOW)
    decide_reopening(reopening=row, approve=True, reason="r", by=second, now=NOW)
    sign_check(enrolment=accepted.brigade_enrolment, by=by, now=NOW)
    assert accepted_checks(accepted.campaign).count() == 3


def test_page_of_a_draw_speaks_in_names(accepted, sign_in):
    row = drawn(accepted, framed(accepted))
    client = sign_in(accepted.province_officer)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    lines = client.get(reverse("evaluations:draw", args=[row.pk])).context["sample"]
    assert {(line["prefecture"], str(line["kind"])) for line in lines} == {
        ("Unit 410100", "Enforcement brigade"),
        ("Unit 410100", "Township station"),
        ("Unit 410200", "Enforcement brigade"),
    }
    assert {line["station"] for line in lines} >= {"Unit 410122-1", "Unit 410221-1"}


def test_seed_comes_after_the_seal_of_the_frame_and_the_public_number(accepted):
    draw = framed(accepted)
    attempt = {"public_number": "12345", "by": accepted.province_officer}
    with pytest.raises(WrongMoment):  # not sealed
        draw_sample(draw=draw, now=DRAWN_AT, **attempt)
    seal_events(now=NOW)
    with pytest.raises(WrongMoment):  # not published
        draw_sample(draw=draw, now=NOW, **attempt)
    with pytest.raises(Denied):
        draw_sample(
            draw=draw, now=DRAWN_AT, public_number="1", by=accepted.other_prefecture_officer
        )
    draw_sample(draw=draw, now=DRAWN_AT, **attempt)
    lines = f"{draw.frame_sha256}\n{draw.seal_digest}\n12345\n"
    assert draw.seed == hashlib.sha256(lines.encode()).hexdigest()
    assert SpotCheck.objects.count() == 3
    for row in SpotCheck.objects.prefetch_related("inspectors__unit"):
        assert row.inspectors.count() == 2 and row.first_score == 9
        assert not any(row.authority.covers(person.unit) for person in row.inspectors.all())


def test_later_seals_do_not_move_the_seed(accepted):
    draw = framed(accepted)
    seal_events(now=NOW)
    AuditEvent.objects.create(at=NOW, act="user.signed_in")
    assert seal_events(now=NOW) == 1
    digest = drawn(accepted, draw).seal_digest
    assert digest != "" and digest == drawing_seal(draw)


def drawing_seal(draw):
    return (
        AuditSeal.objects.filter(
            first_event__lte=draw.framed_event, last_event__gte=draw.framed_event
        )
        .get()
        .digest
    )


@pytest.mark.parametrize("day", [date(2014, 10, 24), date(2014, 10, 25)])
def test_public_number_must_lie_ahead(accepted, day):
    with pytest.raises(ValidationError):
        framed(accepted, public_number_on=day)


def test_only_one_draw_at_a_time_and_a_new_one_needs_a_reason(accepted):
    first = framed(accepted)
    with pytest.raises(WrongMoment):
        framed(accepted)
    with pytest.raises(Incomplete):
        framed(accepted, replaces=first, reason=" ")
    second = framed(accepted, replaces=first, reason="an inspector fell ill")
    first.refresh_from_db()
    assert (first.state, second.number, second.redraw_reason) == (
        "replaced",
        2,
        "an inspector fell ill",
    )


def test_weights_follow_the_over_reporting_index(world):
    steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    steps.signed_check(world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "2")
    steps.signed_check(world, world.township_enrolment, world.prefecture_officer, "0", "0", "2")
    rows = drawing.read_table(framed(world, weighted=True).files["stations.csv"])
    assert [row["weight"] for row in rows] == ["30", "10"]


def test_too_few_inspectors_from_elsewhere(accepted):
    Inspector.objects.filter(pool=accepted.province, unit=accepted.province).update(
        unit=accepted.other_prefecture
    )
    with pytest.raises(Incomplete):
        framed(accepted)


# --- anybody repeats it ---------------------------------------------------------------------------


@pytest.fixture
def protocol(accepted, tmp_path):
    archive = protocol_archive(drawn(accepted, framed(accepted)))
    assert archive == protocol_archive(SpotDraw.objects.get())
    zipfile.ZipFile(BytesIO(archive)).extractall(tmp_path)
    return tmp_path


def verify(directory):
    return subprocess.run(
        [sys.executable, "-I", VERIFY, directory], capture_output=True, text=True, check=False
    )


def test_draw_is_repeated_from_its_protocol(protocol):
    done = verify(protocol)
    assert (done.returncode, done.stderr) == (0, "") and "3 stations" in done.stdout


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("stations.csv", lambda text: text.replace("410122-2", "410122-9")),
        ("stations.csv", lambda text: text.replace(",1,9.0", ",2,9.0", 1)),
        ("rules.csv", lambda text: text.replace("minimum,2", "minimum,1")),
        ("inspectors.csv", lambda text: text + "999,x,\n"),
        ("sample.csv", lambda text: text.replace("410122-1", "410122-9")),
        ("sample.csv", lambda text: text[: text.rindex("410200")]),
        (
            "protocol.json",
            lambda text: text.replace('"public_number": "12345"', '"public_number": "1"'),
        ),
        ("protocol.json", lambda text: json.dumps(json.loads(text) | {"seed": "0" * 64})),
        ("protocol.json", lambda text: json.dumps(json.loads(text) | {"seal_digest": "0" * 64})),
    ],
)
def test_any_difference_is_found(protocol, name, change):
    path = protocol / name
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")
    assert verify(protocol).returncode == 1


def test_usage(tmp_path):
    assert verify(tmp_path).returncode == 2


# --- the second look ------------------------------------------------------------------------------


def look(world, row, deduction):
    by = world.province_officer
    criteria = steps.criteria(world)
    marks = [Mark(c, Decimal(0)) for c in criteria[:2]]
    marks.append(Mark(criteria[2], Decimal(deduction), "seen"))
    save_spot_check(
        spot_check=row, checked_on=DRAWN_AT.date(), marks=marks, version=1, by=by, now=DRAWN_AT
    )
    return sign_spot_check(spot_check=row, by=by, now=DRAWN_AT)


def test_deviation_flag_and_ordered_recheck(accepted):
    """First score 9 each. Threshold 3 here: 5 → deviation 4, flagged; 6 → 3, not above."""
    AcceptanceRules.objects.create(campaign=accepted.campaign, spot_threshold=Decimal(3))
    draw = drawn(accepted, framed(accepted))
    rows = {row.enrolment.station.code: row for row in draw.spot_checks.all()}
    with pytest.raises(Incomplete):
        sign_spot_check(spot_check=rows["410122-1"], by=accepted.province_officer, now=DRAWN_AT)
    assert not SpotCheck.objects.visible_to(accepted.prefecture_officer).exists()
    order = {"draw": draw, "reason": "r", "due_on": date(2014, 10, 31), "now": DRAWN_AT}
    with pytest.raises(Incomplete):
        order_recheck(authority=accepted.prefecture, by=accepted.province_officer, **order)
    flagged = look(accepted, rows["410122-1"], "5")
    assert (flagged.score, flagged.deviation, flagged.flagged) == (5, 4, True)
    assert look(accepted, rows["410122-2"], "4").flagged is False
    assert SpotCheck.objects.visible_to(accepted.prefecture_officer).count() == 2
    draw.refresh_from_db()
    assert draw.state == "drawn"
    look(accepted, rows["410221-1"], "1")
    draw.refresh_from_db()
    assert draw.state == "closed"
    with pytest.raises(Denied):
        order_recheck(authority=accepted.prefecture, by=accepted.prefecture_officer, **order)
    order_recheck(authority=accepted.prefecture, by=accepted.province_officer, **order)
    with pytest.raises(WrongMoment):
        order_recheck(authority=accepted.prefecture, by=accepted.province_officer, **order)
    row = RecheckOrder.objects.get()
    assert owed(row) == "open"
    obligation = Obligation.objects.get(kind="recheck", organisation=row.authority)
    assert where_to_meet(obligation) == reverse("evaluations:recheck-order", args=[row.pk])
    report_order(order=row, report="done", by=accepted.prefecture_officer, now=DRAWN_AT)
    assert owed(row) == "met"
    by = accepted.province_officer
    review_order(order=row, close=False, reason="thin", by=by, now=DRAWN_AT)
    assert (row.state, owed(row)) == ("ordered", "open")
    report_order(order=row, report="more", by=accepted.prefecture_officer, now=DRAWN_AT)
    review_order(order=row, close=True, reason="good", by=by, now=DRAWN_AT)
    assert row.state == "closed"


def owed(order):
    return Obligation.objects.get(kind="recheck", organisation=order.authority).state


def test_draw_with_signed_checks_stands(accepted):
    draw = drawn(accepted, framed(accepted))
    look(accepted, draw.spot_checks.first(), "1")
    with pytest.raises(WrongMoment):
        framed(
            accepted, replaces=draw, reason="r", now=DRAWN_AT, public_number_on=date(2014, 10, 30)
        )
