"""What looks odd is flagged, never touched; set aside by two people, and returned exactly."""

import hashlib
import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEvent
from common import clock
from common.codes import new_key
from common.errors import Denied, Incomplete, WrongMoment
from surveys import tallies
from surveys.models import Ballot, BallotFlag, Quarantine
from surveys.recount import recount
from surveys.services import arrivals, integrity
from surveys.services.ballots import cast_ballot, cast_ballots
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import answers, opened, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


def fill(world, *rows, enrolment=None):
    """Rows: (packed, number, channel, day)."""
    enrolment = enrolment or world.brigade_enrolment
    ballots = [
        (enrolment.pk, "service", packed, channel, day)
        for packed, number, channel, day in rows
        for _ in range(number)
    ]
    cast_ballots(rows=ballots, by=world.province_admin, now=NOW)


def flags(world):
    integrity.raise_flags(campaign=world.campaign, now=NOW)
    return {(row.kind, row.measured) for row in BallotFlag.objects.all()}


EARLY, TODAY = date(2014, 9, 20), date(2014, 10, 25)
MIXED = "12131212122"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("11111111112", 20, "paper", EARLY)], {("perfect", Decimal("100.0"))}),
        ([("11111111112", 19, "paper", EARLY)], set()),
        # 19 of 20 with one answer throughout: 95%.
        (
            [("22222222222", 19, "paper", EARLY), (MIXED, 1, "paper", EARLY)],
            {("straight", Decimal("95.0"))},
        ),
        ([("22222222222", 18, "paper", EARLY), (MIXED, 2, "paper", EARLY)], set()),
        # Paper 100% satisfied, online 8 of 10 questions: a gap of 20 points.
        (
            [("12121212122", 20, "paper", EARLY), ("12331212122", 20, "open", EARLY)],
            {("gap", Decimal("20.0"))},
        ),
        ([("12121212122", 20, "paper", EARLY), ("12132212122", 20, "open", EARLY)], set()),
    ],
)
def test_implausible_shares_are_flagged_and_plausible_ones_are_not(world, rows, expected):
    fill(world, *rows)
    assert flags(world) == expected
    assert not Ballot.objects.filter(set_aside=True).exists()
    # The same sight raises one flag.
    assert integrity.raise_flags(campaign=world.campaign, now=NOW) == 0


def marked(world, number, marks, day=NOW):
    for _ in range(number):
        cast_ballot(
            enrolment=world.brigade_enrolment,
            group="service",
            answers=answers("2", q3="1"),
            comment="",
            channel="open",
            key=new_key(),
            marks=marks,
            now=day,
        )


def quarantined(world, confirm=True):
    flag = BallotFlag.objects.get(kind="burst")
    row = integrity.question_ballots(
        flag=flag, reason="十分钟内集中提交", by=world.prefecture_officer, now=NOW
    )
    return integrity.decide_quarantine(
        quarantine=row, confirm=confirm, reason="核实属实", by=world.leader, now=NOW
    )


def test_set_aside_leaves_the_tally_and_restored_it_returns_exactly(world):
    marked(world, 7, "B")
    marked(world, 6, "")
    marked(world, 5, "B", NOW - timedelta(days=1))
    integrity.raise_flags(campaign=world.campaign, now=NOW)
    BallotFlag.objects.exclude(day=TODAY).delete()
    before = tallies.count_ballots(world.campaign)
    rows_before = set(Ballot.objects.values_list("pk", "answers", "marks", "valid", "key_digest"))
    row = quarantined(world)
    assert row.ballots == 7
    number, _counts = tallies.count_ballots(world.campaign)[world.brigade_enrolment.pk]["service"]
    assert number == 11
    assert tallies.count_ballots(world.campaign, with_set_aside=True) == before
    rate = integrity.integrity_rate(world.campaign, at("2014-12-01 00:00:00"))
    assert (rate.received, rate.valid, rate.set_aside, rate.percent) == (18, 18, 7, Decimal("38.9"))
    assert recount(world.campaign).differences == []
    integrity.lift_quarantine(quarantine=row, reason="申诉成立", by=world.leader, now=NOW)
    assert tallies.count_ballots(world.campaign) == before
    assert rows_before == set(
        Ballot.objects.values_list("pk", "answers", "marks", "valid", "key_digest")
    )
    acts = AuditEvent.objects.filter(act__startswith="quarantine.").order_by("pk")
    assert [event.act for event in acts] == [
        "quarantine.proposed",
        "quarantine.confirmed",
        "quarantine.lifted",
    ]
    assert all(event.reason for event in acts)


