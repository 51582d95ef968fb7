"""Packing an answer sheet, and the rule of the counted share (scoring rule 1). Pure."""

from decimal import Decimal

from surveys.layout import Layout

BLANK = "0"


def pack(answers: dict[int, str], layout: Layout) -> str:
    """One character per question that is not a text, in number order; "0" where none was chosen.

    Raises ValueError for a question or an option that the questionnaire does not have.
    """
    known = {item.number: item for item in layout.packed}
    for number, code in answers.items():
        if number not in known or len(code) != 1 or code not in known[number].codes:
            raise ValueError(f"question {number}: no option {code!r}")
    return "".join(answers.get(item.number, BLANK) for item in layout.packed)


def unpack(packed: str, layout: Layout) -> dict[int, str]:
    """The answers of `packed`, without the blanks. Raises ValueError when it does not fit."""
    if len(packed) != len(layout.packed):
        raise ValueError(f"{len(packed)} answers for {len(layout.packed)} questions")
    answers = {
        item.number: code for item, code in zip(layout.packed, packed, strict=True) if code != BLANK
    }
    pack(answers, layout)
    return answers


def is_valid(packed: str, layout: Layout, valid_share: Decimal) -> bool:
    """True when at least `valid_share` of the scored questions are answered with an option that
    counts; 不了解 does not (10 scored questions and 0.8: eight)."""
    scored = [(item, code) for item, code in zip(layout.packed, packed, strict=True) if item.scored]
    counted = sum(code in item.counting for item, code in scored)
    return counted >= valid_share * len(scored)
