"""Workbooks that people hand in: read within limits, every fault named by sheet, row and column.

A kind of import is a tuple of `Column`s. `read_table` finds the sheet and its header row, in either
language of the portal, and parses every cell; what it cannot take becomes a `SheetError`, so that a
person mends the whole workbook at once. Rules about the rows as a whole add errors by `Table.fail`.
"""

import contextlib
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

MAX_BYTES = 10 * 1024**2
# A workbook of 432 KB can unpack to 147 MB and hold a process for a minute.
MAX_UNPACKED = 80 * 1024**2
MAX_ROWS = 20_000
MAX_COLUMNS = 60
# The header stands in one of the first rows; above it there may be a title.
HEADER_ROWS = 10
_OLE = b"\xd0\xcf\x11\xe0"
# What openpyxl, zipfile and the XML parser raise on damaged workbooks (1,000 of them were tried).
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    RuntimeError,  # an encryption or compression that zipfile does not know
    AttributeError,
    EOFError,
    OSError,
    TypeError,
    IndexError,
    SyntaxError,
)


def _text_of(value) -> str:
    """A cell as a person reads it: whole numbers without ".0", dates as 2014-10-25."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date()
    return unicodedata.normalize("NFC", str(value)).strip()


def text(max_length: int = 200) -> Callable:
    """Parses text of at most so many characters."""

    def parse(value):
        found = _text_of(value)
        if len(found) > max_length:
            raise ValidationError(_("longer than %(count)s characters") % {"count": max_length})
        return found

    return parse


def code(value) -> str:
    """Parses a code: full-width characters become plain ones, spaces go."""
    return unicodedata.normalize("NFKC", _text_of(value)).replace(" ", "")


def decimal(*, places: int, least=None, most=None) -> Callable:
    """Parses a number with at most `places` decimals between `least` and `most`; exact."""

    def parse(value):
        if isinstance(value, bool):
            raise ValidationError(_("not a number"))
        try:
            # A float cell holds what was typed only in its shortest form.
            found = Decimal(unicodedata.normalize("NFKC", _text_of(value)))
        except InvalidOperation as error:
            raise ValidationError(_("not a number")) from error
        if not found.is_finite():
            raise ValidationError(_("not a number"))
        if -found.normalize().as_tuple().exponent > places:
            raise ValidationError(_("more than %(count)s decimals") % {"count": places})
        low, high = least is not None and found < least, most is not None and found > most
        if low or high:
            raise ValidationError(_outside(least, most))
        return found

    return parse


def _outside(least, most) -> str:
    if least is None:
        return _("more than %(most)s") % {"most": most}
    if most is None:
        return _("less than %(least)s") % {"least": least}
    return _("not between %(least)s and %(most)s") % {"least": least, "most": most}


def whole(*, least=None, most=None) -> Callable:
    """Parses a whole number between `least` and `most`."""
    parse_decimal = decimal(places=0, least=least, most=most)
    return lambda value: int(parse_decimal(value))


def day(value) -> date:
    """Parses a date: a date cell, or text such as 2014-10-25, 2014/10/25 or 2014年10月25日."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    plain = unicodedata.normalize("NFKC", _text_of(value))
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValidationError(_("not a date such as 2014-10-25"))


def choice(labels) -> Callable:
    """Parses one of several values. `labels`: (value, lazy label) pairs; a cell may hold the value
    or its label in either language. Give the same pairs as `Column.choices` for the drop-down."""

    def parse(value):
        found = _folded(value)
        for key, label in labels:
            if found in {_folded(key), *_in_all_languages(label)}:
                return key
        names = "、".join(str(label) for _key, label in labels)
        raise ValidationError(_("none of: %(names)s") % {"names": names})

    return parse


YES_NO = ((True, translation.gettext_lazy("yes")), (False, translation.gettext_lazy("no")))


