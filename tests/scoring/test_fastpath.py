"""The fast path gives what the engine gives: every figure, every rank, near every boundary."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings

from scoring import fastpath
from scoring.engine import GroupTally, StationInput, score_all
from scoring.fastpath import Province
from tests.scoring.test_engine_properties import POLICY, QUESTIONS, provinces


def standing(policy, stations):
    """The same stations as a run keeps them."""
    made = Province(
        QUESTIONS, [rule.code for rule in POLICY.groups], len(stations), stations.__getitem__
    )
    for place, station in enumerate(stations):
        groups = {
            tally.group: {"valid_ballots": tally.valid_ballots, "counts": counts_of(tally)}
            for tally in station.tallies
        }
        daily = {part: str(score) for part, score in station.daily}
        made.put(place, kind=station.kind, line=station.line, daily=daily, groups=groups)
    return made.stand(policy)


def counts_of(tally):
    counts: dict = {}
    for number, option, count in tally.counts:
        counts.setdefault(str(number), {})[option] = count
    return counts


def agrees(policy, stations):
    found = standing(policy, stations)
    units = 10**policy.places
    for place, score in enumerate(score_all(policy, QUESTIONS, stations)):
        for name in ("composite", "questionnaire"):
            value = getattr(score, name)
            expected = -1 if value is None else int(value * units)
            assert getattr(found, name)[place] == expected, (place, name)
        ranks = [rank.position for rank in score.ranks] or [0, 0, 0]
        assert [found.rank_all[place], found.rank_kind[place]] == ranks[:2]
        assert bool(found.ranked[place]) == (score.status == "ranked")


@given(provinces)
@settings(deadline=None)
def test_the_fast_path_is_the_engine(stations):
    agrees(POLICY, stations)
    agrees(replace(POLICY, tie_break="share", places=0), stations)


def boundary_stations():
    def tally(group, hundred, nought):
        counts = tuple(
            entry
            for number in (1, 2, 3)
            for entry in ((number, "1", hundred), (number, "3", nought))
        )
        return GroupTally(group, hundred + nought, counts)

    return [
        StationInput(
            code=f"S{number:02}",
            kind="township",
            line="regular",
            prefecture="P1",
            county="",
            daily=(
                ("prefecture", Decimal("90.65")),
                ("county", Decimal("96") + Decimal(number - 10) / 100),
            ),
            tallies=(tally("delegates", 8, 2), tally("users", 8, 2)),
            vetoed=False,
        )
        for number in range(21)
    ]


def test_exactly_half_way_is_computed_exactly(monkeypatch):
    """84.265 rounds up to 84.27; floating point holds 84.2649999… or 84.2650000…1, by luck."""
    stations = boundary_stations()
    agrees(POLICY, stations)
    half = standing(POLICY, stations).composite[10]
    assert half == 8427
    asked = []
    real = fastpath.score_station
    monkeypatch.setattr(fastpath, "score_station", lambda *args: asked.append(1) or real(*args))
    standing(POLICY, stations)
    # Every fifth hundredth of the county's 20 of 100 is a boundary: 84.265 + k/500.
    assert asked


def test_a_group_left_out_is_as_if_nobody_had_answered():
    stations = boundary_stations()
    without = replace(POLICY, groups=POLICY.groups[:1])
    left = POLICY.groups[1].code
    stripped = [
        replace(each, tallies=tuple(t for t in each.tallies if t.group != left))
        for each in stations
    ]
    found, expected = standing(without, stations), score_all(without, QUESTIONS, stripped)
    assert [int(score.composite * 100) for score in expected] == found.composite.tolist()


@pytest.mark.parametrize("factor", [Fraction(1, 7), Fraction(3), Fraction(1000)])
def test_scaling_all_weights_changes_nothing(factor):
    stations = boundary_stations()
    scaled = replace(
        POLICY, parts=tuple(replace(rule, weight=rule.weight * factor) for rule in POLICY.parts)
    )
    assert (standing(scaled, stations).composite == standing(POLICY, stations).composite).all()
