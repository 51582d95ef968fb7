"""What a score is, and how scores are ranked. Knows nothing of how a score is computed.

Source: the design's chapter on scoring, rules 5 and 9; notice 豫安监管办〔2014〕117号, part 五
(评议名次). The rules in plain words: docs/scoring.md.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """What a group's counted answers to one question are worth: `points` over `answers`."""

    number: int
    weight: Fraction
    answers: int
    points: Fraction

    @property
    def score(self) -> Fraction | None:
        """The mean value of an answer, 0 to 100; None if nobody answered (rule 3)."""
        return self.points / self.answers if self.answers else None


@dataclass(frozen=True, slots=True)
class GroupScore:
    """A group's weighted mean over its questions; it enters Q if `reached_minimum` and scored.

    `answers` and `earned` (in `unit`ths of a point) go with `asked`: (number, weight). They
    are whole numbers and not `QuestionScore`s because a nation has more than a million of them, and
    each object that the garbage collector looks at makes every other slower.
    """

    group: str
    weight: Fraction
    minimum: int
    valid_ballots: int
    reached_minimum: bool
    score: Fraction | None
    asked: tuple[tuple[int, Fraction], ...]
    answers: tuple[int, ...]
    earned: tuple[int, ...]
    unit: int

    @property
    def questions(self) -> tuple[QuestionScore, ...]:
        """What each question came to, in the order of numbers."""
        return tuple(
            QuestionScore(number, weight, answers, Fraction(earned, self.unit))
            for (number, weight), answers, earned in zip(
                self.asked, self.answers, self.earned, strict=True
            )
        )

    @property
    def enters(self) -> bool:
        return self.reached_minimum and self.score is not None


@dataclass(frozen=True, slots=True)
class PartScore:
    """One part of the composite; `value` None means it is missing, which is never 0."""

    part: str
    weight: Fraction
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in one series: `position` of `size` ranked stations, 1 being the best."""

    series: str
    position: int
    size: int


@dataclass(frozen=True, slots=True)
class StationScore:
    """A station's result with the whole chain behind it, from composite down to answers (rule 9).

    `questionnaire` and `composite` are the exact figures rounded once; None where undefined.
    `grade` and `ranks` are empty unless `status` is "ranked". `flags` keep every fact apart from
    the status: groups_renormalised, insufficient_sample, missing_<part>, vetoed; sorted.
    """

    code: str
    kind: str
    line: str
    prefecture: str
    county: str
    valid_ballots: int
    groups: tuple[GroupScore, ...]
    questionnaire_exact: Fraction | None
    questionnaire: Decimal | None
    parts: tuple[PartScore, ...]
    composite_exact: Fraction | None
    composite: Decimal | None
    status: str
    flags: tuple[str, ...]
    grade: str | None
    ranks: tuple[Rank, ...] = ()

    def rank_in(self, series: str) -> Rank | None:
        """The station's place in one of its series; None if it is not ranked there."""
        return next((rank for rank in self.ranks if rank.series == series), None)


def series_of(score: StationScore) -> tuple[str, str, str]:
    """A station's series: all together, its kind, its kind in its prefecture (rule 5)."""
    return "all", f"kind:{score.kind}", f"prefecture:{score.prefecture}:{score.kind}"


def positions(keys: Iterable[Hashable]) -> dict:
    """The place of each distinct key, greatest first; equal keys share a place: 1, 2, 2, 4."""
    places: dict = {}
    for place, key in enumerate(sorted(keys, reverse=True), start=1):
        places.setdefault(key, place)
    return places


def rank_key(composite: Decimal, questionnaire: Decimal, tie_break: str) -> tuple[Decimal, ...]:
    """What decides on a place: the rounded composite, then the rounded questionnaire score (rule
    5); under the tie rule "share" the composite alone."""
    return (composite,) if tie_break == "share" else (composite, questionnaire)


def ranked(
    scores: Iterable[StationScore], tie_break: str = "questionnaire"
) -> tuple[StationScore, ...]:
    """The scores with their ranks, in the order of station codes; only status "ranked" ranks.

    Raises ValueError for a station code given twice.
    """
    scores = sorted(scores, key=lambda score: score.code)
    if len({score.code for score in scores}) < len(scores):
        raise ValueError("stations: a code given twice")

    def key_of(score: StationScore) -> tuple[Decimal, ...]:
        return rank_key(score.composite, score.questionnaire, tie_break)

    keys_in: dict[str, list] = {}
    for score in scores:
        if score.status == "ranked":
            for series in series_of(score):
                keys_in.setdefault(series, []).append(key_of(score))
    places = {series: positions(keys) for series, keys in keys_in.items()}

    def ranks_of(score: StationScore) -> tuple[Rank, ...]:
        if score.status != "ranked":
            return ()
        key = key_of(score)
        return tuple(Rank(s, places[s][key], len(keys_in[s])) for s in series_of(score))

    return tuple(replace(score, ranks=ranks_of(score)) for score in scores)
