"""Uncertainty against figures worked by hand, published tables, and simulated truth."""

import random
from dataclasses import replace
from statistics import NormalDist, fmean, variance

import pytest
from scipy.stats import binomtest
from scipy.stats import t as students_t

from scoring import uncertainty
from scoring.uncertainty import (
    Estimate,
    Stratum,
    Usual,
    estimate,
    squared_deviations,
)

VALUES = {"1": 100.0, "2": 70.0, "3": 0.0}


def squares(*sheets, weights=(1, 1)):
    """Of sheets of one character a question, all on the scale 100, 70, 0 and 4 = does not count."""
    columns = {n: "".join(sheet[n] for sheet in sheets) for n in range(len(weights))}
    return squared_deviations(
        columns, dict.fromkeys(columns, VALUES), dict(enumerate(map(float, weights)))
    )


# --- the spread of ballots --------------------------------------------------------------------


def test_complete_ballots_deviate_from_their_mean():
    """Weights 1 and 3. Sheets 11, 12, 31: scores 100, (100 + 210)/4 = 77.5, (0 + 300)/4 = 75.
    Mean 84.166…; deviations 15.833…, -6.666…, -9.166…; squares 250.694… + 44.444… + 84.027…"""
    assert squares("11", "12", "31", weights=(1, 3)) == pytest.approx(379.16666667)
    assert squares("11", "12", "31", weights=(10, 30)) == pytest.approx(379.16666667)


def test_answers_of_one_person_go_together():
    """The same counts per question, two satisfied and two not, but in other hands: scores of
    100, 100, 0, 0 (4 · 50²) against 50, 50, 50, 50."""
    assert squares("11", "11", "33", "33") == pytest.approx(10000)
    assert squares("13", "13", "31", "31") == pytest.approx(0)


def test_an_answer_that_does_not_count_makes_a_ratio():
    """One question, 4 ballots: 100, 0, 4, 4. Mean 50 over 2 answers; each deviates by 4/2 · ±50,
    those without an answer by nothing (Cochran 6.4: the ratio's residuals): 2 · 100²."""
    assert squares("1", "3", "4", "0", weights=(1,)) == pytest.approx(20000)
    assert squares("4", "0", weights=(1,)) == 0
    # A question that nobody answered drops out with its weight, as it does from the score.
    assert squares("14", "34", weights=(1, 3)) == pytest.approx(5000)


def test_the_order_of_ballots_never_matters():
    sheets = ["".join(random.Random(n).choices("01234", k=7)) for n in range(60)]
    weights = (10, 8, 8, 7, 13, 1, 3)
    first = squares(*sheets, weights=weights)
    random.Random(5).shuffle(sheets)
    assert squares(*sheets, weights=weights) == first


# --- the standard error -----------------------------------------------------------------------


def test_a_stratified_mean_with_finite_population():
    """Cochran, chapter 5: V = Σ W²(1 − n/N) s²/n. By hand: W = 0.6, 0.4; n = 10, 20; N = 100, 50;
    s² = 250, 380. 0.36·0.9·25 = 8.1; 0.16·0.6·19 = 1.824; V = 9.924, root 3.150238."""
    strata = [
        Stratum(0.6, 80.0, 10, 250.0 * 9, population=100),
        Stratum(0.4, 50.0, 20, 380.0 * 19, population=50),
    ]
    found = estimate(strata)
    assert found.score == pytest.approx(68)
    assert found.error == pytest.approx(3.1502381)
    # Satterthwaite: 9.924² / (8.1²/9 + 1.824²/19) = 98.485776 / 7.465104
    assert found.freedom == pytest.approx(13.192821)
    # Without a known population: 0.36·25 + 0.16·19 = 12.04. Everybody asked: no error.
    endless = [Stratum(0.6, 80.0, 10, 250.0 * 9), Stratum(0.4, 50.0, 20, 380.0 * 19)]
    assert estimate(endless).error ** 2 == pytest.approx(12.04)
    everybody = estimate([Stratum(1.0, 80.0, 10, 900.0, population=10)])
    assert (everybody.error, everybody.interval) == (0, (80, 80))


