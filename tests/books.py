"""What a workbook that leaves the portal must be: printable, and every figure to be seen."""

import io

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter


def shown_width(cell) -> int:
    """How many characters a number or a day takes; 0 for text, which runs on or is wrapped."""
    if cell.is_date:
        return len(cell.number_format)
    if isinstance(cell.value, bool) or not isinstance(cell.value, (int, float)):
        return 0
    places = len(cell.number_format.partition(".")[2])
    return len(f"{cell.value:.{places}f}") if places else len(str(cell.value))


def faults_of_book(content: bytes) -> list[str]:
    """A workbook's (xlsx bytes) formulas, hidden figures (###) and pages without heads."""
    found = []
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        if sheet.sheet_state != "visible":
            continue
        setup = sheet.page_setup
        if (setup.orientation, setup.fitToWidth, setup.fitToHeight) != ("landscape", 1, 0):
            found.append(f"{sheet.title}: printed over the edge")
        if sheet.freeze_panes != "A2":
            found.append(f"{sheet.title}: heads scroll away")
        if sheet.print_title_rows != "$1:$1" and sheet.max_row > 40:
            found.append(f"{sheet.title}: pages without heads")
        for column in sheet.iter_cols():
            letter = get_column_letter(column[0].column)
            width = sheet.column_dimensions[letter].width
            if any(cell.data_type == "f" for cell in column):
                found.append(f"{sheet.title} {letter}: a formula")
            # A number takes its signs and the cell's edges.
            if any(shown_width(cell) > width - 1 for cell in column[1:]):
                found.append(f"{sheet.title} {letter}: ###")
    return found
