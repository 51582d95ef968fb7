"""Between a run and `scoring.uncertainty`: what stands beside a station's official figures."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from statistics import median

from scoring import uncertainty
from scoring.engine import QUESTIONNAIRE, Policy, Question, round_half_up
from scoring.models import StationScore
from scoring.ranking import GroupScore
from scoring.ranking import StationScore as Result
from scoring.uncertainty import Stratum, Usual
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
) -> dict[str, dict]:
    """Fill in how sure each of `rows` (by code) is; returns what `ScoreRun.reliability` keeps.

    Uses the official results and `spread` alone, so frozen rows give the same again.
    """
    usual = _usual(rows, results)
    series: dict[str, list[tuple[StationScore, float, float]]] = {}
    for result in results:
        row = rows[result.code]
        entering = [group for group in result.groups if group.enters]
        # SECURITY: a group too small to be shown has no `spread`, and then there is no interval.
        hidden = any(group.group not in row.spread for group in entering)
        if result.composite_exact is None or hidden:
            continue
        questionnaire = uncertainty.estimate(_strata(entering, row.spread, usual))
        total = sum(part.weight for part in result.parts)
        share = next(p.weight for p in result.parts if p.part == QUESTIONNAIRE) / total
        surely = result.composite_exact - share * result.questionnaire_exact
        low, high = (surely + share * Fraction(end) for end in questionnaire.interval)
        error = float(share) * questionnaire.error
        row.se = round_half_up(Fraction(error), 3)
        # The official figure is a fact: in 2 places or fewer it must not fall out of its interval.
        row.low = min(_hundredths(math.floor, low), result.composite)
        row.high = max(_hundredths(math.ceil, high), result.composite)
        if result.status == "ranked":
            figures = (row, float(result.composite_exact), error)
            series.setdefault(result.kind, []).append(figures)
    reliability = {}
    for kind, ranked in series.items():
        members, scores, errors = zip(*ranked, strict=True)
        intervals = uncertainty.rank_intervals(scores, errors, f"{seed} {kind}")
        alike = uncertainty.not_told_apart(scores, errors)
        joint = uncertainty.joint_rank_intervals(scores, errors, f"{seed} {kind} joint")
        drawn, _kept = uncertainty.drawn_to_mean(scores, errors)
        for row, (best, worst), others in zip(members, intervals, alike, strict=True):
            # The official rank is a fact: an interval beside it never leaves it out.
            row.rank_low, row.rank_high = min(best, row.rank_kind), max(worst, row.rank_kind)
            row.alike = others
        bands = uncertainty.bands(scores, errors)
        for row, (best, worst), band, guess in zip(members, joint, bands, drawn, strict=True):
            row.joint_low, row.joint_high = min(best, row.rank_low), max(worst, row.rank_high)
            row.band, row.shrunk = band, round_half_up(Fraction(guess), 2)
        share = uncertainty.reliability(scores, errors)
        if share is not None and len(ranked) >= SMALLEST_SERIES:
            reliability[kind] = {
                "share": round(share, 4),
                "width": round(median(worst - best + 1 for best, worst in intervals)),
                "size": len(ranked),
            }
    return reliability


def _usual(rows: Mapping[str, StationScore], results: tuple[Result, ...]) -> dict[str, Usual]:
    """Per group, over all stations where it enters the score; a hidden group never does."""
    groups: dict[str, list[tuple[float, int, float]]] = {}
    for result in results:
        spread = rows[result.code].spread
        for group in result.groups:
            if group.enters and (kept := spread.get(group.group)):
                known = (float(group.score), kept["ballots"], kept["squares"])
                groups.setdefault(group.group, []).append(known)
    return {group: uncertainty.usual_of(known) for group, known in groups.items()}


def _strata(entering: list[GroupScore], spread: dict, usual: dict[str, Usual]) -> list[Stratum]:
    total = sum(group.weight for group in entering)
    return [
        Stratum(
            share=float(group.weight / total),
            score=float(group.score),
            ballots=spread[group.group]["ballots"],
            squares=spread[group.group]["squares"],
            usual=usual[group.group],
        )
        for group in entering
    ]


def _hundredths(direction: Callable, value: Fraction) -> Decimal:
    """Rounded outwards: an interval is never narrower than computed."""
    return Decimal(f"{direction(value * 100)}E-2")
