"""The empty workbook for an import: headings, drop-downs, notes, and a sheet that explains them."""

import io

from django.http import HttpResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from common.downloads import hand_out
from common.sheets import MAX_ROWS, Column
from common.workbook import CONTENT_TYPE, PAPER_A4, WRAPPED_FROM, height_of

_HEADER_FONT = Font(bold=True)
_REQUIRED = PatternFill("solid", fgColor="FCE8D5")
_OPTIONAL = PatternFill("solid", fgColor="E8EEF4")


def write_template(target, *, title, columns: tuple[Column, ...], rows=()) -> None:
    """Write an empty workbook for `columns` to `target` (a path or binary file).

    Required headings end with "*". `rows`: what is filled in already, as dicts by column name; a
    text stays text. Examples stand on the second sheet only, so that nobody imports them.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = str(title)[:31]
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    lists = None
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        cell = sheet.cell(1, number, f"{column.label}{'*' if column.required else ''}")
        cell.font, cell.fill = _HEADER_FONT, _REQUIRED if column.required else _OPTIONAL
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        if column.note:
            cell.comment = Comment(str(column.note), str(title), width=280, height=90)
        sheet.column_dimensions[letter].width = column.width
        if not column.number:
            # As text, so that a code keeps its zeros and a date what was typed.
            sheet.column_dimensions[letter].number_format = "@"
        if column.choices:
            if lists is None:
                lists = book.create_sheet(_("Choices"))
                lists.sheet_state = "hidden"
            _offer(sheet, lists, letter, column)
    for number, values in enumerate(rows, 2):
        for place, column in enumerate(columns, 1):
            _put(sheet, number, place, values.get(column.name))
            sheet.cell(number, place).alignment = Alignment(
                wrap_text=column.width >= WRAPPED_FROM, vertical="top"
            )
        wrapped = (column for column in columns if column.width >= WRAPPED_FROM)
        texts = ((values.get(column.name), column.width) for column in wrapped)
        height = height_of((text, width) for text, width in texts if isinstance(text, str))
        sheet.row_dimensions[number].height = height
    _explain(book, columns)
    for page in book.worksheets:
        page.page_setup.orientation, page.page_setup.paperSize = "landscape", PAPER_A4
        page.oddFooter.center.text = "&P / &N"
        page.print_options.gridLines = True
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
    book.save(target)


def _offer(sheet, lists, letter, column) -> None:
    """A drop-down; its list stands on a hidden sheet, since one in place may have 255 signs."""
    texts = [str(label) for _value, label in column.choices]
    place = lists.max_column + (1 if lists.max_row > 1 or lists.cell(1, 1).value else 0)
    place = max(place, 1)
    for number, text in enumerate(texts, 1):
        lists.cell(number, place, text)
    own = get_column_letter(place)
    source = f"{quote_sheetname(lists.title)}!${own}$1:${own}${len(texts)}"
    rule = DataValidation(type="list", formula1=source, allow_blank=not column.required)
    rule.error = _("Please choose from the list.")
    rule.add(f"{letter}2:{letter}{MAX_ROWS}")
    sheet.add_data_validation(rule)


def _put(sheet, row, place, value) -> None:
    cell = sheet.cell(row, place)
    cell.value = value
    if isinstance(value, str):
        # openpyxl reads a leading "=" as a formula.
        cell.data_type = "s"


def _explain(book, columns) -> None:
    sheet = book.create_sheet(_("How to fill in"), 1)
    heads = (_("Column"), _("Required"), _("What it means"), _("Allowed"), _("Example"))
    for place, head in enumerate(heads, 1):
        cell = sheet.cell(1, place, head)
        cell.font, cell.fill = _HEADER_FONT, _OPTIONAL
    for number, column in enumerate(columns, 2):
        allowed = "、".join(str(label) for _value, label in column.choices)
        needed = _("yes") if column.required else _("no")
        for place, text in enumerate(
            (column.label, needed, column.note, allowed, column.example), 1
        ):
            _put(sheet, number, place, str(text))
            sheet.cell(number, place).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = height_of(((str(column.note), 44), (allowed, 36)))
    for letter, width in zip("ABCDE", (18, 8, 44, 36, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def template_response(filename: str, **template) -> HttpResponse:
    """A download of `write_template(**template)` under `filename`."""
    content = io.BytesIO()
    write_template(content, **template)
    return hand_out(content.getvalue(), name=filename, content_type=CONTENT_TYPE)
