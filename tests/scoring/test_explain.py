"""A score explained: every figure by hand, and nothing told of fewer than five ballots."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from scoring.explain import explain, plain
from scoring.models import PolicyGroup, StationScore
from scoring.services.runs import make_run
from tests.factories import NOW, small_province
from tests.scoring.voters import scored_province, show_to_units, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    return scored_province(small_province())


def score_of(world, code="410122-1"):
    run = make_run(campaign=world.campaign, by=None, now=NOW)
    return StationScore.objects.select_related("run").get(run=run, code=code)


def figures(chain):
    return {
        group.code: (
            group.ballots,
            group.enters,
            group.share and group.share.exact,
            group.score and group.score.exact,
        )
        for group in chain.groups
    }


def test_the_chain_by_hand(world):
    chain = explain(score_of(world))
    assert chain.agrees
    assert [(p.code, p.weight, p.value.exact, p.brings.shown) for p in chain.parts] == [
        ("prefecture", "10", "90", Decimal("9.0000")),
        ("county", "20", "1611/20", Decimal("16.1100")),
        ("questionnaire", "70", "155/2", Decimal("54.2500")),
    ]
    assert (chain.composite.exact, chain.composite_rounded) == ("1984/25", Decimal("79.36"))
    assert (chain.questionnaire.exact, chain.questionnaire_rounded) == ("155/2", Decimal("77.50"))
    assert figures(chain) == {
        "service": (20, True, "50", "355/4"),
        "supervisor": (5, True, "25", "70"),
        "society": (10, True, "25", "125/2"),
    }
    assert not chain.renormalised
    service = next(group for group in chain.groups if group.code == "service")
    first, second = service.questions
    assert [option.count for option in first.options] == [20, 0, 0, 0]
    assert [option.count for option in second.options] == [10, 10, 0, 0]
    assert [option.value for option in second.options] == ["100", "70", "0", None]
    assert (second.answers, second.points, second.score.exact) == (20, "1700", "85")
    assert second.unanswered == 0


def test_words_are_frozen_and_in_both_languages(world):
    score = score_of(world)
    with translation.override("zh-hans"):
        question = explain(score).groups[0].questions[0]
        assert (question.label, question.options[0].label) == ("题目1", "满意")
    with translation.override("en"):
        question = explain(score).groups[0].questions[0]
        assert (question.label, question.options[0].label) == ("Question 1", "Satisfied")


def test_fewer_than_five_ballots_tell_nothing(world):
    """Four supervisors: neither their answers nor their score, and Q is made without them."""
    vote(world.township_enrolment, "supervisor", ("333", 4))
    chain = explain(score_of(world, "410122-2"))
    group = next(group for group in chain.groups if group.code == "supervisor")
    assert (group.hidden, group.ballots, group.score, group.questions) == (True, None, None, ())
    assert chain.questionnaire.exact == "100"
    assert chain.renormalised
    vote(world.township_enrolment, "supervisor", ("333", 1))
    chain = explain(score_of(world, "410122-2"))
    group = next(group for group in chain.groups if group.code == "supervisor")
    assert (group.hidden, group.ballots, group.score.exact) == (False, 5, "0")
    # (50·100 + 25·0) / 75
    assert chain.questionnaire.exact == "200/3"


def test_a_score_of_zero_is_shown_as_zero(world, client):
    vote(world.township_enrolment, "supervisor", ("333", 5))
    score_of(world)
    client.force_login(world.province_officer)
    page = client.get(reverse("scoring:score", args=[world.township_enrolment.pk]))
    # The supervisors' two questions and their group.
    assert page.content.decode().count('<td class="number">0.0000</td>') == 3


def test_no_policy_lets_a_smaller_group_count(world):
    """Else Q and the groups that are shown would give the small group away."""
    groups = PolicyGroup.objects.filter(group="supervisor")
    with pytest.raises(IntegrityError), transaction.atomic():
        groups.update(minimum=4)
    assert groups.update(minimum=5) == 1


def test_unanswered_questions_are_counted_apart(world):
    vote(world.brigade_enrolment, "service", ("104", 2), ("404", 1))
    service = explain(score_of(world)).groups[0]
    first, second = service.questions
    assert ([o.count for o in first.options], first.unanswered) == ([22, 0, 0, 1], 0)
    assert ([o.count for o in second.options], second.unanswered) == ([10, 10, 0, 0], 3)
    assert (first.answers, second.answers) == (22, 20)


def test_a_missing_part_leaves_no_composite(world):
    chain = explain(score_of(world, "410181-1"))
    assert [(part.code, part.value and part.value.exact) for part in chain.parts] == [
        ("province", None),
        ("county", "95"),
        ("questionnaire", "155/2"),
    ]
    assert (chain.composite, chain.composite_rounded, len(chain.missing)) == (None, None, 1)


def test_a_changed_row_is_noticed(world, client):
    score = score_of(world)
    StationScore.objects.filter(pk=score.pk).update(composite="79.37")
    score.refresh_from_db()
    assert not explain(score).agrees
    client.force_login(world.province_officer)
    page = client.get(reverse("scoring:score", args=[world.brigade_enrolment.pk]))
    assert 'role="alert"' in page.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("province_officer", 200),
        ("leader", 200),
        ("prefecture_officer", 200),
        ("county_officer", 200),
        ("other_prefecture_officer", 404),
        ("sibling_county_officer", 404),
        ("station_officer", 200),
        ("county_assessor", 403),
        ("township_officer", 404),
        ("auditor", 404),
    ],
)
def test_readers_of_the_area_see_a_score(world, client, who, status):
    score = score_of(world)
    show_to_units(score.run, world.province_officer, world.province_admin)
    client.force_login(getattr(world, who))
    address = reverse("scoring:score", args=[world.brigade_enrolment.pk])
    assert client.get(address).status_code == status
    assert client.get(f"{address}?run={score.run_id}").status_code == status


@pytest.mark.parametrize(
    ("who", "plain", "named"),
    [
        ("province_officer", 200, 200),
        ("county_officer", 200, 404),
        ("station_officer", 403, 404),
    ],
)
def test_a_draft_is_the_provinces(world, client, who, plain, named):
    score = score_of(world)
    client.force_login(getattr(world, who))
    address = reverse("scoring:score", args=[world.brigade_enrolment.pk])
    page = client.get(address)
    assert page.status_code == plain
    if who == "county_officer":
        assert page.context["score"] is None
    assert client.get(f"{address}?run={score.run_id}").status_code == named


def test_before_the_first_run_the_page_says_so(world, client):
    client.force_login(world.province_officer)
    page = client.get(reverse("scoring:score", args=[world.brigade_enrolment.pk]))
    assert page.status_code == 200
    assert page.context["score"] is None


@pytest.mark.parametrize(
    ("value", "text"), [("8", "8"), ("25/2", "12.5"), ("1/3", "1/3"), ("1/8", "0.125")]
)
def test_numbers_are_written_as_people_do(value, text):
    assert plain(Fraction(value)) == text
