"""Commitments: reviewed before they are published, then kept or broken."""

import pytest

from campaign.models import Obligation, ObligationKind
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import Area, Commitment, Finding, FindingSource, Fulfilment
from evaluations.services.commitments import (
    add_commitment,
    change_commitment,
    publish_commitments,
    return_commitments,
    submit_commitments,
)
from evaluations.services.fulfilments import record_fulfilment
from tests.factories import NOW, small_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = small_province()
    world.enrolment = world.brigade_enrolment
    world.act = {"by": world.station_officer, "now": NOW}
    world.values = {
        "area": Area.objects.first(),
        "content": "三日内答复",
        "responsible": "李四",
        "letter_box": "服务大厅",
    }
    world.commitment = add_commitment(enrolment=world.enrolment, values=world.values, **world.act)
    return world


def owed(world):
    return Obligation.objects.get(kind=ObligationKind.COMMITMENTS, enrolment=world.enrolment).state


def submit(world):
    submit_commitments(enrolment=world.enrolment, **world.act)
    world.commitment.refresh_from_db()


def publish(world):
    submit(world)
    publish_commitments(enrolment=world.enrolment, by=world.county_officer, now=NOW)
    world.commitment.refresh_from_db()


def test_a_commitment_needs_a_way_to_supervise_it(world):
    Commitment.objects.update(letter_box="")
    with pytest.raises(Incomplete):
        submit(world)
    Commitment.objects.update(web="www.example.com")
    submit(world)
    assert owed(world) == "met"


def test_the_bureau_returns_with_a_reason_and_it_is_owed_again(world):
    submit(world)
    with pytest.raises(WrongMoment):
        change_commitment(commitment=world.commitment, values=world.values, **world.act)
    return_commitments(
        enrolment=world.enrolment, reason="时限不明", by=world.county_officer, now=NOW
    )
    world.commitment.refresh_from_db()
    assert (world.commitment.state, owed(world)) == ("returned", "open")
    change_commitment(
        commitment=world.commitment, values=world.values | {"time_limit": "3日"}, **world.act
    )
    publish(world)
    assert (world.commitment.state, owed(world)) == ("published", "met")


@pytest.mark.parametrize("who", ["station_officer", "province_admin", "leader"])
def test_nobody_publishes_but_the_officers_above(world, who):
    submit(world)
    with pytest.raises(Denied):
        publish_commitments(enrolment=world.enrolment, by=getattr(world, who), now=NOW)


def test_nobody_publishes_what_they_handed_in(world):
    submit_commitments(enrolment=world.enrolment, by=world.county_officer, now=NOW)
    with pytest.raises(Denied):
        publish_commitments(enrolment=world.enrolment, by=world.county_officer, now=NOW)
    publish_commitments(enrolment=world.enrolment, by=world.prefecture_officer, now=NOW)


def kept(world, status, by=None, key=None, text="抽查工单"):
    return record_fulfilment(
        commitment=world.commitment,
        status=status,
        seen_on=NOW.date(),
        text=text,
        by=by or world.county_officer,
        now=NOW,
        key=key,
    )


def test_a_broken_commitment_becomes_a_finding_by_itself_and_once(world):
    publish(world)
    assert kept(world, "kept").finding is None
    assert kept(world, "at_risk").finding is None
    rows = {kept(world, "broken", key="form").pk for _again in (1, 2)}
    assert len(rows) == 1
    (finding,) = Finding.objects.all()
    assert (finding.source, finding.enrolment) == (FindingSource.COMMITMENT, world.enrolment)
    assert "三日内答复" in finding.text
    assert Fulfilment.objects.get(status="broken").finding == finding


def test_only_a_published_commitment_is_kept_or_broken(world):
    with pytest.raises(WrongMoment):
        kept(world, "kept")
    publish(world)
    with pytest.raises(Denied):
        kept(world, "kept", by=world.leader)
    with pytest.raises(Incomplete):
        kept(world, "kept", text=" ")
    assert kept(world, "kept", by=world.station_officer)
