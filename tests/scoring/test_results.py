"""What follows from a published run: rules propose, people decide, the database insists on it."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from campaign.models import Campaign, CampaignState
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import EligibilityWithdrawal, Veto
from scoring.history import front_places
from scoring.models import (
    Consequence,
    Honour,
    Objection,
    ResultQuota,
    ResultRules,
    StationScore,
)
from scoring.papers import award_list, circular
from scoring.services import consequences, honours
from scoring.services.contacts import forget_objectors
from scoring.services.proposals import propose_results
from scoring.services.result_rules import written_rules_of
from scoring.services.runs import make_run
from scoring.whatif import sensitivity
from scoring.workflow import CONSEQUENCE, HONOUR
from tests.factories import NOW, at
from tests.scoring.deciders import AFTER, DAY, decided_province, impose, past, propose, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return decided_province()


def nominated(world, honour, now=DAY):
    return honours.nominate(
        honour=honour,
        reason="满意度高",
        recheck_on=date(2014, 11, 5),
        recheck_note="复查属实",
        by=world.province_officer,
        now=now,
    )


def confirmed(world, honour, now=AFTER, by=None):
    return honours.confirm_honour(
        honour=honour, reason="公示无异议", by=by or world.leader, now=now
    )


def test_the_rules_propose_by_rank_and_satisfaction(world):
    assert propose(world) == (2, 4)
    assert proposed() == {("commendation", "419001-1"), ("commendation", "410122-2")}
    # Of three brigades the last place is shared by two; both are below 80 as well.
    brigades = ("410122-1", "410185-1")
    assert proposed(Consequence) == {
        (kind, code) for kind in ("criticism", "admonition") for code in brigades
    }
    honour = Honour.objects.get(score__code="419001-1")
    assert honour.basis == {"composite": "85.00", "rank": 1, "size": 3}
    assert propose(world) == (0, 0)


def test_whoever_ties_at_the_quota_is_proposed_too(world):
    rules = written_rules_of(world.campaign)
    rules.high_floor, rules.low_ceiling = 79, 60
    rules.save()
    ResultQuota.objects.filter(honour="commendation", kind="brigade").update(number=2)
    propose(world)
    brigades = {code for kind, code in proposed() if kind == "commendation"} - {"410122-2"}
    assert brigades == {"419001-1", "410122-1", "410185-1"}


def test_results_follow_from_a_published_run_in_their_phase(world):
    with pytest.raises(WrongMoment):
        propose_results(run=world.run, by=world.province_officer, now=NOW)
    draft = make_run(campaign=world.campaign, by=None, now=NOW)
    with pytest.raises(WrongMoment):
        propose_results(run=draft, by=world.province_officer, now=DAY)
    with pytest.raises(Denied):
        propose_results(run=world.run, by=world.county_officer, now=DAY)
    assert propose(world)[0] == 2


def test_a_veto_bars_honours_and_climbs_to_the_bureau(world):
    StationScore.objects.filter(run=world.run, code="419001-1").update(
        inputs={"daily": {}, "groups": {}, "vetoed": True}
    )
    veto = Veto.objects.create(
        enrolment=world.jiyuan_enrolment,
        reason="影响恶劣",
        state="in_effect",
        proposed_by=world.province_officer,
        proposed_at=NOW,
        decided_by=world.leader,
        decided_at=NOW,
    )
    EligibilityWithdrawal.objects.create(
        veto=veto, campaign=world.campaign, organisation=world.jiyuan, withdrawn_at=NOW
    )
    propose(world)
    assert ("commendation", "419001-1") not in proposed()
    assert {("bureau", "419001"), ("criticism", "419001-1")} <= proposed(Consequence)


@pytest.mark.parametrize(
    ("fields", "year", "proposes"),
    [
        ({}, 2013, True),
        ({"composite": 84}, 2013, False),  # not high the year before
        ({"rank_kind": 11}, 2013, False),  # not in front: the first tenth is 10 of 100
        ({}, 2012, False),  # not running: 2013 is missing
    ],
)
def test_two_years_high_and_in_front_is_a_basis_for_the_head(world, fields, year, proposes):
    past(world, world.jiyuan_brigade, year, **fields)
    propose(world)
    assert (("promotion", "419001-1") in proposed()) is proposes


def test_history_follows_the_station_through_a_new_name(world):
    past(world, world.jiyuan_brigade, 2013)
    unit = world.jiyuan_brigade.organisation
    unit.name_zh, unit.code = "济源市应急执法大队", "419001-9"
    unit.save()
    propose(world)
    assert Honour.objects.filter(kind="promotion").count() == 1


def test_two_years_behind_and_circulated_is_accountability(world):
    past(
        world,
        world.brigade,
        2013,
        composite=50,
        rank_kind=100,
        circulated=True,
        backward=True,
    )
    propose(world)
    assert ("accountability", "410122-1") not in proposed(Consequence)  # not circulated this year
    impose(world, Consequence.objects.get(kind="criticism", organisation__code="410122-1"))
    propose(world)
    assert ("accountability", "410122-1") in proposed(Consequence)


def test_an_honour_takes_two_people_a_recheck_and_the_publics_silence(world):
    propose(world)
    honour = Honour.objects.get(score__code="419001-1")
    with pytest.raises(WrongMoment):
        confirmed(world, honour)
    with pytest.raises(Incomplete):
        honours.nominate(
            honour=honour,
            reason="满意度高",
            recheck_on=None,
            recheck_note="",
            by=world.province_officer,
            now=DAY,
        )
    nominated(world, honour)
    period = honours.open_publicity(campaign=world.campaign, by=world.leader, now=DAY)
    assert (period.opens_on, period.closes_on) == (date(2014, 11, 10), date(2014, 11, 17))
    honour.refresh_from_db()
    with pytest.raises(WrongMoment):
        confirmed(world, honour, now=at("2014-11-17 23:59"))
    assert confirmed(world, honour).state == "confirmed"
    sections = award_list(world.campaign, final=True).sections
    assert [(row.code, row.rank, row.size) for row in sections[0].rows] == [("419001-1", 1, 3)]


def test_who_nominated_does_not_confirm(world):
    propose(world)
    honour = Honour.objects.get(score__code="419001-1")
    honours.nominate(
        honour=honour,
        reason="满意度高",
        recheck_on=date(2014, 11, 5),
        recheck_note="属实",
        by=world.province_admin,
        now=DAY,
    )
    honours.open_publicity(campaign=world.campaign, by=world.leader, now=DAY)
    honour.refresh_from_db()
    with pytest.raises(Denied):
        confirmed(world, honour, by=world.province_admin)
    assert confirmed(world, honour, by=world.leader).decided_by == world.leader


def before_the_public(world):
    propose(world)
    honour = nominated(world, Honour.objects.get(score__code="419001-1"))
    honours.open_publicity(campaign=world.campaign, by=world.leader, now=DAY)
    honour.refresh_from_db()
    return honour


def test_the_public_objects_and_what_is_upheld_takes_the_name_off(world, client, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-11-10"
    honour = before_the_public(world)
    address, key = reverse("scoring:publicity"), uuid4()
    form = {"honour": honour.pk, "text": "该站所负责人有违纪行为，请核实。", "key": key}
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302
    objection = Objection.objects.get()
    assert "违纪" not in client.get(address).content.decode()
    with pytest.raises(WrongMoment):
        confirmed(world, honour)
    with pytest.raises(Denied):
        honours.decide_objection(
            objection=objection, uphold=True, reason="x", by=world.province_officer, now=DAY
        )
    honours.decide_objection(
        objection=objection, uphold=True, reason="查实", by=world.leader, now=DAY
    )
    with pytest.raises(WrongMoment):
        confirmed(world, honour)
    honours.reject_honour(honour=honour, reason="异议成立", by=world.province_officer, now=AFTER)
    assert honour.state == "rejected"


def test_objections_end_with_the_period(world):
    honour = before_the_public(world)
    late = {"text": "迟到的异议……", "contact": "", "key": uuid4()}
    with pytest.raises(WrongMoment):
        honours.object_to(honour=honour, now=AFTER, **late)
    assert honours.object_to(honour=honour, now=at("2014-11-17 23:59"), **late).pk


def test_the_quota_and_an_imposed_admonition_stop_a_confirmation(world):
    honour = before_the_public(world)
    row = Consequence.objects.create(
        campaign=world.campaign,
        organisation=world.jiyuan_brigade.organisation,
        kind="admonition",
        proposed_at=DAY,
    )
    impose(world, row)
    with pytest.raises(WrongMoment):
        confirmed(world, honour)
    consequences.decide_consequence(
        consequence=row, move="lifted", reason="复核", by=world.leader, now=DAY
    )
    ResultQuota.objects.filter(honour="commendation", kind="brigade").update(number=0)
    with pytest.raises(WrongMoment):
        confirmed(world, honour)
    ResultQuota.objects.filter(honour="commendation", kind="brigade").update(number=1)
    assert confirmed(world, honour).state == "confirmed"


def test_a_consequence_takes_two_people(world):
    propose(world)
    row = Consequence.objects.get(kind="admonition", organisation__code="410122-1")
    with pytest.raises(WrongMoment):
        consequences.decide_consequence(
            consequence=row, move="imposed", reason="x", by=world.leader, now=DAY
        )
    consequences.endorse_consequence(
        consequence=row, reason="满意度低", by=world.province_admin, now=DAY
    )
    with pytest.raises(Denied):
        consequences.decide_consequence(
            consequence=row, move="imposed", reason="x", by=world.province_admin, now=DAY
        )
    consequences.decide_consequence(
        consequence=row, move="imposed", reason="同意", by=world.leader, now=DAY
    )
    facts = circular(world.campaign).admonition
    assert [(row.code, row.reason) for row in facts] == [("410122-1", "同意")]


@pytest.mark.parametrize("machine", [HONOUR, CONSEQUENCE], ids=lambda machine: machine.noun)
def test_no_state_beyond_the_proposal_is_possible_without_a_person(world, machine):
    """Every target of every move, written past the services and without a name: the database
    refuses it. No machine decides on a person."""
    propose(world)
    model = Honour if machine is HONOUR else Consequence
    row = model.objects.first()
    targets = {move.target for move in machine.moves}
    assert len(targets) == (5 if machine is HONOUR else 4)
    for state in targets:
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.filter(pk=row.pk).update(state=state)
    # The twin: with the names of two people the same row goes through.
    first = "nominated" if machine is HONOUR else "endorsed"
    model.objects.filter(pk=row.pk).update(
        state="confirmed" if machine is HONOUR else "imposed",
        decided_by=world.leader,
        decided_at=DAY,
        **{f"{first}_by": world.province_officer, f"{first}_at": DAY},
    )


def test_units_see_what_was_imposed_and_not_what_is_weighed(world, client):
    propose(world)
    row = Consequence.objects.get(kind="admonition", organisation__code="410122-1")
    visible = Consequence.objects.visible_to(world.county_officer)
    assert not visible.exists()
    impose(world, row)
    assert list(visible.all()) == [row]
    assert not Consequence.objects.visible_to(world.other_prefecture_officer).exists()


def test_shares_by_hand():
    """158 brigades: a tenth is 15 places, 5% are 7; of ten stations 5% are still one."""
    assert front_places(158, Decimal("0.1")) == 15
    assert front_places(158, Decimal("0.05")) == 7
    assert front_places(10, Decimal("0.05")) == 1


@pytest.mark.parametrize(
    "name", ["honours", "consequences", "units", "public-ranking", "publicity", "runs"]
)
def test_lists_cost_the_same_for_more_rows(world, client, settings, name):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-11-10"

    def cost():
        client.force_login(world.province_officer)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"scoring:{name}")).status_code == 200
        return len(queries)

    propose(world)
    first = Honour.objects.get(score__code="419001-1")
    nominated(world, first)
    honours.open_publicity(campaign=world.campaign, by=world.leader, now=DAY)
    few = cost()
    for score in world.run.scores.filter(status="ranked").exclude(code="419001-1"):
        Honour.objects.filter(enrolment=score.enrolment, kind="commendation").delete()
        Honour.objects.create(
            campaign=world.campaign,
            enrolment=score.enrolment,
            score=score,
            kind="commendation",
            proposed_at=DAY,
            state="publicised",
            publicity=Honour.objects.get(pk=first.pk).publicity,
            nominated_by=world.province_officer,
            nominated_at=DAY,
        )
    make_run(campaign=world.campaign, by=None, now=NOW)
    assert cost() == few


def test_asking_what_if_writes_nothing(world):
    ResultQuota.objects.all().delete()
    ResultRules.objects.all().delete()
    list(sensitivity(world.run))
    award_list(world.campaign, final=True)
    assert not ResultRules.objects.exists()


def test_the_contact_of_who_objected_goes_with_the_names_of_complainants(world):
    """Twelve months after 30 November 2014, and only what is decided."""
    honour = before_the_public(world)
    rows = [
        honours.object_to(honour=honour, text="请核实该站所", contact=contact, key=uuid4(), now=DAY)
        for contact in ("13800001111", "13900002222")
    ]
    honours.decide_objection(
        objection=rows[0], uphold=False, reason="查无此事", by=world.leader, now=DAY
    )
    over = at("2015-12-01 00:00")
    assert forget_objectors(now=over) == 0
    Campaign.objects.update(state=CampaignState.CLOSED)
    assert forget_objectors(now=at("2015-11-30 23:59")) == 0
    assert forget_objectors(now=over) == 1
    kept = Objection.objects.order_by("pk").values_list("contact", "text")
    assert list(kept) == [("", "请核实该站所"), ("13900002222", "请核实该站所")]
    event = AuditEvent.objects.get(act="objectors.forgotten")
    assert event.after["number"] == 1 and "1380" not in str(event.after)
