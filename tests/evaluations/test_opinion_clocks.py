"""The statutory clocks of opinions: by when, for whom, passed on and extended."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.roles import Role
from common.errors import Denied, WrongMoment
from evaluations.services import opinions as services
from evaluations.services.opinion_answers import answer_opinion
from evaluations.services.opinion_extensions import ask_extension, decide_extension, latest_day
from evaluations.services.opinion_transfers import send_opinion_back, transfer_opinion
from evaluations.services.terms import set_term
from tests.evaluations.test_opinions import named, owed, taken_up
from tests.factories import NOW, at, person


def test_the_clocks_of_the_petition_rules(world):
    # Received 2014-10-25: pass on within 5 days, tell within 15; taken up the same day: finish
    # within 30.
    opinion = named(world)
    assert owed(opinion) == [
        ("tell:1", "410122", "2014-11-09", "open"),
        ("transfer:1", "410122", "2014-10-30", "open"),
    ]
    services.accept_opinion(opinion=opinion, by=world.county_officer, now=NOW)
    assert owed(opinion) == [
        ("finish:1", "410122", "2014-11-24", "open"),
        ("tell:1", "410122", "2014-11-09", "met"),
        ("transfer:1", "410122", "2014-10-30", "met"),
    ]
    answer_opinion(opinion=opinion, text="已处理", by=world.county_officer, now=NOW)
    assert {row[3] for row in owed(opinion)} == {"met"}


def test_the_stations_page_does_not_learn_of_it_through_what_is_owed(world):
    named(world)
    assert not world.brigade_enrolment.obligations.filter(kind="opinion").exists()


def test_a_term_of_the_campaign_wins_and_what_runs_keeps_its_day(world):
    before = named(world)
    by = world.province_admin
    for campaign, days, unit in ((None, 9, "calendar"), (world.campaign, 3, "working")):
        set_term(
            campaign=campaign,
            step="transfer",
            days=days,
            unit=unit,
            basis="省局通知",
            by=by,
            now=NOW,
        )
    # 2014-10-25 is a Saturday; three working days on is Wednesday the 29th.
    after = named(world)
    assert after.terms.get(step="transfer").due_on == date(2014, 10, 29)
    assert before.terms.get(step="transfer").due_on == date(2014, 10, 30)
    with pytest.raises(Denied):
        set_term(
            campaign=None,
            step="tell",
            days=1,
            unit="calendar",
            basis="x",
            by=world.county_officer,
            now=NOW,
        )


def test_passing_on_hands_the_duty_over_and_sending_back_returns_it(world):
    # The complainant named the wrong brigade; the sibling county's is meant.
    opinion = named(world, target=world.county)
    transfer_opinion(
        opinion=opinion,
        to_unit=world.sibling_county,
        target=world.sibling_brigade.organisation,
        reason="反映的是登封大队",
        by=world.prefecture_officer,
        now=NOW,
    )
    assert (opinion.handler, opinion.enrolment) == (
        world.sibling_county,
        world.sibling_brigade_enrolment,
    )
    assert owed(opinion) == [
        ("tell:1", "410185", "2014-11-09", "open"),
        ("transfer:1", "410100", "2014-10-30", "met"),
    ]
    late = at("2014-10-31 00:00")
    with pytest.raises(WrongMoment):
        send_opinion_back(
            opinion=opinion, reason="不属本县", by=world.sibling_county_officer, now=late
        )
    in_time = late - timedelta(minutes=1)
    send_opinion_back(
        opinion=opinion, reason="不属本县", by=world.sibling_county_officer, now=in_time
    )
    assert (opinion.handler, opinion.target, opinion.enrolment) == (
        world.prefecture,
        world.county,
        None,
    )
    assert owed(opinion) == [
        ("tell:1", "410100", "2014-11-09", "open"),
        ("transfer:1", "410100", "2014-10-30", "met"),
        ("transfer:2", "410100", "2014-11-04", "open"),
    ]


def test_it_is_never_passed_to_the_unit_reported(world):
    opinion = named(world, target=world.county)
    for unit in (world.county, world.brigade.organisation, world.other_prefecture):
        with pytest.raises(Denied):
            transfer_opinion(
                opinion=opinion, to_unit=unit, reason="x", by=world.prefecture_officer, now=NOW
            )
    assert opinion.transfers.count() == 0


def test_more_time_takes_two_people_and_has_its_limits(world):
    colleague = person("colleague", world.county, Role.COUNTY_OFFICER)
    leader = person("county_leader", world.county, Role.LEADER)
    opinion = taken_up(world)
    # Taken up on 25 October: 60 days end on 24 December, 90 on 23 January.
    assert latest_day(opinion) == date(2014, 12, 24)
    with pytest.raises(ValidationError):
        ask_extension(
            opinion=opinion,
            due_on=date(2014, 12, 25),
            reason="案情复杂",
            by=world.county_officer,
            now=NOW,
        )
    asked = ask_extension(
        opinion=opinion,
        due_on=date(2014, 12, 24),
        reason="案情复杂",
        by=world.county_officer,
        now=NOW,
    )
    with pytest.raises(Denied):
        decide_extension(
            extension=asked, approve=True, reason="同意", by=world.county_officer, now=NOW
        )
    decide_extension(extension=asked, approve=True, reason="同意", by=colleague, now=NOW)
    assert ("finish:1", "410122", "2014-12-24", "open") in owed(opinion)
    assert latest_day(opinion) == date(2015, 1, 23)
    second = ask_extension(
        opinion=opinion,
        due_on=date(2015, 1, 23),
        reason="需鉴定",
        by=world.county_officer,
        now=NOW,
    )
    decide_extension(extension=second, approve=False, reason="应抓紧", by=leader, now=NOW)
    assert ("finish:1", "410122", "2014-12-24", "open") in owed(opinion)
