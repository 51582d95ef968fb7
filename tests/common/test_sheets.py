"""Imports of workbooks: what is read, what is refused, and with which words."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook, load_workbook

from common import sheets
from common.sheet_templates import write_template
from common.sheets import Column, read_table

KINDS = (("brigade", "大队"), ("township", "乡镇站"))
COLUMNS = (
    Column("code", "代码", sheets.code, required=True, note="站所代码", example="410122-1"),
    Column("kind", "类别", sheets.choice(KINDS), choices=KINDS),
    Column("score", "得分", sheets.decimal(places=1, least=0, most=100)),
    Column("day", "日期", sheets.day),
    Column("note", "备注", sheets.text(10)),
)


def workbook(*rows, title="数据", header=("代码", "类别", "得分", "日期", "备注")):
    book = Workbook()
    book.active.title = title
    for row in (header, *rows):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def reasons(table):
    return [(error.row, error.column, error.reason) for error in table.errors]


def test_cells_are_read_as_people_typed_them():
    content = workbook(
        ("410122-1", "大队", 87.5, datetime(2014, 10, 25), "好"),  # noqa: DTZ001 - a cell has no zone
        ("４１０１２２－２", "乡镇站", "８８", "2014年10月26日", None),
        (410122, None, 90.0, "2014/10/27", 12.0),
    )
    table = read_table(content, COLUMNS)
    assert table.errors == []
    assert [row.number for row in table.rows] == [2, 3, 4]
    assert [row.values["code"] for row in table.rows] == ["410122-1", "410122-2", "410122"]
    assert [row.values["kind"] for row in table.rows] == ["brigade", "township", None]
    assert [row.values["score"] for row in table.rows] == [Decimal("87.5"), 88, 90]
    assert [row.values["day"] for row in table.rows] == [date(2014, 10, d) for d in (25, 26, 27)]
    assert table.rows[2].values["note"] == "12"


def test_every_fault_is_named_by_row_and_column():
    content = workbook(
        (None, "大队", 87.55, None, None),
        ("410122-2", "派出所", "很好", "10月", "一二三四五六七八九十一"),
        ("410122-3", None, 100.5, None, "=1+1"),
    )
    table = read_table(content, COLUMNS)
    found = reasons(table)
    assert [(row, column) for row, column, _reason in found] == [
        (2, "代码"),
        (2, "得分"),
        (3, "类别"),
        (3, "得分"),
        (3, "日期"),
        (3, "备注"),
        (4, "得分"),
        (4, "备注"),
    ]
    assert "大队、乡镇站" in found[2][2]
    assert "很好" in found[3][2]
    assert "公式" in found[7][2]


def test_a_header_below_a_title_is_found_and_foreign_columns_are_named():
    content = workbook(
        ("代码*", "联系人"), ("410122-1", "张三"), header=("某县站所一览表",), title="表一"
    )
    table = read_table(content, COLUMNS)
    assert (table.rows[0].number, table.rows[0].values["code"]) == (3, "410122-1")
    assert table.ignored == ["联系人"]
    assert table.rows[0].values["score"] is None


def test_missing_and_doubled_headings_are_named():
    table = read_table(workbook((1,), header=("类别",)), COLUMNS)
    assert reasons(table) == [(None, "代码", "缺少这一列")]
    table = read_table(workbook(("a", "b"), header=("代码", "代码")), COLUMNS)
    assert [error.column for error in table.errors] == ["代码"]


def test_an_empty_sheet_and_doubles_are_errors():
    assert read_table(workbook(), COLUMNS).errors
    table = read_table(workbook(("a",), ("b",), ("a",)), COLUMNS)
    assert table.errors == []
    table.fail_doubles("code")
    assert [(error.row, error.column) for error in table.errors] == [(4, "代码")]


def test_one_cell_far_away_costs_nothing():
    book = Workbook()
    book.active.append(["代码"])
    book.active.append(["a"])
    book.active.cell(1048576, 16384, "x")
    target = io.BytesIO()
    book.save(target)
    table = read_table(target.getvalue(), COLUMNS)
    assert [row.values["code"] for row in table.rows] == ["a"]


def test_what_is_no_workbook_is_refused_in_one_line():
    good = workbook(("a",))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b" " * (sheets.MAX_UNPACKED + 1))
    damaged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(damaged, "w") as target:
        for part in source.namelist():
            body = source.read(part)
            target.writestr(part, body[: len(body) // 2] if "sheet1" in part else body)
    for content, words in (
        (b"", "不是"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, ".xls"),
        (good[: len(good) // 2], "不是"),
        (bomb.getvalue(), "MB"),
        (damaged.getvalue(), "损坏"),
    ):
        with pytest.raises(ValidationError) as refusal:
            read_table(content, COLUMNS)
        assert words in refusal.value.messages[0]
    # The twin: the same workbook whole.
    assert read_table(good, COLUMNS).errors == []


def test_a_fault_of_a_parser_is_not_taken_for_a_damaged_workbook():
    def broken(value):
        raise KeyError("a programmer's mistake")

    with pytest.raises(KeyError):
        read_table(workbook(("a",)), (Column("code", "代码", broken),))


def test_too_many_rows_are_told(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    assert read_table(workbook(("a",), ("b",)), COLUMNS).errors == []
    table = read_table(workbook(("a",), ("b",), ("c",)), COLUMNS)
    assert len(table.rows) == 2
    assert len(table.errors) == 1


def test_a_filled_in_template_is_read_in_the_other_language(settings):
    target = io.BytesIO()
    rows = [{"code": "=cmd", "kind": "大队", "note": "好"}]
    write_template(target, title="导入", columns=COLUMNS, rows=rows)
    book = load_workbook(io.BytesIO(target.getvalue()))
    data, notes = book.worksheets[0], book.worksheets[1]
    assert data["A1"].value == "代码*"
    assert data["A2"].data_type == "s"
    rules = data.data_validations.dataValidation
    assert [str(rule.sqref).split(":")[0] for rule in rules] == ["B2"]
    source = book[rules[0].formula1.split("!")[0].strip("'")]
    assert [row[0].value for row in source["A1:A2"]] == ["大队", "乡镇站"]
    assert "410122-1" in [cell.value for cell in notes["E"]]
    table = read_table(target.getvalue(), COLUMNS)
    assert table.errors == []
    assert table.rows[0].values["code"] == "=cmd"
