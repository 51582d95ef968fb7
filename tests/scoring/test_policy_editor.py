"""The rules are changed as a new version, after its effect was seen; runs of before keep theirs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from common.errors import Denied, WrongMoment
from scoring.forms import WhatIfForm
from scoring.models import ScoreRun, ScoringPolicy, StationScore
from scoring.services.policies import as_engine_policy
from scoring.services.policy_versions import draft_of, engine_policy, save_policy_version
from scoring.services.runs import files_of, make_run
from scoring.whatif import OTHER_READING, effect_of, frozen, sensitivity, with_parts
from tests.factories import NOW, small_province
from tests.scoring.voters import scored_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    frozen.cache_clear()
    return scored_province(small_province())


@pytest.fixture
def policy(world):
    return ScoringPolicy.objects.get()


def run_of(world):
    return make_run(campaign=world.campaign, by=world.province_officer, now=NOW)


def save(world, draft, by=None, expected=1):
    return save_policy_version(
        campaign=world.campaign,
        draft=draft,
        reason="按会议纪要调整",
        by=by or world.province_admin,
        now=NOW,
        expected_version=expected,
    )


def composites(run):
    return {row.code: str(row.composite) for row in run.scores.exclude(composite=None)}


def test_the_other_reading_of_ten_percent_is_a_choice(world, policy):
    """3 · 90 + 27 · 80.55 + 70 · 77.5 = 270 + 2174.85 + 5425 → 78.70; Jiyuan's line stays."""
    first = run_of(world)
    before = files_of(first)
    saved = save(world, replace(draft_of(policy), ten_percent="of_thirty"))
    assert (saved.version, saved.reason) == (2, "按会议纪要调整")
    second = run_of(world)
    assert composites(second)["410122-1"] == "78.70"
    assert composites(second)["419001-1"] == composites(first)["419001-1"] == "85.00"
    # The first run keeps its rules.
    assert files_of(ScoreRun.objects.get(pk=first.pk)) == before


def test_what_is_saved_is_what_was_previewed(world, policy):
    run = run_of(world)
    draft = replace(
        draft_of(policy),
        options=draft_of(policy).options | {("S4", 3): Decimal(30)},
        minimum_sample=20,
        places=1,
        tie_break="share",
    )
    seen = effect_of(run, engine_policy(draft, 2))
    assert seen.won == ()
    saved = save(world, draft)
    assert as_engine_policy(saved) == engine_policy(draft, 2)
    # Society 100 and (500 + 150)/10 = 65: (1000 + 1950)/40 = 73.75; Q = 44.375 + 17.5 + 18.4375
    # = 80.3125; 9 + 16.11 + 56.21875 = 81.32875 → 81.3
    assert composites(run_of(world))["410122-1"] == "81.30"


def test_the_effect_names_ranks_and_award_places(world, policy):
    """Without the questionnaire's weight Jiyuan (50 daily) would fall behind both brigades."""
    run = run_of(world)
    draft = draft_of(policy)
    parts = {key: 1 if key[1] == "questionnaire" else weight for key, weight in draft.parts.items()}
    effect = effect_of(run, engine_policy(replace(draft, parts=parts, ten_percent="own"), 2))
    assert effect.moved == 3
    assert [(row.code, old, new) for row, old, new in effect.furthest][0] == ("419001-1", 1, 3)
    # Nothing was stored.
    assert ScoringPolicy.objects.count() == 1
    assert StationScore.objects.get(run=run, code="419001-1").rank_kind == 1


def test_contradictions_and_small_groups_are_refused(world, policy):
    draft = draft_of(policy)
    with pytest.raises(ValidationError):
        save(world, replace(draft, groups=draft.groups | {"society": (Decimal(25), 4)}))
    with pytest.raises(ValidationError):
        save(world, replace(draft, grades={"excellent": Decimal(90)}))
    assert save(world, draft).version == 2


def test_only_the_campaigns_editors_and_the_faster_one(world, policy):
    draft = draft_of(policy)
    with pytest.raises(Denied):
        save(world, draft, by=world.province_officer)
    save(world, draft)
    with pytest.raises(WrongMoment):
        save(world, draft)
    assert save(world, draft, expected=2).version == 3


def test_the_page_shows_the_effect_before_it_saves(world, policy, client):
    run_of(world)
    client.force_login(world.province_admin)
    address = reverse("scoring:policy-edit")
    form = client.get(address).context["form"]
    data = {
        name: "" if value is None else value
        for name, value in ((name, form[name].value()) for name in form.fields)
    } | {"ten_percent": "of_thirty", "reason": "按省纠风办口径"}
    page = client.post(address, data | {"preview": "1"})
    assert page.context["form"].errors == {}
    assert page.context["effect"] is not None
    assert ScoringPolicy.objects.count() == 1
    assert client.post(address, data | {"save": "1"}).status_code == 302
    assert ScoringPolicy.objects.in_force(world.campaign).ten_percent == "of_thirty"


def test_the_sensitivity_sheet_asks_every_question(world):
    run = run_of(world)
    effects = sensitivity(run)
    # The other reading, 不满意 = 30, three groups left out, four parts ± 20%.
    assert len(effects) == 1 + 1 + 3 + 8
    other = effect_of(run, with_parts(frozen(run.pk).policy, OTHER_READING))
    assert effects[0].moved == other.moved


def test_the_sliders_work_without_javascript_and_change_nothing(world, client):
    run = run_of(world)
    client.force_login(world.province_officer)
    address = reverse("scoring:run-whatif", args=[run.pk])
    form = client.get(address).context["form"]
    assert isinstance(form, WhatIfForm)
    own = {name: field.initial for name, field in form.fields.items()}
    assert client.get(address, own).context["effect"].moved == 0
    page = client.get(address, own | {"part_questionnaire": 1})
    assert page.context["effect"].moved == 3
    fragment = client.get(address, own, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    nothing = own | {name: 0 for name in own if name.startswith("group_")}
    assert client.get(address, nothing).context["effect"] is None
    assert composites(ScoreRun.objects.get(pk=run.pk)) == composites(run)
