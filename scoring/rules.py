"""The rules of a computation as exact value objects, and how they refuse nonsense. Pure.

Source: the design's chapter on scoring (rules are cited by its numbers); notice
豫安监管办〔2014〕117号, part 四(三). In plain words: docs/scoring.md.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

LINES = ("regular", "direct", "no_county")
QUESTIONNAIRE = "questionnaire"
PARTS = ("province", "prefecture", "county", QUESTIONNAIRE)
KINDS = ("brigade", "township")
GRADES = ("excellent", "good", "qualified", "unqualified")
TIE_BREAKS = (QUESTIONNAIRE, "share")
BLANK = "0"  # in a packed ballot: the question was left unanswered

# Codes go into CSV files that people open in a spreadsheet: no comma, quote, space or formula sign.
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*", re.ASCII)


def require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def check_code(value: str, what: str) -> None:
    require(CODE.fullmatch(value) is not None, f"{what}: {value!r} is not a code")


def check_among(value: str, allowed: tuple[str, ...], what: str) -> None:
    require(value in allowed, f"{what}: {value!r} is none of {', '.join(allowed)}")


def check_whole(value: int, what: str) -> None:
    require(type(value) is int and value >= 0, f"{what}: {value!r} is not a whole number")


def check_exact(value: Fraction | Decimal, exact_type: type, what: str) -> None:
    # A float would look right and break "the same inputs give the same bytes".
    if not isinstance(value, exact_type):
        raise TypeError(f"{what}: expected {exact_type.__name__}, not {type(value).__name__}")


def check_percent(value: Fraction | Decimal, exact_type: type, what: str) -> None:
    check_exact(value, exact_type, what)
    require(math.isfinite(value) and 0 <= value <= 100, f"{what}: {value} is not between 0 and 100")


def check_weight(value: Fraction, what: str) -> None:
    check_exact(value, Fraction, what)
    require(value > 0, f"{what}: a weight is positive; leave out what weighs nothing")


def sorted_by(record: object, field: str, key: Callable) -> dict:
    """Put a frozen record's collection into canonical order; refuse an entry given twice."""
    entries = tuple(sorted(getattr(record, field), key=key))
    object.__setattr__(record, field, entries)
    by_key = {key(entry): entry for entry in entries}
    require(len(by_key) == len(entries), f"{type(record).__name__}.{field}: an entry given twice")
    return by_key


@dataclass(frozen=True, slots=True)
class Question:
    """A scored question (题目): its weight is relative to the other questions' (rule 3)."""

    number: int
    scale: str
    weight: Fraction

    def __post_init__(self):
        check_whole(self.number, "question number")
        check_code(self.scale, f"question {self.number}: scale")
        check_weight(self.weight, f"question {self.number}: weight")


@dataclass(frozen=True, slots=True)
class OptionRule:
    """What one option of a scale (量表) is worth: 0 to 100 points, or nothing (rule 2).

    `option` is one character, as packed in a ballot. An option that does not count (不了解) has no
    value; one that counts has a value.
    """

    scale: str
    option: str
    counts: bool
    value: Fraction | None

    def __post_init__(self):
        what = f"option {self.scale}/{self.option}"
        check_code(self.scale, what)
        check_code(self.option, what)
        require(len(self.option) == 1 and self.option != BLANK, f"{what}: bad option character")
        require(
            self.counts == (self.value is not None), f"{what}: counts exactly if it has a value"
        )
        if self.value is not None:
            check_percent(self.value, Fraction, what)


@dataclass(frozen=True, slots=True)
class GroupRule:
    """The weight of a respondent group (评议群体) and the valid ballots it needs (rule 3)."""

    code: str
    weight: Fraction
    minimum: int

    def __post_init__(self):
        check_code(self.code, "group")
        check_weight(self.weight, f"group {self.code}: weight")
        check_whole(self.minimum, f"group {self.code}: minimum")


@dataclass(frozen=True, slots=True)
class PartRule:
    """The weight of one part of the composite on one supervision line (rule 4; part 四(三))."""

    line: str
    part: str
    weight: Fraction

    def __post_init__(self):
        check_among(self.line, LINES, "line")
        check_among(self.part, PARTS, f"line {self.line}: part")
        check_weight(self.weight, f"line {self.line}: part {self.part}: weight")


@dataclass(frozen=True, slots=True)
class GradeBand:
    """The lowest rounded composite, 0 to 100, that earns a grade (rule 7)."""

    code: str
    floor: Decimal

    def __post_init__(self):
        check_among(self.code, GRADES, "grade")
        check_percent(self.floor, Decimal, f"grade {self.code}: floor")


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the scoring rules (计分规则).

    `places` decimal places are published; `minimum_sample` valid ballots make a station rankable;
    `valid_share` of the scored questions must be answered for a ballot to be valid (rule 1);
    `veto_grade` is the best grade that a vetoed station can get (rule 7); `tie_break` says whether
    equal composites go to the higher questionnaire score or share the rank. Weights are relative.
    Raises ValueError for a contradictory policy and TypeError for an inexact number.
    """

    version: int
    places: int
    minimum_sample: int
    valid_share: Fraction
    options: tuple[OptionRule, ...]
    groups: tuple[GroupRule, ...]
    parts: tuple[PartRule, ...]
    grades: tuple[GradeBand, ...]
    veto_grade: str = "unqualified"
    tie_break: str = QUESTIONNAIRE

    def __post_init__(self):
        for field in ("version", "places", "minimum_sample"):
            check_whole(getattr(self, field), field)
        check_weight(self.valid_share, "valid_share")
        require(self.valid_share <= 1, "valid_share: more than all questions")
        sorted_by(self, "options", lambda rule: (rule.scale, rule.option))
        sorted_by(self, "groups", lambda rule: rule.code)
        rules = sorted_by(self, "parts", lambda rule: (rule.line, PARTS.index(rule.part)))
        for line, _ in rules:
            require((line, len(PARTS) - 1) in rules, f"line {line}: has no questionnaire part")
        require(0 in sorted_by(self, "grades", lambda band: band.floor), "grades: none from 0 up")
        codes = tuple(band.code for band in self.grades)
        require(len(set(codes)) == len(codes), "grades: a grade has two floors")
        check_among(self.veto_grade, codes, "veto_grade")
        check_among(self.tie_break, TIE_BREAKS, "tie_break")

    def grade(self, composite: Decimal, *, vetoed: bool) -> str:
        """The grade of a rounded composite; a veto (一票否决) caps it (rule 7)."""
        codes = [band.code for band in self.grades]
        reached = sum(band.floor <= composite for band in self.grades) - 1
        return codes[min(reached, codes.index(self.veto_grade))] if vetoed else codes[reached]
