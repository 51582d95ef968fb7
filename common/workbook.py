"""Workbooks (xlsx): streamed, with a frozen header, and never a formula made of somebody's text."""

from datetime import datetime
from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADER_FONT = Font(bold=True)
_HEADER_FILL = PatternFill("solid", fgColor="E8EEF4")


def text_cell(sheet, value) -> WriteOnlyCell:
    """A cell that stays text, whatever sign it begins with; control characters are dropped."""
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", str(value)))
    # openpyxl reads a leading "=" as a formula; a formula from somebody's text is an attack.
    cell.data_type = "s"
    return cell


def _cell(sheet, value):
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, str):
        return text_cell(sheet, value)
    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "0.00"
        return cell
    return value


def write_workbook(target, *, title, headers, rows, widths=()) -> None:
    """Write one sheet to `target` (a path or a binary file).

    `headers`: texts of the first row. `rows`: an iterable of sequences (text, numbers, dates,
    None); a Decimal is shown with two places. `widths`: column widths in characters, in order.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(title)[:31])
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for number, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    header = []
    for text in headers:
        cell = text_cell(sheet, text)
        cell.font, cell.fill = _HEADER_FONT, _HEADER_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        header.append(cell)
    sheet.append(header)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    book.save(target)


def workbook_response(filename, **sheet) -> HttpResponse:
    """A download of `write_workbook(**sheet)` under `filename` (ASCII)."""
    response = HttpResponse(content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    write_workbook(response, **sheet)
    return response
