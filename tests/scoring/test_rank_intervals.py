"""Plausible ranks, bands and scores drawn to the mean: by hand, published and simulated."""

import random
from statistics import fmean

import numpy as np
import pytest
from scipy.stats import studentized_range

from scoring import uncertainty
from scoring.uncertainty import rank_intervals


def ranks_of(values):
    order = sorted(range(len(values)), key=values.__getitem__, reverse=True)
    return {station: rank for rank, station in enumerate(order, 1)}


def rank_coverage(method, repeat=40, stations=100):
    """How often rank intervals hold the true rank: for all, and for the ten that came out first."""
    rng, held, first = random.Random(7), 0, 0
    for turn in range(repeat):
        truth = [rng.gauss(80, 3) for _ in range(stations)]
        errors = [rng.uniform(1.5, 4.5) for _ in truth]
        scores = list(map(rng.gauss, truth, errors))
        true, measured = ranks_of(truth), ranks_of(scores)
        for station, (low, high) in enumerate(method(scores, errors, str(turn), 400)):
            held += low <= true[station] <= high
            first += low <= true[station] <= high and measured[station] <= 10
    return held / repeat / stations, first / repeat / 10


def test_rank_intervals_hold_the_true_rank_also_of_the_lucky_first():
    everyone, first = rank_coverage(rank_intervals)
    assert 0.93 <= everyone <= 0.97
    assert first >= 0.93


