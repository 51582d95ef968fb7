"""Scores and ranks stations from counted answers: pure, exact and deterministic.

Frozen dataclasses go in, frozen dataclasses come out. Every figure is an exact fraction until it is
rounded once, half up, for publication. The value objects put their collections into canonical
order, so the order in which ballots, groups or stations are listed cannot change a result.

Source: the design's chapter on scoring (rules are cited by its numbers); notice
豫安监管办〔2014〕117号, part 四(三) (daily 30, of which the prefecture 10, questionnaire 70) and
part 五 (what results are used for). In plain words, with worked examples: docs/scoring.md.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring.collector import collector_paused
from scoring.ranking import GroupScore, PartScore, StationScore, ranked
from scoring.rules import (
    BLANK,
    GRADES,
    KINDS,
    LINES,
    PARTS,
    QUESTIONNAIRE,
    GradeBand,
    GroupRule,
    OptionRule,
    PartRule,
    Policy,
    Question,
    check_among,
    check_code,
    check_percent,
    check_whole,
    require,
    sorted_by,
)

__all__ = [
    "BLANK",
    "ENGINE_VERSION",
    "GRADES",
    "KINDS",
    "LINES",
    "PARTS",
    "QUESTIONNAIRE",
    "GradeBand",
    "GroupRule",
    "GroupTally",
    "OptionRule",
    "PartRule",
    "Policy",
    "Question",
    "StationInput",
    "StationScore",
    "is_valid_ballot",
    "round_half_up",
    "score_all",
    "score_station",
]

ENGINE_VERSION = "1"


@dataclass(frozen=True, slots=True)
class GroupTally:
    """The valid ballots of one group at one station and their answers (计票).

    `counts` holds `(question number, option, count)`; options that do not count may be listed and
    earn nothing. A count of 0 says nothing and is dropped, so equal facts are equal records.
    """

    group: str
    valid_ballots: int
    counts: tuple[tuple[int, str, int], ...]

    def __post_init__(self):
        check_code(self.group, "group")
        check_whole(self.valid_ballots, f"group {self.group}: valid ballots")
        for _, _, count in self.counts:
            check_whole(count, "tally: count")
        object.__setattr__(self, "counts", tuple(entry for entry in self.counts if entry[2]))
        sorted_by(self, "counts", lambda entry: entry[:2])


@dataclass(frozen=True, slots=True)
class StationInput:
    """Everything that one station's (基层站所) score depends on.

    `prefecture` is the prefecture's code, or the county's own for a directly administered county;
    `county` may be empty. `daily` holds `(part, score 0 to 100)` of the daily assessments
    (日常考核) that exist: a score not given is left out, never written as 0 (rule 4).
    """

    code: str
    kind: str
    line: str
    prefecture: str
    county: str
    daily: tuple[tuple[str, Decimal], ...]
    tallies: tuple[GroupTally, ...]
    vetoed: bool

    def __post_init__(self):
        check_code(self.code, "station")
        what = f"station {self.code}"
        check_among(self.kind, KINDS, f"{what}: kind")
        check_among(self.line, LINES, f"{what}: line")
        check_code(self.prefecture, f"{what}: prefecture")
        if self.county:
            check_code(self.county, f"{what}: county")
        for part, score in self.daily:
            check_among(part, PARTS[:-1], f"{what}: daily")
            check_percent(score, Decimal, f"{what}: daily {part}")
        sorted_by(self, "daily", lambda entry: PARTS.index(entry[0]))
        answered = tuple(each for each in self.tallies if each.valid_ballots or each.counts)
        object.__setattr__(self, "tallies", answered)
        sorted_by(self, "tallies", lambda tally: tally.group)


def round_half_up(value: Fraction | None, places: int) -> Decimal | None:
    """A non-negative exact figure at `places` decimal places, ties upwards; None stays None."""
    if value is None:
        return None
    # Integer arithmetic: independent of the thread's decimal context.
    return Decimal(f"{math.floor(value * 10**places + Fraction(1, 2))}E-{places}")


def is_valid_ballot(answers: str, questions: Iterable[Question], policy: Policy) -> bool:
    """Whether enough scored questions are answered with an option that counts (rule 1).

    `answers` has one option character per scored question in number order, "0" for a blank.
    Raises ValueError for a wrong length or an option that the question's scale does not have.
    """
    scales = [question.scale for question in sorted(questions, key=lambda each: each.number)]
    require(len(answers) == len(scales), f"ballot: {len(answers)} of {len(scales)} answers")
    counts = {(rule.scale, rule.option): rule.counts for rule in policy.options}
    counts |= {(scale, BLANK): False for scale in scales}
    marks = tuple(zip(scales, answers, strict=True))
    require(counts.keys() >= set(marks), "ballot: an option that its scale does not have")
    return sum(counts[mark] for mark in marks) >= policy.valid_share * len(scales)


def score_station(
    policy: Policy, questions: Iterable[Question], station: StationInput
) -> StationScore:
    """One station's score, unranked (rules 2 to 5 and 7).

    Raises ValueError where the input contradicts the policy or the questionnaire: an unknown
    group, question, option, line or daily part, or more answers than ballots.
    """
    return _Scorer(policy, questions).score(station)


@collector_paused()
def score_all(
    policy: Policy, questions: Iterable[Question], stations: Iterable[StationInput]
) -> tuple[StationScore, ...]:
    """Every station's score with its ranks, in the order of station codes (rule 5).

    Raises ValueError as `score_station` does, and for a station code given twice.
    """
    return ranked(map(_Scorer(policy, questions).score, stations), policy.tie_break)


class _Scorer:
    """A policy and a questionnaire, prepared once for many stations.

    Option values and question weights are whole numbers of a common unit here: adding up a
    province's answers as integers is as exact as with fractions and much faster.
    """

    def __init__(self, policy: Policy, questions: Iterable[Question]):
        self.policy = policy
        questions = sorted(questions, key=lambda question: question.number)
        self.weights = {question.number: question.weight for question in questions}
        require(0 < len(self.weights) == len(questions), "questions: none, or one number twice")
        self.asked = tuple(self.weights.items())
        whole = math.lcm(*(weight.denominator for weight in self.weights.values()))
        self.shares = {number: int(weight * whole) for number, weight in self.weights.items()}
        unknown = {q.scale for q in questions} - {rule.scale for rule in policy.options}
        require(not unknown, f"questions: unknown scale: {', '.join(sorted(unknown))}")
        self.unit = math.lcm(*(rule.value.denominator for rule in policy.options if rule.counts))
        self.values = {(number, BLANK): None for number in self.weights} | {
            (question.number, rule.option): int(rule.value * self.unit) if rule.counts else None
            for question in questions
            for rule in policy.options
            if rule.scale == question.scale
        }

    def score(self, station: StationInput) -> StationScore:
        policy, what = self.policy, f"station {station.code}"
        rules = [rule for rule in policy.parts if rule.line == station.line]
        require(bool(rules), f"{what}: the policy has no line {station.line}")
        strays = {part for part, _ in station.daily} - {rule.part for rule in rules}
        require(not strays, f"{what}: no such part on its line: {', '.join(sorted(strays))}")
        tallies = {tally.group: tally for tally in station.tallies}
        strays = tallies.keys() - {rule.code for rule in policy.groups}
        require(not strays, f"{what}: unknown group: {', '.join(sorted(strays))}")
        groups = tuple(
            self._group(f"{what}: group {rule.code}", rule, tallies.get(rule.code))
            for rule in policy.groups
        )
        valid_ballots = sum(group.valid_ballots for group in groups)

        entering = [group for group in groups if group.enters]
        questionnaire = _weighted_mean((group.weight, group.score) for group in entering)
        values = {part: Fraction(given) for part, given in station.daily}
        values[QUESTIONNAIRE] = questionnaire
        parts = tuple(PartScore(rule.part, rule.weight, values.get(rule.part)) for rule in rules)
        missing = [p.part for p in parts if p.value is None and p.part != QUESTIONNAIRE]
        complete = not missing and questionnaire is not None
        composite = _weighted_mean((p.weight, p.value) for p in parts) if complete else None
        insufficient = questionnaire is None or valid_ballots < policy.minimum_sample
        status = "incomplete" if missing else "insufficient_sample" if insufficient else "ranked"
        facts = {
            "groups_renormalised": 0 < len(entering) < len(groups),
            "insufficient_sample": insufficient,
            "vetoed": station.vetoed,
        } | {f"missing_{part}": True for part in missing}
        rounded = round_half_up(composite, policy.places)
        return StationScore(
            code=station.code,
            kind=station.kind,
            line=station.line,
            prefecture=station.prefecture,
            county=station.county,
            valid_ballots=valid_ballots,
            groups=groups,
            questionnaire_exact=questionnaire,
            questionnaire=round_half_up(questionnaire, policy.places),
            parts=parts,
            composite_exact=composite,
            composite=rounded,
            status=status,
            flags=tuple(sorted(flag for flag, holds in facts.items() if holds)),
            # A grade weighs as much as a rank: an undecided station has neither.
            grade=policy.grade(rounded, vetoed=station.vetoed) if status == "ranked" else None,
        )

    def _group(self, what: str, rule: GroupRule, tally: GroupTally | None) -> GroupScore:
        tally = tally or GroupTally(rule.code, 0, ())
        marked, counted, earned = (dict.fromkeys(self.weights, 0) for _ in range(3))
        for number, option, count in tally.counts:
            if (number, option) not in self.values:
                raise ValueError(f"{what}: no question {number} with option {option}")
            value = self.values[number, option]
            marked[number] += count
            if value is not None:
                counted[number] += count
                earned[number] += count * value
        most, ballots = max(marked.values()), tally.valid_ballots
        require(most <= ballots, f"{what}: {most} answers to a question on {ballots} ballots")

        return GroupScore(
            group=rule.code,
            weight=rule.weight,
            minimum=rule.minimum,
            valid_ballots=ballots,
            reached_minimum=ballots >= rule.minimum,
            score=self._mean(counted, earned),
            asked=self.asked,
            answers=tuple(counted.values()),
            earned=tuple(earned.values()),
            unit=self.unit,
        )

    def _mean(self, counted: dict[int, int], earned: dict[int, int]) -> Fraction | None:
        """Σ(weight × points / answers) / Σ weight over the questions with an answer: brought to
        one denominator first, so that there is one division."""
        answered = [number for number, answers in counted.items() if answers]
        if not answered:
            return None
        common = math.lcm(*(counted[number] for number in answered))
        points = sum(self.shares[n] * earned[n] * (common // counted[n]) for n in answered)
        return Fraction(points, common * self.unit * sum(self.shares[n] for n in answered))


def _weighted_mean(weighted: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Σ(weight × value) / Σ weight; None over nothing."""
    pairs = tuple(weighted)
    if not pairs:
        return None
    return sum(weight * value for weight, value in pairs) / sum(weight for weight, _ in pairs)
