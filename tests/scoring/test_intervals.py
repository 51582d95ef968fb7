"""What a run keeps and shows beside the official figures, and that it never touches them."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from scoring import engine, intervals
from scoring.frozen import frozen_inputs
from scoring.lists import verdict
from scoring.models import ScoreRun, StationScore
from scoring.services.runs import files_of, make_run
from tests.factories import NOW, small_province
from tests.scoring.voters import scored_province, vote

pytestmark = pytest.mark.django_db

FIGURES = ("se", "low", "high", "rank_low", "rank_high", "alike")


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    return scored_province(small_province())


def run_of(world):
    return make_run(campaign=world.campaign, by=None, now=NOW)


def figures(run, *fields):
    return {row.pop("code"): row for row in run.scores.values("code", *(fields or FIGURES))}


def test_the_official_digests_are_those_of_before(world):
    """Taken from a version that knew nothing of intervals."""
    run = run_of(world)
    assert (run.input_digest, run.output_digest) == (
        "7817033ff804833b36d0194259c1d5b875b71b43d50b92d941765320bd026367",
        "f7c14a344a852e97eb457778449c6f9dc519fc1393c3fdb5681a02c938413688",
    )
    before = files_of(run)
    run.scores.update(spread={}, **dict.fromkeys(FIGURES))
    assert files_of(ScoreRun.objects.get(pk=run.pk)) == before


def test_the_spread_of_ballots_is_frozen_by_hand(world):
    """Weights 10 and 30. Service: ten of 100 and ten of (1000 + 2100)/40 = 77.5, so 20 · 11.25².
    Society: five of 100 and five of 25, so 10 · 37.5². The supervisors agree."""
    spread = run_of(world).scores.get(code="410122-1").spread
    assert spread == {
        "service": {"ballots": 20, "squares": pytest.approx(2531.25)},
        "supervisor": {"ballots": 5, "squares": 0},
        "society": {"ballots": 10, "squares": pytest.approx(14062.5)},
    }


def test_the_error_of_a_composite_by_hand(world):
    """Usual variance of service: three stations as above, two of 30 that agree:
    3·2531.25 / (3·19 + 2·29) = 66.0326; (2531.25 + 16·66.0326) / 35 / 20 = 5.125388.
    Society, with one station of 10 that agree: 3·14062.5 / 36 = 1171.875;
    (14062.5 + 16·1171.875) / 25 / 10 = 131.25. Supervisors: 0.
    √(0.5²·5.125388 + 0.25²·131.25) = 3.079687; of which 70% is 2.156."""
    rows = figures(run_of(world))
    assert rows["410122-1"]["se"] == Decimal("2.156")
    low, high = rows["410122-1"]["low"], rows["410122-1"]["high"]
    # A little more than 1.96 errors, as the sample is small; longer downwards, as 100 is near.
    assert Decimal("79.36") - low > high - Decimal("79.36") > Decimal("2.156") * Decimal("1.8")
    # All 100: (0 + 16·66.0326) / 45 / 30 = 0.782609, 70% of the root is 0.619. Nothing is above.
    assert rows["410122-2"]["se"] == Decimal("0.619")
    assert rows["410122-2"]["high"] == Decimal("88.00")
    assert Decimal("86") < rows["410122-2"]["low"] < Decimal("88")


def test_who_has_which_interval(world):
    rows = figures(run_of(world))
    # Jiyuan leads by 5.64, more than 1.96 errors of 0.62 and 2.16; the other two are equal.
    assert [rows["419001-1"][field] for field in FIGURES[3:]] == [1, 1, 0]
    assert [rows["410122-1"][field] for field in FIGURES[3:]] == [2, 3, 1]
    assert [rows["410185-1"][field] for field in FIGURES[3:]] == [2, 3, 1]
    assert [rows["410122-2"][field] for field in FIGURES[3:]] == [1, 1, 0]  # alone in its kind
    # Too few ballots: a composite with an interval, but no rank. No composite: nothing.
    assert rows["410221-1"]["low"] < Decimal("98.50") <= rows["410221-1"]["high"]
    assert [rows["410221-1"][field] for field in FIGURES[3:]] == [None] * 3
    assert set(rows["410181-1"].values()) == {None}


def again(run, change=lambda row: None):
    """The figures measured once more, from the frozen rows alone."""
    policy, questions, stations = frozen_inputs(run)
    rows = {row.code: row for row in run.scores.all()}
    for row in rows.values():
        for field in FIGURES:
            setattr(row, field, None)
        change(row)
    results = engine.score_all(policy, questions, stations)
    intervals.measure(rows, results, seed=run.input_digest)
    return {code: {field: getattr(row, field) for field in FIGURES} for code, row in rows.items()}


def test_frozen_rows_give_the_same_again(world):
    run = run_of(world)
    assert again(run) == figures(run)
    assert figures(run_of(world)) == figures(run)


def test_a_hidden_group_moves_no_interval(world, client):
    before = figures(run_of(world), "se", "low", "high")
    vote(world.township_enrolment, "supervisor", ("333", 3), ("111", 1))
    run = run_of(world)
    assert figures(run, "se", "low", "high") == before
    assert set(run.scores.get(code="410122-2").spread) == {"service"}
    vote(world.township_enrolment, "supervisor", ("333", 1))
    assert figures(run_of(world), "se", "low", "high") != before


def test_without_the_spread_of_a_group_that_enters_there_is_no_interval(world):
    """As it would be if a group of fewer than five ballots could enter."""
    run = run_of(world)

    def hide(row):
        if row.code == "410122-1":
            del row.spread["society"]

    rows = again(run, hide)
    assert set(rows["410122-1"].values()) == {None}
    assert rows["410185-1"]["se"] is not None


def test_the_pages_and_the_workbook_show_it(world, client):
    run = run_of(world)
    StationScore.objects.filter(run=run, code="410122-1").update(
        se="2.272", low="73.10", high="83.20", rank_low=2, rank_high=3, alike=1
    )
    client.force_login(world.province_officer)
    page = client.get(reverse("scoring:ranking")).content.decode()
    assert '<small class="under">± 6.26</small>' in page  # the longer arm
    assert re.search(r'<td class="number"[^>]*>2–3</td>', page)
    sheet = load_workbook(BytesIO(client.get(reverse("scoring:ranking-export")).content)).active
    row = next(row for row in sheet.iter_rows(values_only=True) if row[2] == "410122-1")
    assert row[6] == 79.36
    assert row[-6:] == (2.272, 73.1, 83.2, 2, 3, 1)
    url = reverse("scoring:score", args=[world.brigade_enrolment.pk])
    with translation.override("en"):
        page = client.get(url, headers={"accept-language": "en"}).content.decode()
    assert "73.10–83.20" in page
    assert "2–3" in page
    # A run of before has none of it.
    run.scores.update(**dict.fromkeys(FIGURES))
    page = client.get(url)
    assert page.status_code == 200
    assert "73.10–83.20" not in page.content.decode()
    assert client.get(reverse("scoring:ranking")).status_code == 200


@pytest.mark.parametrize(
    ("share", "width", "size", "said"),
    [
        (0.95, 10, 100, "Enforcement brigade: the ranks deserve use; 95% of"),
        (0.95, 11, 100, "Enforcement brigade: use bands, not single ranks; 95% of"),
        (0.8999, 5, 100, "Enforcement brigade: use bands, not single ranks; 89% of"),
        (0.7, 40, 100, "Enforcement brigade: use bands, not single ranks; 70% of"),
        (0.6999, 5, 100, "Enforcement brigade: neither ranks nor bands deserve use; only 69% of"),
    ],
)
def test_a_sentence_says_what_the_ranking_deserves(share, width, size, said):
    run = ScoreRun(reliability={"brigade": {"share": share, "width": width, "size": size}})
    with translation.override("en"):
        assert verdict(run, "brigade").casefold().startswith(said.casefold())
        assert f"one of {width} of {size} places" in verdict(run, "brigade")
        assert verdict(run, "township") == ""


def test_a_short_list_has_no_reliability(world):
    assert run_of(world).reliability == {}
