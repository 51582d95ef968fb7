"""No two runs tell a ballot: while ballots come in, five of each station stay out."""

import pytest
from django.urls import reverse

from common.errors import WrongMoment
from scoring.discretion import leave_out, takes_new
from scoring.services.policies import load_default_policy
from scoring.services.publication import preview_run
from scoring.services.runs import make_run
from surveys.tallies import Cell
from tests.factories import NOW, small_province
from tests.scoring.voters import assess, close_questionnaire, questionnaire, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    """The questionnaire is still open; the brigade has 60 ballots, 30 of them of the service."""
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    world = small_province()
    questionnaire(world.campaign)
    load_default_policy(campaign=world.campaign, by=None, now=NOW)
    vote(world.brigade_enrolment, "service", ("111", 15), ("222", 15))
    vote(world.brigade_enrolment, "supervisor", ("111", 5), ("333", 5))
    vote(world.brigade_enrolment, "society", ("111", 20))
    assess(world.brigade_enrolment, world.prefecture_assessor, prefecture="90", county="80")
    return world


def run_of(world):
    return make_run(campaign=world.campaign, by=world.province_officer, now=NOW)


def brigade(run):
    return run.scores.get(code="410122-1")


def test_five_ballots_stay_out_of_a_preliminary_run(world):
    run = run_of(world)
    row = brigade(run)
    assert run.preliminary
    assert (row.valid_ballots, row.left_out) == (55, 5)
    # Nothing changed: nothing is drawn anew, so that the lots cannot be told by repeating.
    assert run_of(world).input_digest == run.input_digest


def test_one_ballot_more_changes_nothing_and_five_do(world):
    first = run_of(world)
    vote(world.brigade_enrolment, "supervisor", ("333", 1))
    second = run_of(world)
    assert brigade(second).inputs == brigade(first).inputs
    assert second.output_digest == first.output_digest
    vote(world.brigade_enrolment, "supervisor", ("333", 3))
    assert run_of(world).output_digest == first.output_digest
    vote(world.brigade_enrolment, "supervisor", ("333", 1))
    third = brigade(run_of(world))
    assert (third.valid_ballots, third.left_out) == (60, 5)
    assert third.inputs != brigade(first).inputs


def test_the_final_run_counts_every_ballot_and_differs_by_five_at_least(world):
    first = brigade(run_of(world))
    vote(world.brigade_enrolment, "service", ("333", 1))
    close_questionnaire(world.campaign)
    run = run_of(world)
    assert not run.preliminary
    assert brigade(run).valid_ballots == 61
    assert brigade(run).valid_ballots - first.valid_ballots == 6


def test_without_the_rule_the_difference_would_be_the_ballot(world):
    """The negative control: final runs, one ballot apart, do tell it. Nobody below the province
    sees a run that was not shown; and after the end no ballot comes any more."""
    close_questionnaire(world.campaign)
    first = brigade(run_of(world))
    vote(world.brigade_enrolment, "supervisor", ("313", 1))
    second = brigade(run_of(world))
    apart = {
        (question, option): count
        - first.inputs["groups"]["supervisor"]["counts"][question].get(option, 0)
        for question, options in second.inputs["groups"]["supervisor"]["counts"].items()
        for option, count in options.items()
    }
    assert {key for key, count in apart.items() if count} == {("1", "3"), ("2", "1")}


def test_a_preliminary_run_shows_no_breakdown_and_is_not_previewed(world, client):
    run = run_of(world)
    client.force_login(world.province_officer)
    address = reverse("scoring:score", args=[world.brigade_enrolment.pk])
    page = client.get(address)
    assert page.context["chain"].groups == ()
    assert page.context["chain"].composite is not None
    with pytest.raises(WrongMoment):
        preview_run(run=run, reason="试算", by=world.province_officer, now=NOW)
    close_questionnaire(world.campaign)
    final = run_of(world)
    assert len(client.get(address).context["chain"].groups) == 3
    assert (
        preview_run(run=final, reason="试算", by=world.province_officer, now=NOW).state
        == "previewed"
    )


def test_units_do_not_see_a_preliminary_run(world, client):
    run = run_of(world)
    client.force_login(world.county_officer)
    assert list(client.get(reverse("scoring:ranking")).context["page"]) == []
    assert client.get(reverse("scoring:run", args=[run.pk])).status_code == 404


def cells(*groups):
    made = []
    for group, sheets in groups:
        columns = {number: "".join(sheet[number] for sheet in sheets) for number in (0, 1)}
        made.append(Cell(1, group, len(sheets), (), columns))
    return made


def test_the_lot_does_not_depend_on_the_order_of_ballots():
    sheets = ["11", "12", "31", "22", "13", "23", "33"] * 3
    one = leave_out(cells(("service", sheets), ("society", ["11", "22"])))
    other = leave_out(cells(("society", ["22", "11"]), ("service", sheets[::-1])))
    assert sum(cell.ballots for cell in one) == 18

    def content(made):
        return sorted(
            (cell.group, sheet)
            for cell in made
            for sheet in zip(*cell.columns.values(), strict=True)
        )

    assert content(one) == content(other)
    assert leave_out(cells(("service", ["11"] * 5))) == []


@pytest.mark.parametrize(("now", "takes"), [(60, False), (64, False), (65, True), (55, True)])
def test_new_ballots_are_taken_in_by_fives(now, takes):
    assert takes_new(55, 5, now) is takes
