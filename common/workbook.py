"""Workbooks (xlsx): streamed, with a frozen header, and never a formula made of somebody's text."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from common.downloads import hand_out

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a cell can hold (Excel, WPS and LibreOffice alike).
LONGEST_TEXT = 32767
# With these a text would begin a formula, once it is typed.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_HEADER_FONT = Font(bold=True)
_HEADER_FILL = PatternFill("solid", fgColor="E8EEF4")
_HEADER_ALIGNMENT = Alignment(wrap_text=True, vertical="center", horizontal="center")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
# Apart from the text to its right.
_DAY_ALIGNMENT = Alignment(horizontal="center")
# In points: what Chinese signs of 11 points take, and nearly the 409 that a row may have.
_LINE_HEIGHT, _HIGHEST = 17, 408
PAPER_A3, PAPER_A4 = 8, 9
# A text column of so many characters is wrapped.
WRAPPED_FROM = 30
# A wider sheet, in characters, is printed on A3: on A4 nobody could read it.
_WIDEST_ON_A4 = 180


@dataclass(frozen=True)
class Sheet:
    """One sheet. `headers`: texts of the first row. `rows`: an iterable of sequences (text,
    numbers, dates, None); a Decimal is shown with two places. `widths`: the width of every column
    in characters (a moment takes 17); a text column of 30 or more is wrapped."""

    title: str
    headers: Sequence
    rows: Iterable[Sequence]
    widths: Sequence[float] = ()

    def __post_init__(self):
        if self.widths and len(self.widths) != len(self.headers):
            raise ValueError(f"{len(self.widths)} widths for {len(self.headers)} columns")


def text_cell(sheet, value) -> WriteOnlyCell:
    """A cell that stays text, whatever sign it begins with; control characters are dropped."""
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST_TEXT]
    cell = WriteOnlyCell(sheet, value=text)
    # openpyxl reads a leading "=" as a formula; a formula from somebody's text is an attack.
    cell.data_type = "s"
    if text.startswith(FORMULA_SIGNS):
        # It stays text when somebody edits the cell, too.
        cell.quotePrefix = True
    return cell


def _cell(sheet, value, wrapped):
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=timezone.localtime(value).replace(tzinfo=None))
        cell.number_format, cell.alignment = "yyyy-mm-dd hh:mm", _DAY_ALIGNMENT
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format, cell.alignment = "yyyy-mm-dd", _DAY_ALIGNMENT
        return cell
    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "0.00"
        return cell
    if isinstance(value, float):
        return value
    cell = text_cell(sheet, value)
    if wrapped:
        cell.alignment = _WRAPPED
    return cell


def height_of(texts: Iterable[tuple[str, float]]) -> float | None:
    """How high a row must be in points for its wrapped (text, column width) pairs; None for one
    line. LibreOffice does not reckon it when it opens a workbook."""
    lines = 1
    for text, width in texts:
        # No sign is wider than two; most texts need no closer look.
        if 2 * len(text) > width - 1 or "\n" in text:
            parts = text.split("\n")
            lines = max(lines, sum(ceil(max(_width_of(part), 1) / (width - 1)) for part in parts))
    return min(lines * _LINE_HEIGHT, _HIGHEST) if lines > 1 else None


def _width_of(text) -> int:
    """In characters: Chinese ones, which begin at U+2E80, are twice as wide."""
    return len(text) + sum(sign >= "\u2e80" for sign in text)


def write_book(target, sheets: Iterable[Sheet]) -> None:
    """Write `sheets`, one behind the other, to `target` (a path or a binary file)."""
    book = Workbook(write_only=True)
    for contents in sheets:
        _write_sheet(book, contents)
    book.save(target)


def _write_sheet(book, contents: Sheet) -> None:
    sheet = book.create_sheet(_sheet_name(book, contents.title))
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    wide = sum(contents.widths) > _WIDEST_ON_A4
    sheet.page_setup.paperSize = PAPER_A3 if wide else PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P / &N"
    for number, width in enumerate(contents.widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.print_options.gridLines = True
    wrapped = {n: width for n, width in enumerate(contents.widths) if width >= WRAPPED_FROM}
    header = []
    for text in contents.headers:
        cell = text_cell(sheet, text)
        cell.font, cell.fill, cell.alignment = _HEADER_FONT, _HEADER_FILL, _HEADER_ALIGNMENT
        header.append(cell)
    heads = zip(map(str, contents.headers), contents.widths, strict=False)
    _append(sheet, 1, header, height_of(heads))
    count = 1
    for row in contents.rows:
        count += 1
        cells = [_cell(sheet, value, place in wrapped) for place, value in enumerate(row)]
        texts = ((row[place], width) for place, width in wrapped.items() if place < len(row))
        height = height_of((text, width) for text, width in texts if isinstance(text, str))
        _append(sheet, count, cells, height)
    if contents.headers:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(contents.headers))}{count}"
    sheet.close()


def _append(sheet, number, cells, height) -> None:
    if height is None:
        sheet.append(cells)
        return
    sheet.row_dimensions[number].height = height
    sheet.append([_at_top(sheet, cell) for cell in cells] if number > 1 else cells)
    # It is written; kept, the heights of a long sheet would fill the memory.
    del sheet.row_dimensions[number]


def _at_top(sheet, value):
    """The cell, with its text beside the first line of the wrapped ones."""
    cell = value if isinstance(value, Cell) else WriteOnlyCell(sheet, value=value)
    present = cell.alignment
    cell.alignment = Alignment(
        horizontal=present.horizontal, vertical="top", wrap_text=present.wrap_text
    )
    return cell


def _sheet_name(book, title) -> str:
    """31 characters, none of them forbidden, and no other sheet's name."""
    name = "".join(" " if sign in "[]:*?/\\" else sign for sign in str(title)).strip()[:31]
    taken, number, free = {sheet.title for sheet in book.worksheets}, 2, name
    while free in taken:
        free, number = f"{name[:27]} ({number})", number + 1
    return free


def write_workbook(target, *, title, headers, rows, widths=()) -> None:
    """Write one sheet to `target`; the fields are those of `Sheet`."""
    write_book(target, [Sheet(title=title, headers=headers, rows=rows, widths=widths)])


def workbook_response(filename, **sheet) -> HttpResponse:
    """A download of one sheet (fields of `Sheet`) under `filename`."""
    return book_response(filename, [Sheet(**sheet)])


def book_response(filename, sheets: Iterable[Sheet]) -> HttpResponse:
    """A download of `sheets` under `filename`."""
    content = io.BytesIO()
    write_book(content, sheets)
    return hand_out(content.getvalue(), name=filename, content_type=CONTENT_TYPE)