def test_a_small_group_is_steadied_by_its_peers():
    """5 ballots all at 100, usual 79 and variance 450: (0 + 16·450) / (4 + 16) = 360; 360/5 = 72;
    the centre is (5·100 + 16·79) / 21 = 84."""
    found = estimate([Stratum(1.0, 100.0, 5, 0.0, Usual(79.0, 450.0))])
    assert found.error**2 == pytest.approx(72)
    assert (found.score, found.freedom) == (100, pytest.approx(20))
    assert found.centre == pytest.approx(84)
    # The usual is pooled: (400 + 1400) / (4 + 14) = 100, (5·90 + 15·70) / 20 = 75.
    assert uncertainty.usual_of([(90.0, 5, 400.0), (70.0, 15, 1400.0)]) == Usual(75.0, 100.0)
    assert uncertainty.usual_of([(90.0, 1, 0.0)]) is None


def test_one_ballot_tells_no_spread():
    for stratum in (Stratum(1.0, 0.0, 1, 0.0), Stratum(1.0, 0.0, 0, 0.0, Usual(80.0, 400.0))):
        with pytest.raises(ValueError, match="spread"):
            estimate([stratum])
    assert estimate([Stratum(1.0, 50.0, 2, 50.0)]).error == pytest.approx(5)


@pytest.mark.parametrize(
    ("yes", "asked", "low", "high"),
    # The Wilson score interval, by its formula, for z = 1.959964.
    [(90, 100, 82.5634, 94.4771), (10, 10, 72.2467, 100), (1, 30, 0.5909, 16.6704)],
)
def test_for_plain_yes_or_no_the_interval_is_wilsons(yes, asked, low, high):
    share = 100 * yes / asked
    # For 10 of 10 the error is that of any centre, the effective number of ballots being ten.
    centre = share if yes < asked else 90.0
    error = (centre * (100 - centre) / asked) ** 0.5
    found = Estimate(share, error, float("inf"), centre).interval
    assert found == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_no_interval_leaves_0_to_100():
    for score in (0.0, 0.1, 50.0, 99.9, 100.0):
        low, high = Estimate(score, 30.0, 4.0, max(1.0, min(score, 99.0))).interval
        assert 0 <= low <= score <= high <= 100


@pytest.mark.parametrize(("yes", "asked"), [(90, 100), (3, 20), (29, 30)])
def test_an_independent_package_gives_the_same_interval(yes, asked):
    known = binomtest(yes, asked).proportion_ci(0.95, method="wilson")
    share = 100 * yes / asked
    error = (share * (100 - share) / asked) ** 0.5
    found = Estimate(share, error, float("inf"), share).interval
    assert found == (pytest.approx(100 * known.low), pytest.approx(100 * known.high))


@pytest.mark.parametrize("freedom", [4.5, 7, 19.2, 60])
def test_an_independent_package_gives_the_same_t(freedom):
    known = students_t.ppf(0.975, freedom)
    assert uncertainty.t_quantile(freedom) == pytest.approx(known, abs=0.002)


@pytest.mark.parametrize(
    ("freedom", "published"),
    [(4, 2.776), (5, 2.571), (8, 2.306), (10, 2.228), (20, 2.086), (30, 2.042), (120, 1.980)],
)
def test_students_t_is_the_tables(freedom, published):
    assert uncertainty.t_quantile(freedom) == pytest.approx(published, abs=0.0011)


# --- coverage: is the truth inside as often as promised? --------------------------------------

# Per group: weight and ballots. A content person answers 1 or 2 to ten questions, another one 2 or
# 3, now and then 4: the answers of a ballot go together.
GROUPS = ((0.5, 24), (0.25, 16), (0.25, 20))
QUESTIONS = dict(enumerate((10.0, 8.0, 8.0, 8.0, 7.0, 8.0, 13.0, 10.0, 10.0, 18.0)))
CONTENT, OTHERS = (75, 20, 0, 5), (0, 40, 55, 5)
CONTENT_MEAN, OTHERS_MEAN = (75 * 100 + 20 * 70) / 95, 40 * 70 / 95
APART, RARE = (0.9, 0.2, 0.6), (0.95, 0.95, 0.95)  # how many are content, by group


def draw(rng, content):
    """A survey of one station: its truth, and each group's stratum with its sheets by question."""
    truth, groups = 0.0, []
    for (weight, ballots), share in zip(GROUPS, content, strict=True):
        sheets = [
            rng.choices("1234", CONTENT if rng.random() < share else OTHERS, k=len(QUESTIONS))
            for _ in range(ballots)
        ]
        columns = {n: "".join(column) for n, column in enumerate(zip(*sheets, strict=True))}
        score = sum(QUESTIONS[n] / 100 * fmean(counted(column)) for n, column in columns.items())
        total = squared_deviations(columns, dict.fromkeys(columns, VALUES), QUESTIONS)
        groups.append((Stratum(weight, score, ballots, total), columns))
        truth += weight * (share * CONTENT_MEAN + (1 - share) * OTHERS_MEAN)
    return truth, groups