@dataclass(frozen=True)
class Column:
    """A column of a kind of workbook.

    `name`: the key in `Row.values`. `label`: its (lazy) heading. `parse`: cell → value, raises
    `ValidationError` with the reason. `choices`: (value, label) pairs for the drop-down.
    `note` and `example` stand in the template. `number`: it is for reckoning with, and the
    template's cells are numbers; all others are text, so that a code keeps its zeros.
    """

    name: str
    label: str
    parse: Callable = text()
    required: bool = False
    choices: tuple = ()
    note: str = ""
    example: str = ""
    width: int = 16
    number: bool = False

    def shown(self, value):
        """A value as people read it: a choice by its label, nothing as an empty text."""
        if value is None:
            return ""
        return dict(self.choices).get(value, value) if self.choices else value


@dataclass(frozen=True)
class SheetError:
    """What is wrong and where. `row` None: the sheet as a whole; `column`: its heading."""

    sheet: str
    row: int | None
    column: str
    reason: str


@dataclass(frozen=True)
class Row:
    """A row of the sheet: its number as the person sees it, and the value of each column by name;
    an empty cell of an optional column is None."""

    number: int
    values: dict


@dataclass
class Table:
    """What a sheet holds. `ignored`: headings that no column knows."""

    sheet: str
    columns: tuple[Column, ...]
    rows: list[Row] = field(default_factory=list)
    errors: list[SheetError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    _unread: set[tuple[int, str]] = field(default_factory=set)

    def fail(self, row: Row | None, column: str, reason) -> None:
        """Add an error at the column called `column` ("" for the row as a whole). A cell that
        could not be read keeps that reason."""
        if row is not None and (row.number, column) in self._unread:
            return
        labels = {item.name: str(item.label) for item in self.columns}
        number = row.number if row else None
        self.errors.append(SheetError(self.sheet, number, labels.get(column, column), str(reason)))

    def cannot_read(self, row: Row, column: str, reason) -> None:
        """Add an error at a cell of which nothing is known: its value is None."""
        self.fail(row, column, reason)
        self._unread.add((row.number, column))

    def is_read(self, row: Row, *columns: str) -> bool:
        """True when the row's cells in `columns` (none named: in all) could be read."""
        names = columns or [item.name for item in self.columns]
        return not any((row.number, name) in self._unread for name in names)

    def fail_doubles(self, *columns: str) -> None:
        """Add an error for each row that repeats the values of `columns` of an earlier one."""
        seen = {}
        for row in self.rows:
            if not self.is_read(row, *columns):
                continue
            key = tuple(row.values[column] for column in columns)
            if key in seen:
                self.fail(row, columns[0], _("already stands in row %(row)s") % {"row": seen[key]})
            seen.setdefault(key, row.number)

    def first_rows(self, count: int) -> list[tuple[int, list]]:
        """The number and the shown values of the first rows, in the columns' order."""
        return [
            (row.number, [column.shown(row.values[column.name]) for column in self.columns])
            for row in self.rows[:count]
        ]


def read_table(content: bytes, columns: tuple[Column, ...], *, title: str | None = None) -> Table:
    """The rows of a workbook (xlsx bytes). `title`: the sheet's name (lazy), else the first sheet
    that has the headings. A workbook that cannot be read raises `ValidationError` with the reason;
    faults of cells are `Table.errors`."""
    _check_package(content)
    with _damage_named():
        # Read-only: one cell in the last row and column must not cost gigabytes.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    with contextlib.closing(book):
        return _read(book, columns, title)


@contextlib.contextmanager
def _damage_named():
    """What reading raises on a damaged workbook, as one clear line."""
    try:
        yield
    except _DAMAGE as error:
        raise ValidationError(
            _("The workbook is damaged. Open it in Excel or WPS, save it anew as .xlsx, try again.")
        ) from error


def _check_package(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise ValidationError(
            _("The workbook is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024**2}
        )
    if content.startswith(_OLE):
        raise ValidationError(
            _("This is an old (.xls) or protected workbook. Save it as .xlsx without a password.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            unpacked = sum(part.file_size for part in package.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise ValidationError(_("This is no workbook (.xlsx).")) from error
    if unpacked > MAX_UNPACKED:
        raise ValidationError(
            _("The workbook unpacks to more than %(limit)s MB. Delete sheets that are not needed.")
            % {"limit": MAX_UNPACKED // 1024**2}
        )


def _read(book, columns, title) -> Table:
    wanted = _in_all_languages(title) if title is not None else None
    best = None
    for sheet in book.worksheets:
        if wanted is not None and _folded(sheet.title) not in wanted:
            continue
        sheet.reset_dimensions()
        table, places, header = _header(sheet, columns)
        if places is not None:
            _fill(table, sheet, places, header)
            return table
        if best is None or len(table.errors) < len(best.errors):
            best = table
    if best is None:
        raise ValidationError(_("The workbook has no sheet “%(title)s”.") % {"title": title or ""})
    return best


def _header(sheet, columns) -> tuple[Table, dict | None, int]:
    """The table without rows, the place of each column, and the number of the header row; places
    is None, and the errors name what lacks, where no row has all required headings."""
    known = {name: column for column in columns for name in _in_all_languages(column.label)}
    best, best_count = Table(sheet.title, columns), -1
    for number, cells in enumerate(_cells(sheet, 1, HEADER_ROWS), 1):
        table, places = Table(sheet.title, columns), {}
        for place, cell in enumerate(cells):
            heading = _folded(cell.value).rstrip("*") if cell.value is not None else ""
            column = known.get(heading)
            if column is None:
                if heading:
                    table.ignored.append(_text_of(cell.value))
            elif column.name in places:
                table.fail(Row(number, {}), column.name, _("the heading stands twice"))
            else:
                places[column.name] = place
        lacking = [column for column in columns if column.required and column.name not in places]
        if places and not lacking and not table.errors:
            return table, places, number
        for column in lacking:
            table.fail(None, column.name, _("this column is missing"))
        if len(places) > best_count:
            best, best_count = table, len(places)
    return best, None, 0


def _fill(table, sheet, places, header) -> None:
    for number, cells in enumerate(_cells(sheet, header + 1, header + MAX_ROWS + 1), header + 1):
        if all(cell.value is None or cell.value == "" for cell in cells):
            continue
        if number > header + MAX_ROWS:
            reason = _("more than %(count)s rows; split the workbook") % {"count": MAX_ROWS}
            table.fail(None, "", reason)
            return
        row = Row(number, {})
        for column in table.columns:
            place = places.get(column.name)
            cell = cells[place] if place is not None and place < len(cells) else None
            row.values[column.name] = _value(table, row, column, cell)
        table.rows.append(row)
    if not table.rows:
        table.fail(None, "", _("the sheet has no rows"))


def _value(table, row, column, cell):
    value = cell.value if cell is not None else None
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.required:
            table.cannot_read(row, column.name, _("missing"))
        return None
    if cell.data_type == "f":
        table.cannot_read(row, column.name, _("a formula; paste its value instead"))
        return None
    if cell.data_type == "e":
        table.cannot_read(row, column.name, _("an error value of the spreadsheet"))
        return None
    try:
        return column.parse(value)
    except ValidationError as error:
        shown = _text_of(value)[:40]
        reason = "；".join(error.messages)
        table.cannot_read(
            row, column.name, _("“%(value)s”: %(why)s") % {"value": shown, "why": reason}
        )
        return None


def _cells(sheet, first, last):
    # Only what reading raises is caught here, nothing of whoever walks over the rows.
    with _damage_named():
        yield from sheet.iter_rows(min_row=first, max_row=last, max_col=MAX_COLUMNS)


def _folded(value) -> str:
    # Brackets and commas of either width; a list in a name is typed with either comma.
    text = unicodedata.normalize("NFKC", _text_of(value)).casefold()
    return text.replace(" ", "").replace("、", ",")


def _in_all_languages(label) -> set[str]:
    """A (lazy) text in each of the portal's languages, folded for comparison."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(_folded(label).rstrip("*"))
    return found


def place_of(columns: tuple[Column, ...], name: str) -> str:
    """The letter of a column in the template."""
    names = [column.name for column in columns]
    return get_column_letter(names.index(name) + 1)
