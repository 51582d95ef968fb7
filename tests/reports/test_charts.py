"""Charts: the same figures in the picture and in its text alternative."""

import re
from decimal import Decimal as D

import pytest

from common.charts.distribution import distribution
from common.charts.intervals import Interval, intervals
from common.charts.profile import AreaShare, area_profile
from common.charts.progress import progress_bar


def description(drawing):
    return re.search(r"<desc>(.*)</desc>", drawing)[1]


def test_a_distribution_tells_its_bars_and_the_own_place():
    drawing = distribution([D("80.00"), D("81.99"), D("82.00"), D("100.00")], D("82.00"), "T")
    assert description(drawing).startswith("80–82: 2; 82–84: 1; 98–100: 1. ")
    assert drawing.count("<rect") == 10
    # One dark bar, and the pointer that tells it apart in black and white.
    assert drawing.count('fill="#16345c"') == 1
    assert drawing.count("<polygon") == 1
    assert ">82.00</text>" in drawing


def test_without_an_own_place_nothing_points():
    drawing = distribution([D("80.00")], None, "T")
    assert "<polygon" not in drawing
    assert distribution([], None, "T").startswith("<svg")


def test_a_profile_tells_both_shares_and_leaves_out_what_is_missing():
    drawing = area_profile(
        [AreaShare("甲", D("90.0"), None), AreaShare("乙", None, D("50.0"))], "T"
    )
    assert description(drawing) == "甲: 90.0% / —; 乙: — / 50.0%"
    # Two grounds and one bar, besides the one of the legend; one diamond besides its own.
    assert drawing.count("<rect") == 4
    assert drawing.count("<polygon") == 2


def test_intervals_stand_on_one_scale():
    rows = [
        Interval("a", D("80"), D("78"), D("82")),
        Interval("b", D("90"), own=True),
    ]
    drawing = intervals(rows, "T")
    assert description(drawing) == "a: 80 (78–82); b: 90"
    # The own one is a square, the others are not.
    assert (drawing.count("<rect"), drawing.count("<polygon")) == (1, 1)


def test_a_bar_is_as_long_as_its_share():
    assert 'width="33.3"' in progress_bar(D("33.3"))
    assert progress_bar(None) == ""


@pytest.mark.parametrize("hostile", ["<script>", "\"'><x", "&amp;<"])
def test_words_stay_words(hostile):
    for drawing in (
        distribution([D("80")], D("80"), hostile),
        area_profile([AreaShare(hostile, D("1"), D("2"))], hostile),
        intervals([Interval(hostile, D("80"))], hostile),
    ):
        assert hostile not in drawing
        assert "style=" not in drawing