def test_two_people_the_second_at_the_province(world):
    marked(world, 6, "B")
    integrity.raise_flags(campaign=world.campaign, now=NOW)
    flag = BallotFlag.objects.get()
    for nobody in (world.county_officer, world.station_officer, world.leader):
        with pytest.raises(Denied):
            integrity.question_ballots(flag=flag, reason="x", by=nobody, now=NOW)
    row = integrity.question_ballots(flag=flag, reason="集中", by=world.province_officer, now=NOW)
    decide = {"quarantine": row, "confirm": True, "reason": "属实", "now": NOW}
    for nobody in (world.province_officer, world.prefecture_officer, world.county_officer):
        with pytest.raises(Denied):
            integrity.decide_quarantine(by=nobody, **decide)
    with pytest.raises(Incomplete):
        integrity.decide_quarantine(by=world.leader, **(decide | {"reason": " "}))
    # The database knows it, too.
    with pytest.raises(IntegrityError), transaction.atomic():
        Quarantine.objects.update(
            state="in_effect", decided_by=world.province_officer, decided_at=NOW
        )
    integrity.decide_quarantine(by=world.province_admin, **decide)
    with pytest.raises(WrongMoment):
        integrity.decide_quarantine(by=world.leader, **decide)


def test_four_ballots_are_never_set_aside_alone(world):
    marked(world, 6, "B")
    integrity.raise_flags(campaign=world.campaign, now=NOW)
    Ballot.objects.filter(pk__in=list(Ballot.objects.values_list("pk", flat=True)[:2])).update(
        marks=""
    )
    with pytest.raises(Incomplete):
        quarantined(world)
    assert not Ballot.objects.filter(set_aside=True).exists()


# --- arriving ------------------------------------------------------------------------------------


def test_a_suspicious_ballot_works_or_waits_and_is_marked(client, world, monkeypatch):
    page = reverse("surveys:station", args=[world.brigade.code]) + "?lang=en"
    key = new_key()
    fast = posted("send", key=key) | {"began": arrivals.stamp(key, NOW - timedelta(seconds=9))}
    asked = client.post(page, fast)
    html = asked.content.decode()
    assert "One moment, please" in html
    assert Ballot.objects.count() == 0
    token = re.search(r'name="challenge" value="([^"]+)"', html)[1]
    bits = int(re.search(r'data-bits="(\d+)"', html)[1])
    # Neither a wrong number nor another form's task lets it in.
    assert "One moment" in client.post(page, fast | {"challenge": token}).content.decode()
    other = arrivals.challenge(key=new_key(), marks="F", now=NOW - timedelta(minutes=5))
    assert "One moment" in client.post(page, fast | {"challenge": other}).content.decode()
    nonce = next(
        str(number)
        for number in range(10**7)
        if int.from_bytes(hashlib.sha256(f"{token}:{number}".encode()).digest(), "big")
        >> (256 - bits)
        == 0
    )
    done = client.post(page, fast | {"challenge": token, "nonce": nonce})
    assert "Thank you" in done.content.decode()
    assert Ballot.objects.get().marks == "F"
    # Without a script: the same button, twenty seconds later.
    key = new_key()
    fast = posted("send", key=key) | {"began": arrivals.stamp(key, NOW)}
    token = re.search(r'name="challenge" value="([^"]+)"', client.post(page, fast).content.decode())
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=20))
    done = client.post(page, fast | {"challenge": token[1]})
    assert "Thank you" in done.content.decode()


def test_a_hall_is_counted_and_marked_but_nobody_is_refused(client, world):
    page = reverse("surveys:station", args=[world.brigade.code]) + "?lang=en"
    for number in range(35):
        agent = {"user-agent": f"Phone {number}"}
        address = f"10.0.{number}.1"
        answer = client.post(page, posted("send"), headers=agent, REMOTE_ADDR=address)
        assert "Thank you" in answer.content.decode()
    marks = Counter(Ballot.objects.values_list("marks", flat=True))
    assert marks == {"": 30, "B": 5}
    for number in range(25):
        agent = {"user-agent": f"Telephone {number}"}
        client.post(page, posted("send"), headers=agent, REMOTE_ADDR="172.16.9.9")
    assert Ballot.objects.count() == 35 + 20  # the others are asked for some work first


def test_one_device_is_asked_from_the_fourth_ballot_on(client, world):
    page = reverse("surveys:station", args=[world.township.code]) + "?lang=en"
    shown = [client.post(page, posted("send")).content.decode() for _ in range(4)]
    assert ["Thank you" in html for html in shown] == [True, True, True, False]
    assert "10.9.8.7" not in str(list(Ballot.objects.values()))


def test_recount_finds_what_does_not_belong(world):
    fill(world, (MIXED, 9, "paper", EARLY), ("11114414442", 3, "paper", EARLY))
    result = recount(world.campaign)
    assert (result.ballots, result.counted, result.differences) == (12, 9, [])
    pk = Ballot.objects.filter(answers=MIXED).values_list("pk", flat=True).first()
    for change in ({"answers": "9" * 11}, {"valid": False}):
        with transaction.atomic():
            Ballot.objects.filter(pk=pk).update(**change)
            assert recount(world.campaign).differences != []
            transaction.set_rollback(True)
