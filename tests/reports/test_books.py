"""The workbooks: what every one of them must be, and what the year pack holds."""

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Organisation
from evaluations.models import Finding, RectificationTask
from reports import making
from reports.models import Report
from reports.papers import PAPERS
from reports.papers.base import Book
from reports.services import request_report
from scoring.models import StationScore
from stations.models import Station
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, small_province
from tests.reports.papers import confirm_an_honour, needs_fonts, paper, with_run

pytestmark = pytest.mark.django_db

BOOKS = sorted(kind for kind, each in PAPERS.items() if isinstance(each, Book))
# Each begins as a formula would; the last one holds a control character too.
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x","y")', "=1\x07")


@pytest.fixture
def world():
    world = with_run(small_province())
    steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    steps.task(world, world.brigade_enrolment, world.county_officer)
    return world


def made(world, kind, unit=None):
    report = paper(world, kind, unit or world.province)
    return openpyxl.load_workbook(
        io.BytesIO(PAPERS[kind].make(report, NOW, lambda: None)), rich_text=False
    )


def test_these_are_the_books():
    """A new one must be added to the tests that follow by being a `Book`."""
    assert BOOKS == ["completeness_book", "ledger_book", "ranking_book", "register_book"]


@pytest.mark.parametrize("kind", BOOKS)
def test_every_sheet_can_be_read_sorted_and_printed(world, kind):
    for sheet in made(world, kind):
        assert sheet.freeze_panes == "A2"
        assert sheet.print_title_rows == "$1:$1"
        widths = sum(dimension.width for dimension in sheet.column_dimensions.values())
        paper_size = 8 if widths > 180 else 9
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == (
            "landscape",
            paper_size,
        )
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "&P / &N"
        columns = sheet.max_column
        headers = [cell.value for cell in sheet[1]]
        assert sheet.auto_filter.ref.startswith("A1:")
        assert len({sheet.column_dimensions[letter].width for letter in "AB"}) == 2
        if all(headers):
            assert all(cell.font.bold for cell in sheet[1])
            assert len(headers) == columns == len(set(headers))
        assert sheet.max_row >= 2, f"{sheet.title} is empty and shows nothing"


@pytest.mark.parametrize("kind", BOOKS)
def test_the_last_sheet_says_where_the_book_comes_from(world, kind):
    report = paper(world, kind, world.province)
    content = PAPERS[kind].make(report, NOW, lambda: None)
    rows = dict(
        openpyxl.load_workbook(io.BytesIO(content)).worksheets[-1].iter_rows(values_only=True)
    )
    assert report.spaced_code in rows.values()
    assert any(str(value).endswith(f"/verify/{report.code}/") for value in rows.values())
    assert (world.run.output_digest in rows.values()) == PAPERS[kind].of_run


def test_numbers_are_numbers_and_days_are_days(world):
    """The brigade: 79.36, rank 2 of its kind; the task: given on the 25th, due on the 31st."""
    by_code = {
        row[2].value: row
        for row in made(world, "ranking_book")["执法监察大队"].iter_rows(min_row=2)
    }
    brigade = by_code["410122-1"]
    assert (brigade[0].value, brigade[6].value, brigade[10].value) == (2, 79.36, 35)
    assert brigade[6].number_format == "0.00"
    # What is missing is an empty cell: never a zero, never a dash that would not add up.
    assert by_code["410181-1"][6].value is None
    ledger = made(world, "ledger_book").worksheets[0]
    (task,) = ledger.iter_rows(min_row=2)
    days = {cell.number_format: cell.value for cell in task if cell.is_date}
    assert days["yyyy-mm-dd"] == datetime(2014, 10, 31)  # noqa: DTZ001 - workbooks know no zones
    assert days["yyyy-mm-dd hh:mm"] == timezone.localtime(NOW).replace(tzinfo=None)


