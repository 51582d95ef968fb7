"""The page, the workbook and the paper of one run say the same, cell by cell."""

import io
import re
from decimal import Decimal
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
    """The texts of the cells of the page's table: its headings, and its body row by row."""

    def __init__(self):
        super().__init__()
        self.headings, self.rows = [], []
        self.heading, self.inside, self.cell = False, False, None

    def handle_starttag(self, tag, attributes):
        if tag == "thead":
            self.heading = True
        elif tag == "th" and self.heading:
            self.headings.append("")
        elif tag == "tbody":
            self.inside = True
        elif tag == "tr" and self.inside:
            self.rows.append([])
        elif tag in ("td", "th") and self.inside:
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        if tag == "thead":
            self.heading = False
        elif tag == "tbody":
            self.inside = False
        elif tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        if self.heading and self.headings:
            self.headings[-1] += data.strip()
        if self.inside and self.cell:
            self.rows[-1][-1] += f" {data.strip()}" if data.strip() else ""


def plain(text) -> str:
    text = "" if text is None else " ".join(str(text).split())
    return "" if text in ("–", "—") else text


# Of the cells that are compared, those in `EXPECTED`; ± and plausible ranks, at 3 and 4, come from
# a simulation and are only compared.
BY_HAND = (0, 1, 2, 5, 6, 7, 8)


def of_page(client, series):
    """Code → rank, rank there, composite, ±, plausible ranks, questionnaire, upper daily,
    county daily, ballots, grade or status; found by the words of their headings."""
    table = Table()
    address = reverse("scoring:ranking") + f"?series={series}"
    page = client.get(address, headers={"accept-language": "zh-hans"})
    table.feed(page.content.decode())
    headings = [heading.replace("↑", "").replace("↓", "").strip() for heading in table.headings]
    found = {}
    for row in table.rows:
        cells = dict(zip(headings, map(plain, row), strict=True))
        code = re.search(r"\d{6}-\d+", cells["站所"]).group()
        there = re.search(r"当地第(\d+)名", cells["站所"])
        composite, _sign, margin = (cells["综合得分"].split() + ["", "", ""])[:3]
        upper, county = map(plain, next(cells[name] for name in cells if "日常" in name).split())
        found[code] = (
            cells["名次"],
            there.group(1) if there else "",
            composite,
            margin,
            cells["同类可能名次"],
            cells["问卷"],
            upper,
            county,
            cells["有效答卷（份）"],
            cells["等次"].split()[0],
        )
    return found


def of_workbook(world, unit, kind):
    with translation.override("zh-hans"):
        report = paper(world, "ranking_book", unit)
        content = PAPERS["ranking_book"].make(report, NOW, lambda: None)
    book = openpyxl.load_workbook(io.BytesIO(content))
    title = {"brigade": "执法监察大队", "township": "乡镇安监站", "all": "全部站所"}[kind]
    if title not in book.sheetnames:
        return {}
    rows = book[title].iter_rows(values_only=True)
    headings = list(next(rows))
    found = {}
    for row in rows:
        cell = dict(zip(headings, row, strict=True))

        def money(name, cell=cell):
            return "" if cell[name] is None else f"{cell[name]:.2f}"

        margin = cell["95%区间下限"] is not None and max(
            Decimal(str(cell["95%区间上限"])) - Decimal(str(cell["综合得分"])),
            Decimal(str(cell["综合得分"])) - Decimal(str(cell["95%区间下限"])),
        )
        best, worst = cell["同类可能的最好名次"], cell["同类可能的最差名次"]
        found[cell["代码"]] = tuple(
            map(
                plain,
                (
                    cell["名次"],
                    cell["省辖市同类名次"],
                    money("综合得分"),
                    f"{margin:.2f}" if margin is not False else "",
                    f"{best}–{worst}" if best else "",
                    money("问卷"),
                    money("省辖市（或省）日常考核得分"),
                    money("县级日常考核得分"),
                    cell["有效答卷（份）"],
                    cell["等次"] or cell["状态"],
                ),
            )
        )
    return found


def of_paper(world, unit):
    """Code → cells, read off the printed page: the pieces of text of a row, from left to right."""
    pdf = print_pdf(html_of(paper(world, "ranking_list", unit)))
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
            # Rank, rank there, name and code, then all other cells; the name has no blank.
            at = texts.index(code)
            found[code] = tuple(map(plain, (*texts[:2], *texts[at + 1 : at + 9])))
    return found


@needs_fonts
@pytest.mark.parametrize(
    ("who", "unit", "codes"),
    [
        ("province_officer", "province", set(EXPECTED)),
        ("prefecture_officer", "prefecture", {"410122-1", "410122-2", "410185-1"}),
        ("county_officer", "county", {"410122-1", "410122-2"}),
        ("jiyuan_officer", "jiyuan", {"419001-1"}),
        ("direct_county_officer", "direct_county", {"410181-1"}),
    ],
)
def test_page_workbook_and_paper_say_the_same(world, client, who, unit, codes):
    """Of every level: each cell of each station, those that a hand can compute by hand too."""
    client.force_login(getattr(world, who))
    page = of_page(client, "brigade") | of_page(client, "township")
    unit = getattr(world, unit)
    book = of_workbook(world, unit, "brigade") | of_workbook(world, unit, "township")
    assert set(page) == set(book) == codes
    assert page == book
    assert of_paper(world, unit) == page
    for code in codes:
        *figures, word = EXPECTED[code]
        assert [page[code][place] for place in BY_HAND] == figures, code
        if word:
            assert page[code][-1] == word


# Rank among all stations, by hand: 88.00, 85.00, twice 79.36; the others have none.
OF_ALL = {"410122-2": "1", "419001-1": "2", "410122-1": "3", "410185-1": "3"}


def test_all_stations_together(world, client):
    client.force_login(world.province_officer)
    page, book = of_page(client, "all"), of_workbook(world, world.province, "all")
    assert page == book
    assert {code: row[0] for code, row in page.items() if row[0]} == OF_ALL


@needs_fonts
def test_the_control_one_changed_figure_is_seen(world, client):
    """The paper drawn when a row was changed by a hundredth differs from the page before."""
    client.force_login(world.province_officer)
    page = of_page(client, "brigade") | of_page(client, "township")
    world.run.scores.filter(code="419001-1").update(questionnaire=Decimal("99.99"))
    printed = of_paper(world, world.province)
    assert {code for code in page if printed[code] != page[code]} == {"419001-1"}
