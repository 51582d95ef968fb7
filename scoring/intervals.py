"""Between a run and `scoring.uncertainty`: what stands beside the official figures of a station."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from scoring import uncertainty
from scoring.engine import QUESTIONNAIRE, Policy, Question, round_half_up
from scoring.models import StationScore
from scoring.ranking import StationScore as Result
from scoring.uncertainty import Stratum
from surveys.tallies import Cell

# With fewer stations the reliability of a series is itself a matter of chance.
SMALLEST_SERIES = 20


def spread_by(policy: Policy, questions: tuple[Question, ...]) -> Callable[[Cell], dict]:
    """What a score keeps of a group's ballots, once they are gone from the computation."""
    worth = {
        question.number: {
            rule.option: float(rule.value)
            for rule in policy.options
            if rule.scale == question.scale and rule.counts
        }
        for question in questions
    }
    weights = {question.number: float(question.weight) for question in questions}

    def spread(cell: Cell) -> dict:
        columns = {number: cell.columns[number] for number in worth}
        squares = uncertainty.squared_deviations(columns, worth, weights)
        return {"ballots": cell.ballots, "squares": squares}

    return spread


def measure(
    rows: Mapping[str, StationScore], results: tuple[Result, ...], seed: str
) -> dict[str, float]:
    """Fill in how sure each of `rows` (by code) is; the reliability of each kind's ranking.

    Uses the official results and `spread` alone, so frozen rows give the same again.
    """
    usual = _usual_variances(rows, results)
    series: dict[str, list[tuple[StationScore, float, float]]] = {}
    for result in results:
        row = rows[result.code]
        error = _error(row.spread, result, usual)
        if error is None:
            continue
        margin = Fraction(error.margin)
        low = _hundredths(math.floor, max(result.composite_exact - margin, Fraction(0)))
        high = _hundredths(math.ceil, min(result.composite_exact + margin, Fraction(100)))
        row.se = round_half_up(Fraction(error.points), 3)
        # Rounded to fewer places than two, the official figure could lie outside.
        row.low, row.high = min(low, result.composite), max(high, result.composite)
        if result.status == "ranked":
            figures = (row, float(result.composite_exact), error.points)
            series.setdefault(result.kind, []).append(figures)
    reliability = {}
    for kind, ranked in series.items():
        members, scores, errors = zip(*ranked, strict=True)
        intervals = uncertainty.rank_intervals(scores, errors, f"{seed} {kind}")
        alike = uncertainty.not_told_apart(scores, errors)
        for row, (best, worst), others in zip(members, intervals, alike, strict=True):
            # The official rank is a fact: an interval beside it never leaves it out.
            row.rank_low, row.rank_high = min(best, row.rank_kind), max(worst, row.rank_kind)
            row.alike = others
        share = uncertainty.reliability(scores, errors)
        if share is not None and len(ranked) >= SMALLEST_SERIES:
            reliability[kind] = round(share, 4)
    return reliability


def _usual_variances(rows: Mapping[str, StationScore], results) -> dict[str, float]:
    """Per group, over all stations where it enters the score; a hidden group never does."""
    groups: dict[str, list[tuple[int, float]]] = {}
    for result in results:
        spread = rows[result.code].spread
        for group in result.groups:
            if group.enters and (kept := spread.get(group.group)):
                groups.setdefault(group.group, []).append((kept["ballots"], kept["squares"]))
    return {group: uncertainty.usual_variance(pairs) for group, pairs in groups.items()}


def _error(spread: dict, result: Result, usual: dict) -> uncertainty.Error | None:
    """The error of the composite; None without one, or where a group is too small to be shown."""
    entering = [group for group in result.groups if group.enters]
    if result.composite_exact is None or any(group.group not in spread for group in entering):
        return None
    total = sum(part.weight for part in result.parts)
    part = next(part.weight for part in result.parts if part.part == QUESTIONNAIRE) / total
    groups = sum(group.weight for group in entering)
    return uncertainty.standard_error(
        Stratum(
            share=float(part * group.weight / groups),
            ballots=spread[group.group]["ballots"],
            squares=spread[group.group]["squares"],
            usual=usual[group.group],
        )
        for group in entering
    )


def _hundredths(direction: Callable, value: Fraction) -> Decimal:
    """Rounded outwards: an interval is never narrower than computed."""
    return Decimal(f"{direction(value * 100)}E-2")
