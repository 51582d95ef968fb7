"""`explain(score)`: a station's figure as a chain from the composite down to the counts.

Plain data, computed by the engine from the run's frozen rows alone; the words are the frozen ones,
in the language in force (design, chapter on scoring, rule 9).
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring import engine
from scoring.frozen import label, read_rules, station_input
from scoring.models import SMALLEST_GROUP_SHOWN, Grade, Part, StationScore
from scoring.services.runs import RESULTS, results_of

SHOWN_PLACES = 4


@dataclass(frozen=True)
class Figure:
    """An exact figure: as a fraction, and to four places for the eye."""

    exact: str
    shown: Decimal


@dataclass(frozen=True)
class PartLine:
    """A part of the composite: its weight, its share in percent, its value, what it brings in."""

    code: str
    label: str
    weight: str
    share: Figure
    value: Figure | None
    brings: Figure | None


@dataclass(frozen=True)
class Option:
    """How many ballots chose an option, and what each is worth; None: it does not count."""

    label: str
    value: str | None
    count: int


@dataclass(frozen=True)
class QuestionLine:
    """A question in a group: points over counted answers make its score."""

    number: int
    label: str
    weight: str
    options: tuple[Option, ...]
    unanswered: int
    answers: int
    points: str
    score: Figure | None


@dataclass(frozen=True)
class Group:
    """A group. With fewer than five ballots (`hidden`) nothing of it is told but that it is so.

    `share`: its weight in percent of the weights of the groups that enter.
    """

    code: str
    label: str
    weight: str
    minimum: int
    hidden: bool
    ballots: int | None
    enters: bool
    share: Figure | None
    score: Figure | None
    questions: tuple[QuestionLine, ...]


@dataclass(frozen=True)
class Explanation:
    """The whole chain. `agrees` is False when the stored figures do not follow from the inputs."""

    agrees: bool
    policy: engine.Policy
    parts: tuple[PartLine, ...]
    composite: Figure | None
    composite_rounded: Decimal | None
    questionnaire: Figure | None
    questionnaire_rounded: Decimal | None
    groups: tuple[Group, ...]
    renormalised: bool
    missing: tuple[str, ...]
    grade: str
    grade_without_veto: str
    vetoed: bool


def explain(score: StationScore) -> Explanation:
    """Why the station has this score in this run. Raises ValueError for damaged frozen rows.

    SECURITY: a preliminary run shows no breakdown by group (see `scoring.discretion`).
    """
    run = score.run
    policy, questions = read_rules(run)
    frozen = station_input(score)
    result = engine.score_station(policy, questions, frozen)
    # Ranks depend on the other stations: `export_run` proves them, not a single page.
    own = [field for field in RESULTS if not field.startswith("rank_")]
    recomputed = results_of(result)
    entering = sum((group.weight for group in result.groups if group.enters), Fraction(0))
    tallies = {tally.group: tally for tally in frozen.tallies}
    scales = {question.number: question.scale for question in questions}
    by_veto = score.status == "ranked" and frozen.vetoed
    return Explanation(
        agrees=all(recomputed[field] == getattr(score, field) for field in own),
        policy=policy,
        parts=_parts(result),
        composite=_figure(result.composite_exact),
        composite_rounded=result.composite,
        questionnaire=_figure(result.questionnaire_exact),
        questionnaire_rounded=result.questionnaire,
        groups=()
        if run.preliminary
        else tuple(
            _group(run, policy, group, tallies.get(group.group), entering, scales)
            for group in result.groups
        ),
        renormalised="groups_renormalised" in result.flags,
        missing=tuple(
            Part(part.part).label
            for part in result.parts
            if part.value is None and part.part != engine.QUESTIONNAIRE
        ),
        grade=Grade(result.grade).label if result.grade else "",
        grade_without_veto=(
            Grade(policy.grade(result.composite, vetoed=False)).label if by_veto else ""
        ),
        vetoed=frozen.vetoed,
    )


def _parts(result: engine.StationScore) -> tuple[PartLine, ...]:
    total = sum(part.weight for part in result.parts)
    return tuple(
        PartLine(
            code=part.part,
            label=Part(part.part).label,
            weight=plain(part.weight),
            share=_figure(part.weight / total * 100),
            value=_figure(part.value),
            brings=_figure(None if part.value is None else part.value * part.weight / total),
        )
        for part in result.parts
    )


def _group(run, policy, group, tally, entering: Fraction, scales: dict) -> Group:
    hidden = group.valid_ballots < SMALLEST_GROUP_SHOWN
    counts = {(number, option): n for number, option, n in tally.counts} if tally else {}
    return Group(
        code=group.group,
        label=label(run, "groups", group.group),
        weight=plain(group.weight),
        minimum=group.minimum,
        hidden=hidden,
        ballots=None if hidden else group.valid_ballots,
        enters=group.enters,
        share=_figure(group.weight / entering * 100) if group.enters else None,
        score=None if hidden else _figure(group.score),
        questions=()
        if hidden
        else tuple(
            _question(run, policy, line, scales[line.number], counts, group.valid_ballots)
            for line in group.questions
        ),
    )


def _question(run, policy, line, scale: str, counts: dict, ballots: int) -> QuestionLine:
    options = tuple(
        Option(
            label=label(run, "options", scale, rule.option),
            value=plain(rule.value) if rule.counts else None,
            count=counts.get((line.number, rule.option), 0),
        )
        for rule in policy.options
        if rule.scale == scale
    )
    return QuestionLine(
        number=line.number,
        label=label(run, "questions", line.number),
        weight=plain(line.weight),
        options=options,
        unanswered=ballots - sum(option.count for option in options),
        answers=line.answers,
        points=plain(line.points),
        score=_figure(line.score),
    )


def _figure(value: Fraction | None) -> Figure | None:
    if value is None:
        return None
    return Figure(exact=str(value), shown=engine.round_half_up(value, SHOWN_PLACES))


def plain(value: Fraction) -> str:
    """An exact number as people write it: "8", "12.5", or "1/3" where no decimal is exact."""
    if value.denominator == 1:
        return str(value.numerator)
    for places in range(1, 7):
        if (value * 10**places).denominator == 1:
            return str(engine.round_half_up(value, places))
    return str(value)
