"""Nothing small can be worked out from what is published: proved by a solver that knows nothing of
how the figures are chosen, on trees drawn by chance."""

import random
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest

from surveys.disclosure import publishable
from surveys.results import share


def units_of(ballots):
    return {
        "/".join(parts[:length]) + "/"
        for parts in (path.rstrip("/").split("/") for path in ballots)
        for length in range(1, len(parts))
    }


def rank_basis(vectors):
    """Row-reduced rows of the published sums."""
    rows, basis = [list(map(Fraction, vector)) for vector in vectors], []
    for row in rows:
        for other in basis:
            lead = next(i for i, value in enumerate(other) if value)
            if row[lead]:
                factor = row[lead] / other[lead]
                row = [a - factor * b for a, b in zip(row, other, strict=True)]
        if any(row):
            basis.append(row)
    return basis


def leaks(ballots, shown):
    """Sets of stations of 1–4 ballots together whose sum follows from the published sums."""
    stations = sorted(path for path in ballots if ballots[path])
    vectors = [[path.startswith(unit) for path in stations] for unit in shown]
    basis = rank_basis([vector for vector in vectors if any(vector)])
    found = []
    for size in range(1, len(stations) + 1):
        for chosen in combinations(range(len(stations)), size):
            if 0 < sum(ballots[stations[i]] for i in chosen) < 5:
                target = [i in chosen for i in range(len(stations))]
                if len(rank_basis([*basis, target])) == len(basis):
                    found.append([stations[i] for i in chosen])
    return found


def some_tree(chance):
    ballots = {}
    for prefecture in range(chance.randint(1, 2)):
        for county in range(chance.randint(1, 2)):
            for station in range(chance.randint(1, 3)):
                if len(ballots) < 8:
                    number = chance.choice((0, 1, 2, 3, 4, 5, 6, 9, 30))
                    ballots[f"41/{prefecture}/{county}/{station}/"] = number
    return ballots


def only_by_size(ballots):
    """What a rule without complementary suppression would publish."""
    totals = dict(ballots)
    for unit in units_of(ballots):
        totals[unit] = sum(n for path, n in ballots.items() if path.startswith(unit))
    return {path for path, number in totals.items() if not 0 < number < 5}


def test_no_small_sum_follows_from_what_is_published():
    chance = random.Random(5)
    trees = [some_tree(chance) for _ in range(250)]
    assert [ballots for ballots in trees if leaks(ballots, publishable(ballots))] == []
    # The negative control: hiding small cells alone leaks, and the solver sees it.
    assert sum(bool(leaks(ballots, only_by_size(ballots))) for ballots in trees) > 50


@pytest.mark.parametrize(
    ("ballots", "hidden"),
    [
        # One small station: the smallest of the others goes with it; the sums stay.
        ({"41/1/a/": 4, "41/1/b/": 9, "41/1/c/": 6}, {"41/1/a/", "41/1/c/"}),
        # Two small ones that are five together need no third.
        ({"41/1/a/": 2, "41/1/b/": 3, "41/1/c/": 6}, {"41/1/a/", "41/1/b/"}),
        # A county of its own with four: a station of the other county, and that county's sum.
        ({"41/1/a/": 4, "41/2/b/": 9, "41/2/c/": 6}, {"41/1/", "41/1/a/", "41/2/", "41/2/c/"}),
        # Nothing is small: nothing is held back. No ballot is no secret.
        ({"41/1/a/": 5, "41/1/b/": 0}, set()),
        # Four in all.
        ({"41/1/a/": 4}, {"41/1/a/", "41/1/", "41/"}),
    ],
)
def test_what_is_held_back(ballots, hidden):
    assert set(ballots) | units_of(ballots) == publishable(ballots) | hidden
    assert not publishable(ballots) & hidden


def test_wilson_interval():
    """9 of 10: (0.9 + 1.92/10 ± 1.96·√(0.09/10 + 0.0096)) / 1.384: 59.6 to 98.2 percent."""
    got = share(9, 10, 10)
    assert (got.percent, got.low, got.high) == (Decimal("90.0"), Decimal("59.6"), Decimal("98.2"))
    assert share(0, 0, 0) is None
    all_of_them = share(10, 10, 10)
    assert (all_of_them.low, all_of_them.high) == (Decimal("72.2"), Decimal("100.0"))
