"""The campaign editor: drafting, checking what is missing, changing dates, taking a year over."""

from dataclasses import replace
from datetime import date

import pytest
from django.test import override_settings
from django.urls import reverse

from accounts.models import AuditEvent
from campaign.models import (
    Campaign,
    CampaignState,
    DueUnit,
    Enrolment,
    Obligation,
    ObligationKind,
    ObligationState,
    Submission,
)
from campaign.services.definitions import RulePlan, change, draft, read_definition
from campaign.services.opening import close_campaign, open_campaign, what_is_missing
from campaign.services.retirement import retire
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Delivery, Notice
from evaluations.models import Standard
from portal.campaigns import copy_campaign
from scoring.models import ScoringPolicy
from scoring.services.policies import load_default_policy
from stations.models import Station
from surveys.services.questionnaires import load_questionnaire, open_questionnaire
from tests.factories import NOW, at, small_province
from tests.survey_rows import GROUPS, QUESTIONS, SCALES

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return small_province()


def changed(world, definition, reason="推迟", version=None, by=None):
    return change(
        campaign=world.campaign,
        definition=definition,
        expected_version=version or Campaign.objects.get(pk=world.campaign.pk).version,
        reason=reason,
        by=by or world.province_admin,
        now=NOW,
    )


def with_rule(definition, kind, **columns):
    rules = {rule.kind: rule for rule in definition.rules}
    rules[kind] = replace(rules.get(kind, RulePlan(kind, DueUnit.FIXED)), **columns)
    return replace(definition, rules=tuple(rules.values()))


def test_a_definition_written_is_the_definition_read(world):
    definition = read_definition(world.campaign)
    copy = draft(definition=definition.moved(2015), by=world.province_admin, now=NOW)
    again = read_definition(copy)
    assert again == definition.moved(2015)
    assert {rule.due_on.year for rule in again.rules if rule.due_on} == {2015}
    assert again.title_zh == "2015年创建群众满意基层站所活动"


def test_29_february_moves_to_the_28th(world):
    definition = with_rule(
        replace(read_definition(world.campaign), year=2016),
        ObligationKind.PLAN,
        due_on=date(2016, 2, 29),
    )
    moved = {rule.kind: rule.due_on for rule in definition.moved(2017).rules}
    assert moved[ObligationKind.PLAN] == date(2017, 2, 28)


def test_a_year_has_one_campaign_and_only_the_province_drafts(world):
    definition = read_definition(world.campaign)
    with pytest.raises(WrongMoment):
        draft(definition=definition, by=world.province_admin, now=NOW)
    with pytest.raises(Denied):
        draft(definition=definition.moved(2015), by=world.province_officer, now=NOW)


def test_a_draft_says_what_is_missing_and_opens_once_nothing_is(world):
    empty = replace(
        read_definition(world.campaign).moved(2015), notice=" ", phases=(), rules=(), steps=()
    )
    row = draft(definition=empty, by=world.province_admin, now=NOW)
    assert len(what_is_missing(row)) == 4
    with pytest.raises(Incomplete):
        open_campaign(campaign=row, by=world.province_admin, now=NOW)
    whole = read_definition(world.campaign).moved(2015)
    change(
        campaign=row, definition=whole, expected_version=1, reason="",
        by=world.province_admin, now=NOW,
    )  # fmt: skip
    assert what_is_missing(row) == []
    open_campaign(campaign=row, by=world.province_admin, now=at("2015-08-01 09:00"))
    owed = Obligation.objects.filter(campaign=row, organisation=world.county)
    assert {row.kind: str(row.due_on) for row in owed} == {
        # Saturday the 1st, then the five working days from Monday on.
        "receipt": "2015-08-07",
        "registry": "2015-08-20",
        "plan": "2015-08-31",
    }


def test_later_dates_of_an_open_campaign_move_what_is_open_and_tell_those_who_owe(world):
    met = Obligation.objects.get(kind="commitments", enrolment=world.brigade_enrolment)
    Obligation.objects.filter(pk=met.pk).update(state=ObligationState.MET, met_at=NOW)
    definition = with_rule(
        read_definition(world.campaign), ObligationKind.COMMITMENTS, due_on=date(2014, 9, 10)
    )
    assert changed(world, definition) == 5
    open_days = Obligation.objects.filter(kind="commitments", state="open").values_list(
        "due_on", "due_before"
    )
    assert set(open_days) == {(date(2014, 9, 10), date(2014, 8, 31))}
    met.refresh_from_db()
    assert met.due_on == date(2014, 8, 31)
    told = {row.user.username for row in Notice.objects.all()}
    assert told == {"township_officer"}
    assert Delivery.objects.filter(kind="change").count() == 1
    assert AuditEvent.objects.get(act="campaign.changed").reason == "推迟"


def test_an_open_campaign_wants_the_reason_and_a_fresh_form(world):
    definition = with_rule(
        read_definition(world.campaign), ObligationKind.PLAN, due_on=date(2014, 9, 10)
    )
    with pytest.raises(Incomplete):
        changed(world, definition, reason=" ")
    with pytest.raises(WrongMoment):
        changed(world, definition, version=7)
    with pytest.raises(Denied):
        changed(world, definition, by=world.leader)
    # Words alone need none.
    words = replace(read_definition(world.campaign), title_en="Another title")
    assert changed(world, words, reason="") == 0


def test_a_rule_by_which_something_is_owed_stays(world):
    definition = read_definition(world.campaign)
    rules = tuple(rule for rule in definition.rules if rule.kind != "self_inspection")
    with pytest.raises(Incomplete):
        changed(world, replace(definition, rules=rules))
    Obligation.objects.filter(kind="self_inspection").delete()
    changed(world, replace(definition, rules=rules))
    assert not world.campaign.obligation_rules.filter(kind="self_inspection").exists()


