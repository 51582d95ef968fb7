"""Secret visits stay secret until released; the veto that may follow, and its end."""

from datetime import date

import pytest

from accounts.roles import Role
from common.errors import Denied, WrongMoment
from evaluations.models import (
    Evidence,
    Finding,
    SecretVisit,
    Veto,
    eligibility_withdrawn,
)
from evaluations.services.secret_visits import Seen, add_observation, record_visit, release_visit
from evaluations.services.vetoes import decide_veto, lift_veto, propose_veto, reply_to_veto
from tests.factories import NOW, at, person


def visit(world, enrolment=None, key=None):
    return record_visit(
        enrolment=enrolment or world.brigade_enrolment,
        visited_on=date(2014, 10, 20),
        visitors="two of us",
        summary="nobody at the counter",
        by=world.province_officer,
        now=NOW,
        key=key,
    )


def observed(world, row, files, key=None):
    seen = Seen(category="service", severity="severe", text="took money", files=(files.pdf(),))
    return add_observation(visit=row, seen=seen, by=world.province_officer, now=NOW, key=key)


CONCERNED = ("prefecture_officer", "county_officer", "station_officer")


def test_unreleased_visit_is_the_provinces_alone(world, files):
    row = visit(world)
    observed(world, row, files)
    for who in CONCERNED:
        user = getattr(world, who)
        assert not SecretVisit.objects.visible_to(user).exists()
        assert not Evidence.objects.visible_to(user).exists()
        assert not Finding.objects.visible_to(user).exists()
    assert SecretVisit.objects.visible_to(world.leader).get() == row
    assert Evidence.objects.visible_to(world.province_officer).count() == 1
    release_visit(visit=row, reason="checked", by=world.province_officer, now=NOW)
    for who in CONCERNED:
        user = getattr(world, who)
        assert SecretVisit.objects.visible_to(user).get() == row
        assert Evidence.objects.visible_to(user).count() == 1
        assert Finding.objects.visible_to(user).get().source == "secret_visit"
    assert not SecretVisit.objects.visible_to(world.other_prefecture_officer).exists()


@pytest.mark.parametrize("who", [*CONCERNED, "system_admin", "auditor"])
def test_only_the_province_visits(world, who):
    with pytest.raises(Denied):
        record_visit(
            enrolment=world.brigade_enrolment,
            visited_on=date(2014, 10, 20),
            visitors="x",
            summary="x",
            by=getattr(world, who),
            now=NOW,
        )


def test_sent_twice_is_once(world, files):
    rows = {visit(world, key="k").pk for _again in range(2)}
    assert len(rows) == 1
    row = SecretVisit.objects.get()
    assert {observed(world, row, files, key="o").pk for _again in range(2)} == {
        row.observations.get().pk
    }


def test_released_visit_takes_nothing_more(world, files):
    row = visit(world)
    release_visit(visit=row, reason="checked", by=world.province_officer, now=NOW)
    with pytest.raises(WrongMoment):
        observed(world, row, files)
    with pytest.raises(WrongMoment):
        release_visit(visit=row, reason="checked", by=world.province_officer, now=NOW)


# --- veto -----------------------------------------------------------------------------------------


def proposed(world, enrolment, **kwargs):
    return propose_veto(
        enrolment=enrolment, reason="r", by=world.province_officer, now=NOW, **kwargs
    )


def test_veto_rests_on_a_released_visit(world):
    row = visit(world)
    with pytest.raises(WrongMoment):
        proposed(world, world.brigade_enrolment, visit=row)
    release_visit(visit=row, reason="checked", by=world.province_officer, now=NOW)
    assert proposed(world, world.brigade_enrolment, visit=row).visit == row


def test_nothing_is_decided_before_the_station_was_heard(world):
    """Three working days after Saturday 25 October: Wednesday the 29th."""
    veto = proposed(world, world.brigade_enrolment)
    assert veto.reply_due_on == date(2014, 10, 29)
    for moment in (NOW, at("2014-10-29 23:59")):
        with pytest.raises(WrongMoment):
            decide_veto(veto=veto, confirm=True, reason="d", by=world.leader, now=moment)
    with pytest.raises(WrongMoment):
        late = at("2014-10-30 00:00")
        reply_to_veto(veto=veto, text="no", files=(), by=world.station_officer, now=late)
    decide_veto(veto=veto, confirm=True, reason="d", by=world.leader, now=at("2014-10-30 00:00"))


def test_reply_is_given_once_with_evidence(world, files):
    veto = proposed(world, world.brigade_enrolment)
    with pytest.raises(Denied):
        reply_to_veto(veto=veto, text="no", files=(), by=world.prefecture_officer, now=NOW)
    reply_to_veto(veto=veto, text="no", files=[files.pdf()], by=world.station_officer, now=NOW)
    assert veto.reply_evidence.count() == 1
    with pytest.raises(WrongMoment):
        reply_to_veto(veto=veto, text="but", files=(), by=world.station_officer, now=NOW)
    decide_veto(veto=veto, confirm=False, reason="d", by=world.leader, now=NOW)
    assert not eligibility_withdrawn(world.campaign).exists()


@pytest.mark.parametrize(
    ("station", "unit"),
    [("brigade", "prefecture"), ("direct_brigade", "direct_county"), ("jiyuan", "jiyuan")],
)
def test_veto_withdraws_the_eligibility_of_the_unit_below_the_province(world, station, unit):
    veto = proposed(world, getattr(world, f"{station}_enrolment"))
    assert not eligibility_withdrawn(world.campaign).exists()
    decide_veto(veto=veto, confirm=True, reason="d", by=world.leader, now=at("2014-10-30 09:00"))
    assert list(eligibility_withdrawn(world.campaign)) == [getattr(world, unit)]


def standing(world):
    """What vetoes do to others: who is barred, and which bureaus are out."""
    return (
        set(Veto.objects.in_effect().values_list("enrolment", flat=True)),
        set(eligibility_withdrawn(world.campaign).values_list("code", flat=True)),
    )


def test_lifting_restores_exactly_what_was_before(world):
    """Two vetoes in one prefecture: lifting one leaves what the other one took."""
    late = at("2014-10-30 09:00")
    first = proposed(world, world.township_enrolment)
    decide_veto(veto=first, confirm=True, reason="d", by=world.leader, now=late)
    before = standing(world)
    assert before == ({world.township_enrolment.pk}, {"410100"})
    second = proposed(world, world.brigade_enrolment)
    decide_veto(veto=second, confirm=True, reason="d", by=world.leader, now=late)
    assert standing(world) != before
    lift_veto(veto=second, reason="appeal", by=world.leader, now=late)
    assert standing(world) == before
    lift_veto(veto=first, reason="appeal", by=world.leader, now=late)
    assert standing(world) == (set(), set())


def test_a_prefectures_leader_decides_no_veto(world):
    leader = person("pref_leader", world.prefecture, Role.LEADER)
    veto = proposed(world, world.brigade_enrolment)
    with pytest.raises(Denied):
        decide_veto(veto=veto, confirm=True, reason="d", by=leader, now=at("2014-10-30 09:00"))
