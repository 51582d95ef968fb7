"""The page, the workbook and the paper of one run say the same, cell by cell."""

import io
import re
from html.parser import HTMLParser

import openpyxl
import pypdfium2
import pytest
from django.urls import reverse
from django.utils import translation

from reports.papers import PAPERS
from tests.factories import NOW, small_province
from tests.reports.papers import html_of, needs_fonts, paper, print_pdf, with_run

# Station code → (rank within the kind, rank in prefecture and kind, composite, questionnaire,
# upper daily, county daily, ballots, grade or status), by hand from `scored_province`.
EXPECTED = {
    "419001-1": ("1", "1", "85.00", "100.00", "50.00", "", "30", "良好"),
    "410122-1": ("2", "1", "79.36", "77.50", "90.00", "80.55", "35", "合格"),
    "410185-1": ("2", "1", "79.36", "77.50", "90.00", "80.55", "35", "合格"),
    "410181-1": ("", "", "", "77.50", "", "95.00", "35", ""),
    "410221-1": ("", "", "98.50", "100.00", "95.00", "95.00", "10", ""),
    "410122-2": ("1", "1", "88.00", "100.00", "60.00", "60.00", "30", "良好"),
}


@pytest.fixture
def world(db, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    return with_run(small_province())


class Table(HTMLParser):
    """The texts of the cells of the body of the page's table, row by row."""

    def __init__(self):
        super().__init__()
        self.rows, self.inside, self.cell = [], False, None

    def handle_starttag(self, tag, attributes):
        if tag == "tbody":
            self.inside = True
        elif tag == "tr" and self.inside:
            self.rows.append([])
        elif tag in ("td", "th") and self.inside:
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        if tag == "tbody":
            self.inside = False
        elif tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        if self.inside and self.cell:
            self.rows[-1][-1] += f" {data.strip()}" if data.strip() else ""


def plain(text) -> str:
    text = "" if text is None else str(text).strip()
    return "" if text in ("–", "—") else text


def of_page(client, series):
    table = Table()
    address = reverse("scoring:ranking") + f"?series={series}"
    table.feed(client.get(address).content.decode())
    found = {}
    for row in table.rows:
        # Rank, station (code, prefecture and the rank there), composite ±, bar, band, plausible
        # ranks, Q, the two daily scores, ballots, change, drawn to the mean, grade.
        code = re.search(r"\d{6}-\d+", row[1]).group()
        there = re.search(r"当地第(\d+)名|rank (\d+) there", row[1])
        cells = [
            row[0],
            (there.group(1) or there.group(2)) if there else "",
            row[2].split()[0],
            row[6],
            *row[7].split(),
            row[8],
            row[11].split()[0],
        ]
        found[code] = tuple(map(plain, cells))
    return found


def of_workbook(world, kind):
    with translation.override("zh-hans"):
        report = paper(world, "ranking_book", world.province)
        content = PAPERS["ranking_book"].make(report, NOW, lambda: None)
        label = {"brigade": "执法监察大队", "township": "乡镇安监站"}[kind]
    sheet = openpyxl.load_workbook(io.BytesIO(content))[label]
    found = {}
    for row in sheet.iter_rows(min_row=2):
        values = [cell.value for cell in row]
        money = [None if value is None else f"{value:.2f}" for value in values[6:10]]
        cells = [values[0], values[1], *money, values[10], values[11] or values[13]]
        found[values[2]] = tuple(map(plain, cells))
    return found


def of_paper(world):
    """Code → cells, read off the printed page: the pieces of text of a row, from left to right."""
    pdf = print_pdf(html_of(paper(world, "ranking_list", world.province)))
    document = pypdfium2.PdfDocument(pdf)
    lines: dict = {}
    for number, page in enumerate(document):
        text = page.get_textpage()
        for place in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(place)
            words = text.get_text_bounded(left, bottom, right, top).strip()
            lines.setdefault((number, round((bottom + top) / 2)), []).append((left, words))
    document.close()
    found = {}
    for (number, middle), words in lines.items():
        near = words + lines.get((number, middle + 1), [])
        texts = " ".join(word for _left, word in sorted(near)).split()
        code = next((text for text in texts if text in EXPECTED), None)
        if code:
            found[code] = texts
    return found


@needs_fonts
def test_page_workbook_and_paper_say_the_same(world, client):
    client.force_login(world.province_officer)
    page = of_page(client, "brigade") | of_page(client, "township")
    book = of_workbook(world, "brigade") | of_workbook(world, "township")
    printed = of_paper(world)
    assert set(page) == set(book) == set(printed) == set(EXPECTED)
    for code, expected in EXPECTED.items():
        figures, word = expected[:7], expected[7]
        assert page[code][:7] == figures, code
        assert book[code][:7] == figures, code
        # Empty cells are dashes on paper; ± and plausible ranks stand between the others.
        on_paper = [text for text in printed[code] if text not in ("—", code)]
        assert [value for value in figures if value] == [
            text for text in on_paper if text in figures
        ], code
        assert page[code][7] == book[code][7]
        if word:
            assert page[code][7] == word
            assert word in on_paper
