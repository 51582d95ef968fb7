"""Workbooks as people see them: widths, wrapping, numbers, and text that stays text."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from common import sheets
from common.sheet_templates import write_template
from common.sheets import Column, read_table
from common.workbook import Sheet, write_workbook
from tests.books import faults_of_book

COLUMNS = (
    Column("code", "代码", sheets.code, required=True, width=14),
    Column("score", "得分", sheets.decimal(places=2), width=8, number=True),
    Column("basis", "依据", sheets.text(200), width=40),
)
MOMENT = datetime(2014, 10, 25, 9, 0, tzinfo=UTC)


def template(**row):
    target = io.BytesIO()
    write_template(target, title="日常考核", columns=COLUMNS, rows=[row])
    return target.getvalue()


def test_a_template_reckons_with_numbers_and_keeps_codes_as_text():
    content = template(code="0371", score=Decimal("91.75"), basis="日常检查记录")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert (sheet["A2"].value, sheet["B2"].value) == ("0371", 91.75)
    formats = [sheet.column_dimensions[letter].number_format for letter in "AB"]
    assert formats == ["@", "General"]
    assert [sheet[f"{letter}2"].alignment.wrap_text for letter in "AC"] == [None, True]
    table = read_table(content, COLUMNS)
    assert table.rows[0].values == {
        "code": "0371", "score": Decimal("91.75"), "basis": "日常检查记录",
    }  # fmt: skip


def test_every_column_has_a_width():
    Sheet("页", headers=["一", "二"], rows=[], widths=(8, 10))
    with pytest.raises(ValueError, match="1 widths for 2 columns"):
        Sheet("页", headers=["一", "二"], rows=[], widths=(8,))


@pytest.mark.parametrize(
    ("value", "width", "faults"),
    [
        (MOMENT, 17, 0),
        (MOMENT, 13, 1),
        (MOMENT.date(), 12, 0),
        (MOMENT.date(), 10, 1),
        (Decimal("1234567.891"), 11, 0),
        (Decimal("1234567.891"), 10, 1),
        ("2014-10-25 09:00", 8, 0),
    ],
)
def test_a_figure_wider_than_its_column_is_seen(value, width, faults):
    """Of the check itself: a spreadsheet shows ### instead of such a number, and cuts only text."""
    target = io.BytesIO()
    write_workbook(target, title="页", headers=["一"], rows=[[value]], widths=(width,))
    assert len(faults_of_book(target.getvalue())) == faults


@pytest.mark.parametrize(
    ("text", "width", "height"),
    [
        ("x" * 29, 30, None),
        ("x" * 30, 30, 34),
        ("安" * 14, 30, None),
        ("安" * 15, 30, 34),
        ("安" * 30, 30, 51),
        ("一\n二\n三", 30, 51),
        ("x" * 32767, 30, 408),
    ],
)
def test_a_wrapped_row_is_as_high_as_its_lines(text, width, height):
    """A line is 17 points; of a column one character is lost to its edges."""
    target = io.BytesIO()
    rows = [[text, 1], ["short", 1]]
    write_workbook(target, title="页", headers=["一", "二"], rows=rows, widths=(width, 8))
    sheet = load_workbook(io.BytesIO(target.getvalue())).active
    assert [sheet.row_dimensions[row].height for row in (2, 3)] == [height, None]
    # What stands beside it begins on the same line.
    assert sheet["B2"].alignment.vertical == ("top" if height else None)