def test_new_phase_dates_are_told_to_everybody(world):
    definition = read_definition(world.campaign)
    later = tuple(replace(phase, ends_on=date(2014, 12, 5)) for phase in definition.phases)
    changed(world, replace(definition, phases=later))
    assert Notice.objects.filter(user=world.leader).count() == 1
    assert world.campaign.allows("summary", at("2014-12-05 23:59"))
    assert not world.campaign.allows("summary", at("2014-12-06 00:00"))


def test_a_closed_campaign_stays_as_it_was(world):
    with pytest.raises(Incomplete):
        close_campaign(campaign=world.campaign, reason="", by=world.province_admin, now=NOW)
    close_campaign(campaign=world.campaign, reason="结束", by=world.province_admin, now=NOW)
    with pytest.raises(WrongMoment):
        changed(world, read_definition(world.campaign))


# --- taking a year over ---------------------------------------------------------------------------


def test_last_years_campaign_is_taken_over_whole(world):
    act = {"by": world.province_admin, "now": NOW}
    questionnaire = load_questionnaire(
        campaign=world.campaign, questions=QUESTIONS, scales=SCALES, groups=GROUPS, **act
    )
    open_questionnaire(questionnaire=questionnaire, **act)
    policy = load_default_policy(campaign=world.campaign, **act)
    retire(
        station=world.township, on=NOW.date(), successor=world.brigade, merged=True,
        reason="撤乡并镇", by=world.county_officer, now=NOW,
    )  # fmt: skip
    new = copy_campaign(source=world.campaign, year=2015, **act)
    assert (new.state, new.year) == (CampaignState.DRAFT, 2015)
    old_standard = Standard.objects.in_force(world.campaign)
    standard = Standard.objects.in_force(new)
    assert [row.name_zh for row in standard.criteria()] == [
        row.name_zh for row in old_standard.criteria()
    ]
    assert new.questionnaires.get().questions.count() == questionnaire.questions.count()
    copied = ScoringPolicy.objects.in_force(new)
    assert copied.pk != policy.pk
    assert list(copied.parts.values_list("line", "part", "weight")) == list(
        policy.parts.values_list("line", "part", "weight")
    )
    # The merged station's successor takes part once.
    codes = Enrolment.objects.filter(campaign=new).values_list("station__organisation__code")
    assert sorted(code for (code,) in codes) == [
        "410122-1", "410181-1", "410185-1", "410221-1", "419001-1",
    ]  # fmt: skip
    assert not Obligation.objects.filter(campaign=new).exists()
    open_campaign(campaign=new, by=world.province_admin, now=at("2015-08-01 09:00"))
    owed = Obligation.objects.filter(campaign=new, organisation=world.brigade.organisation)
    assert sorted(owed.values_list("kind", flat=True)) == [
        "commitments", "plan", "self_inspection",
    ]  # fmt: skip


# --- stations that close --------------------------------------------------------------------------


def test_a_closed_station_owes_nothing_more_and_keeps_its_history(world):
    before = Obligation.objects.open().filter(enrolment=world.brigade_enrolment).count()
    waived = retire(
        station=world.brigade, on=date(2014, 10, 20), successor=None, merged=False,
        reason="机构改革", by=world.county_officer, now=NOW,
    )  # fmt: skip
    assert waived == before > 0
    assert not Obligation.objects.open().filter(enrolment=world.brigade_enrolment).exists()
    row = Station.objects.get(pk=world.brigade.pk)
    assert (row.closed_on, row.organisation.active) == (date(2014, 10, 20), False)
    (turn,) = row.changes.all()
    assert (turn.kind, turn.name_zh_before, turn.reason) == (
        "closed", "单位410122-1", "机构改革",
    )  # fmt: skip
    assert row not in Station.objects.at_work()


def test_closing_needs_a_reason_a_live_successor_and_the_own_bureau(world):
    act = {"station": world.brigade, "on": NOW.date(), "now": NOW, "by": world.county_officer}
    with pytest.raises(Incomplete):
        retire(successor=None, merged=False, reason=" ", **act)
    with pytest.raises(Incomplete):
        retire(successor=None, merged=True, reason="x", **act)
    with pytest.raises(Incomplete):
        retire(successor=world.brigade, merged=True, reason="x", **act)
    with pytest.raises(Denied):
        retire(
            successor=None, merged=False, reason="x",
            **act | {"by": world.sibling_county_officer},
        )  # fmt: skip
    retire(successor=world.township, merged=True, reason="x", **act)
    with pytest.raises(WrongMoment):
        retire(successor=world.township, merged=True, reason="x", **act)


# --- pages ----------------------------------------------------------------------------------------


@override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")
def test_the_editor_shows_what_is_and_saves_what_is_typed(client, world):
    client.force_login(world.province_admin)
    address = reverse("campaign:campaign-edit", args=[world.campaign.pk])
    form = client.get(address).context["form"]
    data = {field.html_name: value for field in form if (value := field.value()) not in (None, "")}
    data |= {"plan_due_on": "2014-09-05"}
    refused = client.post(address, data)
    assert refused.context["form"].errors.keys() == {"reason"}
    assert refused.context["form"]["plan_due_on"].value() == "2014-09-05"
    assert client.post(address, data | {"reason": "汛期"}).status_code == 302
    plans = Obligation.objects.filter(kind="plan").values_list("due_on", flat=True)
    assert set(plans) == {date(2014, 9, 5)}
    assert not Submission.objects.exists()
