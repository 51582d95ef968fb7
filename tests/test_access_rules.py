"""Rules of access that no page shows, since a narrower one stands before them there: asked one by
one. Each refusal has a twin from the same set-up."""

from types import SimpleNamespace

import pytest

from accounts.models import Membership
from accounts.roles import Role
from campaign.models import Receipt, Submission
from campaign.policies import check_can_review_submission, check_can_write_submission
from common.errors import Denied
from evaluations.models import Commitment, Fulfilment
from evaluations.opinion_policies import (
    check_can_decide_extension,
    check_can_enter,
    check_may_handle_about,
)
from evaluations.policies import check_can_record_many, check_reviewer
from evaluations.task_policies import _check_above
from reports.policies import check_can_request
from scoring.models import PastResult
from scoring.policies import check_can_assess, check_can_read_score
from surveys.policies import check_above, check_can_read_leads
from tests.factories import NOW, at, person, small_province
from tests.scoring.deciders import past

AFTER = at("2014-12-15 09:00")


@pytest.fixture
def world(db):
    world = small_province()
    world.colleague = person("colleague", world.county, Role.COUNTY_OFFICER)
    return world


def a_plan(world):
    key = {"campaign": world.campaign, "organisation": world.county, "kind": "plan"}
    state = {"text": "方案", "state": "submitted"}
    return Submission.objects.get_or_create(**key, defaults=state)[0]


def an_extension(world):
    opinion = SimpleNamespace(handler=world.county, state="accepted")
    return SimpleNamespace(opinion=opinion, asked_by_id=0, state="asked")


def acting(user, organisation, role):
    """The person with a role that no page would give them there."""
    user.acting = Membership(user=user, organisation=organisation, role=role)
    return user


# Words → (what is asked, with whom it passes, with whom it must not).
RULES = {
    "a plan is written by its own unit's officer": (
        lambda w, who: check_can_write_submission(who, w.campaign, w.county),
        lambda w: w.county_officer,
        lambda w: w.sibling_county_officer,
    ),
    "a plan is decided on by the unit right above": (
        lambda w, who: check_can_review_submission(who, a_plan(w)),
        lambda w: w.prefecture_officer,
        lambda w: w.other_prefecture_officer,
    ),
    "an extension is decided on by the handling unit or one above": (
        lambda w, who: check_can_decide_extension(who, an_extension(w)),
        lambda w: w.county_officer,
        lambda w: w.sibling_county_officer,
    ),
    "paper opinions are entered about units below": (
        lambda w, who: check_can_enter(who, w.campaign, w.brigade.organisation),
        lambda w: w.county_officer,
        lambda w: w.sibling_county_officer,
    ),
    "opinions about the whole campaign are entered by the province": (
        lambda w, who: check_can_enter(who, w.campaign, None),
        lambda w: w.province_officer,
        lambda w: w.county_officer,
    ),
    "what is about the whole campaign is the province's": (
        lambda w, who: check_may_handle_about(who.organisation, None),
        lambda w: w.province_officer,
        lambda w: w.county_officer,
    ),
    "a station handles no opinion, be it above something": (
        lambda w, who: (
            check_may_handle_about(
                who.organisation, SimpleNamespace(pk=0, path=f"{who.organisation.path}x/", name="x")
            )
            if who.organisation.kind == "station"
            else check_may_handle_about(who.organisation, w.brigade.organisation)
        ),
        lambda w: w.county_officer,
        lambda w: w.station_officer,
    ),
    "work is reviewed from above the station": (
        lambda w, who: check_reviewer(who, w.brigade_enrolment, None),
        lambda w: w.county_officer,
        lambda w: acting(w.station_officer, w.brigade.organisation, Role.COUNTY_OFFICER),
    ),
    "nobody reviews what they submitted": (
        lambda w, who: check_reviewer(who, w.brigade_enrolment, w.county_officer.pk),
        lambda w: w.colleague,
        lambda w: w.county_officer,
    ),
    "tasks are reviewed from above the station": (
        lambda w, who: _check_above(who, w.brigade_enrolment),
        lambda w: w.county_officer,
        lambda w: acting(w.station_officer, w.brigade.organisation, Role.COUNTY_OFFICER),
    ),
    "codes are given out from above the station": (
        lambda w, who: check_above(who, w.brigade_enrolment),
        lambda w: w.county_officer,
        lambda w: acting(w.station_officer, w.brigade.organisation, Role.COUNTY_OFFICER),
    ),
    "leads are not shown to the station": (
        lambda w, who: check_can_read_leads(who, w.brigade_enrolment, AFTER),
        lambda w: w.county_officer,
        lambda w: w.station_officer,
    ),
    "a batch holds nobody else's stations": (
        lambda w, who: check_can_record_many(
            who, w.campaign, [w.brigade_enrolment], "accept", NOW, lambda user, enrolment: None
        ),
        lambda w: w.prefecture_officer,
        lambda w: w.other_prefecture_officer,
    ),
    "the county's daily score is given by the county's assessor": (
        lambda w, who: check_can_assess(who, w.brigade_enrolment, "county", NOW),
        lambda w: w.county_assessor,
        lambda w: w.prefecture_assessor,
    ),
    "a directly administered county's station has no prefecture's score": (
        lambda w, who: check_can_assess(
            who, w.direct_brigade_enrolment, who.organisation.kind, at("2014-11-05 09:00")
        ),
        lambda w: w.province_assessor,
        lambda w: w.prefecture_assessor,
    ),
    "a station reads its score when it is shown": (
        lambda w, who: check_can_read_score(who, None),
        lambda w: w.county_officer,
        lambda w: w.station_officer,
    ),
    "a paper is made of the kinds of unit that it is for": (
        lambda w, who: check_can_request(
            who, SimpleNamespace(right="report_make", units=("county",)), who.organisation
        ),
        lambda w: w.county_officer,
        lambda w: w.prefecture_officer,
    ),
}


@pytest.mark.parametrize("words", RULES)
def test_a_rule_refuses_and_lets_pass(words, world):
    ask, passes, refused = RULES[words]
    ask(world, passes(world))
    with pytest.raises(Denied):
        ask(world, refused(world))


def test_rows_that_no_list_shows_directly_have_their_scope_too(world):
    past(world, world.brigade, 2013)
    Fulfilment.objects.create(
        commitment=Commitment.objects.create(
            enrolment=world.brigade_enrolment,
            area=world.campaign.standards.get().areas.first(),
            content="首问负责",
            responsible="张三",
            supervision_phone="0371-12345678",
        ),
        status="kept",
        seen_on=NOW.date(),
        text="属实",
        recorded_by=world.county_officer,
        recorded_at=NOW,
    )
    Receipt.objects.create(
        campaign=world.campaign,
        organisation=world.county,
        signed_by=world.county_officer,
        signed_at=NOW,
    )
    for rows in (PastResult.objects, Fulfilment.objects, Receipt.objects):
        assert rows.visible_to(world.county_officer).count() == 1
        assert rows.visible_to(world.sibling_county_officer).count() == 0