def around_raw_scores(scores, errors, seed, draws):
    """The usual mistake: the lucky stay lucky, and chance is added to chance."""
    rng = random.Random(seed)
    drawn = [ranks_of(list(map(rng.gauss, scores, errors))) for _ in range(draws)]
    sorted_ranks = [sorted(ranks[each] for ranks in drawn) for each in range(len(scores))]
    return [(ranks[draws // 40], ranks[-1 - draws // 40]) for ranks in sorted_ranks]


def test_ranks_drawn_around_raw_scores_do_not_pass():
    everyone, first = rank_coverage(around_raw_scores)
    assert everyone < 0.93
    assert first < 0.90


def test_rank_intervals_are_the_same_for_the_same_seed():
    rng = random.Random(3)
    scores = [rng.gauss(80, 4) for _ in range(50)]
    errors = [rng.uniform(1, 3) for _ in scores]
    first = rank_intervals(scores, errors, "a digest")
    assert rank_intervals(scores, errors, "a digest") == first
    assert rank_intervals(scores, errors, "another") != first


def test_rank_intervals_by_hand():
    assert rank_intervals([], [], "s") == []
    assert rank_intervals([80.0], [3.0], "s") == [(1, 1)]
    # Far apart, or known exactly: no doubt. The order of the list does not matter.
    assert rank_intervals([60.0, 90.0, 75.0], [0.1] * 3, "s") == [(3, 3), (1, 1), (2, 2)]
    assert rank_intervals([80.0, 80.1], [0.0, 0.0], "s") == [(2, 2), (1, 1)]
    # Nothing but chance: every place is possible.
    assert rank_intervals([80.0, 80.1, 80.2], [5.0] * 3, "s") == [(1, 3)] * 3


@pytest.mark.parametrize("size", [2, 3, 10, 40])
def test_the_critical_value_of_all_pairs_is_tukeys(size):
    """For equal errors: the studentised range over √2, as scipy knows it."""
    known = studentized_range.ppf(0.95, size, 100_000) / 2**0.5
    assert uncertainty.widest_difference([2.5] * size, "s") == pytest.approx(known, rel=0.03)


def test_all_differences_at_once_hold_as_often_as_promised():
    """2,000 fresh draws: no difference of two stations is further from the truth than the critical
    value in 93 to 97 of 100; each pair by itself would hold in fewer than one of ten."""
    rng = np.random.default_rng(11)
    errors = rng.uniform(1.5, 4.5, 30)
    noise = rng.normal(0, errors, (2000, 30))
    apart = np.abs(noise[:, :, None] - noise[:, None, :])
    widths = np.hypot.outer(errors, errors)
    most = (apart / widths).max(axis=(1, 2))
    reach = uncertainty.widest_difference(list(errors), "a seed")
    assert 0.93 <= np.mean(most <= reach) <= 0.97
    assert np.mean(most <= 1.96) < 0.1


def test_joint_rank_intervals_hold_all_true_ranks_at_once():
    rng, all_held, single = random.Random(5), 0, 0
    for turn in range(100):
        truth = [rng.gauss(80, 6) for _ in range(40)]
        errors = [rng.uniform(1.0, 3.0) for _ in truth]
        scores = list(map(rng.gauss, truth, errors))
        true = ranks_of(truth)
        joint = uncertainty.joint_rank_intervals(scores, errors, str(turn))
        each = rank_intervals(scores, errors, str(turn), 200)
        all_held += all(low <= true[s] <= high for s, (low, high) in enumerate(joint))
        single += all(low <= true[s] <= high for s, (low, high) in enumerate(each))
    assert all_held >= 95
    assert single < 80  # the negative control: each by itself is not all at once


def test_joint_rank_intervals_by_hand():
    """Two stations: the critical value is 1.96. Errors 3 and 4: apart from 9.8 on."""
    assert uncertainty.joint_rank_intervals([70.0, 79.0], [3.0, 4.0], "s") == [(1, 2), (1, 2)]
    assert uncertainty.joint_rank_intervals([70.0, 81.0], [3.0, 4.0], "s") == [(2, 2), (1, 1)]
    assert uncertainty.joint_rank_intervals([], [], "s") == []


def test_bands_by_hand():
    """Errors 4: told apart from 1.96 · √32 = 11.09 on. 90 leads; 80 is 10 below, 78 is 12 below
    and begins the second band, in which 70 stands; 60 begins the third."""
    assert uncertainty.bands([78.0, 90.0, 70.0, 80.0, 60.0], [4.0] * 5) == [2, 1, 2, 1, 3]
    assert uncertainty.bands([], []) == []


def test_scores_are_drawn_to_the_mean_by_hand():
    """Scores 70, 80, 90: variance 100; errors 5: between = 75; kept 75 / (75 + 25) = 0.75 each:
    72.5, 80, 87.5 (Efron & Morris)."""
    drawn, kept = uncertainty.drawn_to_mean([70.0, 80.0, 90.0], [5.0] * 3)
    assert drawn == pytest.approx([72.5, 80, 87.5])
    assert kept == pytest.approx([0.75] * 3)


def test_the_drawn_score_is_nearer_to_the_truth():
    rng = random.Random(9)
    truth = [rng.gauss(80, 3) for _ in range(2000)]
    scores = [rng.gauss(true, 4) for true in truth]
    drawn, _ = uncertainty.drawn_to_mean(scores, [4.0] * len(scores))

    def miss(guesses):
        return fmean((guess - true) ** 2 for guess, true in zip(guesses, truth, strict=True))

    # By theory: 16 for the raw scores; 9 · 16 / 25 = 5.76 for the drawn ones.
    assert miss(drawn) == pytest.approx(5.76, rel=0.08)
    assert miss(scores) == pytest.approx(16, rel=0.08)


def test_many_different_errors_are_put_into_steps_rounded_up():
    """200 stations with errors of their own: nobody is told apart who is not so by the exact
    errors."""
    rng = random.Random(13)
    scores = [rng.gauss(80, 6) for _ in range(200)]
    errors = [rng.uniform(1, 4) for _ in scores]
    exact = [
        sum(
            (other - score) ** 2 <= 1.959964**2 * (error**2 + its**2)
            for other, its in zip(scores, errors, strict=True)
        )
        - 1
        for score, error in zip(scores, errors, strict=True)
    ]
    found = uncertainty.not_told_apart(scores, errors)
    assert all(
        exact_one <= one <= exact_one + 6 for exact_one, one in zip(exact, found, strict=True)
    )


def test_reliability_by_hand():
    """Scores 70, 80, 90: variance 100. Errors 3, 4, 5: mean square 50/3. (100 − 16.67) / 100."""
    assert uncertainty.reliability([70, 80, 90], [3, 4, 5]) == pytest.approx(1 - 50 / 300)
    assert uncertainty.reliability([70, 80, 90], [0, 0, 0]) == 1
    assert uncertainty.reliability([79, 80, 81], [9, 9, 9]) == 0
    assert uncertainty.reliability([80, 80], [1, 1]) is None
    assert uncertainty.reliability([80], [1]) is None


def test_not_told_apart_by_hand():
    """Errors 3 and 4: the difference has 5, so 9.79 is within 1.96 of them and 9.81 is not."""
    assert uncertainty.not_told_apart([70.0, 79.79], [3.0, 4.0]) == [1, 1]
    assert uncertainty.not_told_apart([70.0, 79.81], [3.0, 4.0]) == [0, 0]
    # 70 and 84 are told apart, and both not from 77; 100 stands alone.
    assert uncertainty.not_told_apart([77.0, 70.0, 100.0, 84.0], [4.0] * 4) == [2, 1, 0, 1]
    assert uncertainty.not_told_apart([], []) == []