def test_completeness_by_hand(world):
    """The brigade owes a plan, commitments, a self-inspection (handed in); what others owe about
    it stands in their lines."""
    sheet = made(world, "completeness_book", world.county).worksheets[0]
    lines = {(row[0], row[2]): row[3:] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert lines["410122-1", "自查"] == (1, 1, 0, 0, 100)
    assert lines["410122-2", "自查"] == (1, 0, 1, 0, 0)
    late = made(world, "completeness_book", world.county).worksheets[1]
    assert (date(2014, 9, 30), "410122-2") in {
        (row[0].date(), row[1]) for row in late.iter_rows(min_row=2, values_only=True)
    }


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("kind", BOOKS)
def test_no_text_becomes_a_formula(world, kind, text):
    """In every column that a person can write."""
    row = world.brigade_enrolment
    Organisation.objects.filter(pk__in=(row.organisation.pk, world.county.pk)).update(name_zh=text)
    StationScore.objects.update(name_zh=text)
    Station.objects.update(head=text, phone=text, address=text)
    Finding.objects.update(text=text)
    RectificationTask.objects.update(
        requirement=text, owner=text, measure=text, result=text, review_reason=text
    )
    seen = 0
    for sheet in made(world, kind):
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.data_type != "f", cell.coordinate
                if isinstance(cell.value, str) and cell.value == text.replace("\x07", ""):
                    seen += 1
                    assert cell.quotePrefix
    assert seen


def test_the_control_a_formula_would_be_seen():
    """The reader that the test above relies on does tell formulas."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "=1+1"
    book.save(target)
    assert openpyxl.load_workbook(io.BytesIO(target.getvalue())).active["A1"].data_type == "f"


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_reads_every_cell_as_it_was_written(world, tmp_path):
    """Each book, with a text that looks like a formula in it; every sheet, every cell."""
    Station.objects.filter(pk=world.brigade.pk).update(
        head="=1+1", address="第一行\n第二行，“引号”"
    )
    for kind in BOOKS:
        made(world, kind).save(tmp_path / f"{kind}.xlsx")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            # Separator, quotes, UTF-8, from line 1; cells as they are; every sheet (-1).
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
            *(f"{kind}.xlsx" for kind in BOOKS),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=170,
    )
    cells = 0
    for kind in BOOKS:
        for sheet in openpyxl.load_workbook(tmp_path / f"{kind}.xlsx"):
            file = tmp_path / f"{kind}-{sheet.title}.csv"
            with file.open(encoding="utf-8-sig", newline="") as lines:
                read = list(csv.reader(lines))
            for row in sheet.iter_rows():
                for cell in row:
                    cells += 1
                    assert read[cell.row - 1][cell.column - 1] == in_csv(cell), cell
    assert cells > 200


def in_csv(cell) -> str:
    """How LibreOffice writes the cell's value."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if "hh" in cell.number_format else "%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- the year pack --------------------------------------------------------------------------------

ALWAYS = {
    "unit_summary",
    "ranking_list",
    "ranking_book",
    "register_book",
    "ledger_book",
    "completeness_book",
}


def ask_for_the_year(world, unit, by):
    return request_report(
        kind="year_pack", organisation=unit, campaign=world.campaign, run=world.run, by=by, now=NOW
    )


def kinds_in(pack):
    return set(pack.parts.values_list("kind", flat=True))


def test_a_year_without_checks_and_awards_has_the_tables(world):
    assert kinds_in(ask_for_the_year(world, world.prefecture, world.prefecture_officer)) == ALWAYS
    assert kinds_in(ask_for_the_year(world, world.county, world.county_officer)) == ALWAYS


def test_the_report_on_checks_and_the_award_list_are_of_those_who_have_some(world):
    """The prefecture checked a station of its own and has an honour; the other one has neither, and
    a county writes neither."""
    steps.signed_check(world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1")
    confirm_an_honour(world)
    both = {"acceptance_report", "award_list"}
    pack = ask_for_the_year(world, world.prefecture, world.prefecture_officer)
    assert kinds_in(pack) == ALWAYS | both
    assert kinds_in(ask_for_the_year(world, world.county, world.county_officer)) == ALWAYS
    other = ask_for_the_year(world, world.other_prefecture, world.other_prefecture_officer)
    assert kinds_in(other) == ALWAYS
    province = ask_for_the_year(world, world.province, world.province_officer)
    assert kinds_in(province) == ALWAYS | {"award_list"}


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_the_zip_holds_every_part_under_its_name(world):
    steps.signed_check(world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1")
    confirm_an_honour(world)
    pack = ask_for_the_year(world, world.prefecture, world.prefecture_officer)
    while Report.objects.filter(state="queued").exists():
        making.make_due_reports(now=NOW)
    pack.refresh_from_db()
    assert (pack.state, pack.failure) == ("done", "")
    with default_storage.open(pack.file.name) as file, zipfile.ZipFile(file) as archive:
        assert set(archive.namelist()) == {
            "410100-2014-summary.pdf",
            "410100-2014-ranking.pdf",
            "410100-2014-ranking.xlsx",
            "410100-2014-register.xlsx",
            "410100-2014-rectification.xlsx",
            "410100-2014-completeness.xlsx",
            "410100-2014-acceptance.pdf",
            "410100-2014-awards.pdf",
            "SHA256SUMS.txt",
        }
        assert all(archive.read(name) for name in archive.namelist())