def counted(column):
    return [VALUES[option] for option in column if option != "4"]


def surveys(content_of, drawn=2000):
    """`drawn` surveys, every group with what is usual in all of them, as in a run."""
    rng = random.Random(20141025)
    found = [draw(rng, content_of(rng)) for _ in range(drawn)]
    usual = [
        uncertainty.usual_of((s.score, s.ballots, s.squares) for s in strata)
        for strata in zip(*([stratum for stratum, _ in groups] for _, groups in found), strict=True)
    ]
    return [
        (truth, [(replace(s, usual=u), c) for (s, c), u in zip(groups, usual, strict=True)])
        for truth, groups in found
    ]


@pytest.fixture(scope="module")
def apart():
    return surveys(lambda rng: APART)


def coverage(surveys, method):
    """The share of surveys whose interval holds the truth."""
    held = 0
    for truth, groups in surveys:
        low, high = method(groups)
        held += low <= truth <= high
    return held / len(surveys)


def ours(groups):
    return estimate(stratum for stratum, _ in groups).interval


def test_the_interval_holds_the_truth_as_often_as_it_says(apart):
    assert 0.93 <= coverage(apart, ours) <= 0.97
    unsteadied = [
        (truth, [(replace(s, usual=None), columns) for s, columns in groups])
        for truth, groups in apart
    ]
    assert 0.93 <= coverage(unsteadied, ours) <= 0.97


@pytest.mark.parametrize("mostly", [(18, 2), (9, 1), (12, 4)])
def test_it_holds_where_stations_differ_and_most_people_are_content(mostly):
    """Each station has its own share of content people, on the whole 90%, 90% and 75%."""
    found = surveys(lambda rng: [rng.betavariate(*mostly)] * 3)
    assert 0.93 <= coverage(found, ours) <= 0.97
    # Those that are really bad must be covered, too: their score decides on people.
    worst = sorted(found, key=lambda survey: survey[0])[:500]
    assert coverage(worst, ours) >= 0.92


def plain(groups):
    """± 1.96 errors, each group by its own ballots alone."""
    found = estimate(replace(stratum, usual=None) for stratum, _ in groups)
    return found.score - 1.96 * found.error, found.score + 1.96 * found.error


def test_it_holds_where_all_are_alike_and_discontent_is_rare(monkeypatch):
    """95% content everywhere: the plain interval holds in fewer than 90 of 100 cases, ours with a
    quarter of the steadying in 91."""
    found = surveys(lambda rng: RARE)
    assert coverage(found, plain) < 0.90
    assert 0.93 <= coverage(found, ours) <= 0.97
    monkeypatch.setattr(uncertainty, "STEADYING_BALLOTS", 4)
    assert not 0.93 <= coverage(found, ours) <= 0.97


def around(score, margin):
    return score - margin, score + margin


def unstratified(groups):
    """All ballots in one pot: the groups' differences are taken for chance."""
    score = sum(s.share * s.score for s, _ in groups)
    ballots = sum(s.ballots for s, _ in groups)
    mean = sum(s.ballots * s.score for s, _ in groups) / ballots
    total = sum(s.squares + s.ballots * (s.score - mean) ** 2 for s, _ in groups)
    return around(score, 1.96 * (total / (ballots - 1) / ballots) ** 0.5)


def too_sure(groups):
    """z = 0.06: the confidence taken for its opposite."""
    found = estimate(stratum for stratum, _ in groups)
    return around(found.score, NormalDist().inv_cdf(0.5 + 0.05 / 2) * found.error)


def questions_apart(groups):
    """From the counts of each question alone, as if ten people had filled in each ballot."""
    square = sum(
        (s.share * QUESTIONS[n] / 100) ** 2 * variance(counted(c)) / len(counted(c))
        for s, columns in groups
        for n, c in columns.items()
    )
    return around(sum(s.share * s.score for s, _ in groups), 1.96 * square**0.5)


@pytest.mark.parametrize("wrong", [unstratified, too_sure, questions_apart])
def test_a_wrong_interval_does_not_pass(apart, wrong):
    assert not 0.93 <= coverage(apart, wrong) <= 0.97
