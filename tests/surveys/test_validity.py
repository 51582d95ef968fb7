"""Scoring rule 1: a ballot is valid with at least 80% of the scored questions answered by an option
that counts. Worked by hand for ten scored questions, one yes-no question after them."""

from decimal import Decimal

import pytest

from surveys.layout import Choice, Item, Layout
from surveys.validity import is_valid, pack, unpack

S4 = (("1", True), ("2", True), ("3", True), ("4", False))
YES_NO = (("1", False), ("2", False))


def item(number, choices, *, scored=True, is_text=False, is_lead=False):
    return Item(
        number=number,
        area_zh="",
        area_en="",
        text_zh="",
        text_en="",
        is_text=is_text,
        is_lead=is_lead,
        scored=scored,
        required=True,
        choices=tuple(
            Choice(code=code, text_zh="", text_en="", counts=counts, satisfied=counts)
            for code, counts in choices
        ),
    )


LAYOUT = Layout(
    pk=1,
    digest="",
    valid_share=Decimal("0.8"),
    items=(
        *(item(number, S4) for number in range(1, 11)),
        item(11, YES_NO, scored=False, is_lead=True),
        item(12, (), scored=False, is_text=True),
    ),
    groups=(),
)


@pytest.mark.parametrize(
    ("packed", "valid"),
    [
        ("11111111112", True),
        ("11111111002", True),  # 8 of 10
        ("11111110002", False),  # 7 of 10
        ("11111111442", True),  # 8, and 2 × 不了解
        ("11111114442", False),  # 7, and 3 × 不了解
        ("33333333000", True),  # dissatisfied counts; the yes-no question does not matter
        ("33333330001", False),  # nor does it help
        ("44444444442", False),
        ("00000000000", False),
    ],
)
def test_valid_from_eight_of_ten(packed, valid):
    assert is_valid(packed, LAYOUT, Decimal("0.8")) is valid


def test_the_share_is_exact():
    assert is_valid("11111110002", LAYOUT, Decimal("0.7")) is True
    assert is_valid("11111110002", LAYOUT, Decimal("0.701")) is False


def test_packing_writes_a_character_per_ticked_question_in_number_order():
    assert pack({2: "3", 1: "1", 11: "2"}, LAYOUT) == "13000000002"
    assert unpack("13000000002", LAYOUT) == {1: "1", 2: "3", 11: "2"}


@pytest.mark.parametrize(
    "wrong", [{1: "5"}, {1: ""}, {1: "12"}, {12: "1"}, {13: "1"}, {11: "3"}, {1: "0"}]
)
def test_packing_refuses_what_the_form_cannot_give(wrong):
    with pytest.raises(ValueError, match="no option"):
        pack(wrong, LAYOUT)


@pytest.mark.parametrize("wrong", ["1", "111111111111", "51111111111", "1111111111x"])
def test_unpacking_refuses_what_does_not_fit(wrong):
    with pytest.raises(ValueError, match=r"answers for|no option"):
        unpack(wrong, LAYOUT)
