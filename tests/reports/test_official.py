"""Official papers by GB/T 9704-2012, measured in the PDF (points; 1 mm = 72 / 25.4 pt)."""

from collections import Counter

import pypdfium2
import pytest

from reports.papers import official
from reports.pdf import Style
from tests.factories import small_province
from tests.reports.papers import fonts_of, html_of, needs_fonts, paper, print_pdf, text_of, with_run

MM = 72 / 25.4
LEFT, RIGHT, TOP, BOTTOM = 28 * MM, (210 - 26) * MM, (297 - 37) * MM, 35 * MM
DETAILS = {
    "number": "豫安监[2014]12号",
    "issued_on": "2014-11-05",
    "addressee": "各省辖市安全监管局：",
    "copies": "省纠风办",
}
PAGE = "<!doctype html><html lang='zh-hans'><head><title>格</title></head><body>{}</body></html>"


def boxes(pdf: bytes, number: int):
    """(character, left, bottom, right, top) of every character on a page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[number].get_textpage()
        return [
            (text.get_text_range(place, 1), *text.get_charbox(place, loose=True))
            for place in range(text.count_chars())
        ]
    finally:
        document.close()


def pages_of(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


@needs_fonts
def test_a_full_page_has_22_lines_of_28_characters_inside_the_margins():
    pdf = print_pdf(PAGE.format(f"<p class='flush'>{'国' * 28 * 30}</p>"), Style.OFFICIAL)
    found = [box for box in boxes(pdf, 0) if box[0] == "国"]
    lines = Counter(round(box[2], 1) for box in found)
    assert (len(lines), set(lines.values())) == (22, {28})
    lefts, rights = min(box[1] for box in found), max(box[3] for box in found)
    assert lefts == pytest.approx(LEFT, abs=0.5)
    assert rights == pytest.approx(RIGHT, abs=1.5)
    baselines = sorted(lines, reverse=True)
    steps = {round(a - b, 1) for a, b in zip(baselines, baselines[1:], strict=False)}
    assert steps <= {28.9, 29.0}
    # A character stands in the middle of its line: 28.95 pt, of which it fills 15.75.
    pitch = 28.95
    assert TOP - pitch < baselines[0] < TOP
    assert BOTTOM < baselines[-1] < BOTTOM + pitch


@needs_fonts
def test_27_characters_a_line_is_what_16_points_would_give():
    """The control: the grid is measured, not assumed."""
    page = PAGE.format(f"<p class='flush wide'>{'国' * 28 * 4}</p>")
    page = page.replace("</head>", "<style>.wide { font-size: 16pt }</style></head>")
    found = [box for box in boxes(print_pdf(page, Style.OFFICIAL), 0) if box[0] == "国"]
    assert 27 in Counter(round(box[2], 1) for box in found).values()


@needs_fonts
def test_page_numbers_stand_outside_odd_right_even_left():
    pdf = print_pdf(PAGE.format(f"<p>{'国' * 28 * 30}</p>"), Style.OFFICIAL)
    for number, inside in ((0, False), (1, True)):
        signs = [box for box in boxes(pdf, number) if box[0] in "—12" and box[2] < BOTTOM]
        assert "".join(box[0] for box in signs).strip() == f"—{number + 1}—"
        left, right = min(box[1] for box in signs), max(box[3] for box in signs)
        if inside:
            assert left == pytest.approx(LEFT + 14, abs=1.5)
        else:
            assert right == pytest.approx(RIGHT - 14, abs=1.5)
        # The line stands 7 mm below the type area.
        assert max(box[4] for box in signs) == pytest.approx(BOTTOM - 7 * MM, abs=5)


@pytest.fixture
def world(db):
    return with_run(small_province())


@needs_fonts
def test_the_circular_has_every_part_of_an_official_paper(world):
    report = paper(world, "circular", world.province, details=DETAILS)
    pdf = print_pdf(html_of(report), Style.OFFICIAL)
    text = text_of(pdf)
    for part in (
        f"{world.province.name_zh}文件",
        "豫安监〔2014〕12号",
        "各省辖市安全监管局：",
        "一、总体情况",
        "二、名列前茅的站所",
        "三、通报批评",
        "四、工作要求",
        "2014年11月5日",
        "抄送：省纠风办。",
        "2014年11月5日印发",
        "附件",
        report.spaced_code,
    ):
        assert part in text
    assert {name.split("-")[0] for name, _family, _embedded in fonts_of(pdf)} <= {
        "Fang",
        "Kai",
        "Hei",
        "Song",
        "XiaoBiaoSong",
    }


@needs_fonts
def test_the_red_head_and_the_imprint_stand_where_the_standard_wants_them(world):
    report = paper(world, "circular", world.province, details=DETAILS)
    pdf = print_pdf(html_of(report), Style.OFFICIAL)
    head = next(box for box in boxes(pdf, 0) if box[4] < TOP)
    assert head[0] == world.province.name_zh[0]
    # Upper edge 35 mm below the type area's; a character is a little lower than its line.
    assert head[4] == pytest.approx(TOP - 35 * MM, abs=12)
    # The imprint ends the last page, after the annex.
    places = [
        (number, box[0], box[2])
        for number in range(pages_of(pdf))
        for box in boxes(pdf, number)
        if box[0] in "抄印"
    ]
    last = pages_of(pdf) - 1
    assert last >= 1
    assert {(number, sign) for number, sign, _bottom in places} == {(last, "抄"), (last, "印")}
    assert min(bottom for _n, _sign, bottom in places) == pytest.approx(BOTTOM + 4, abs=5)


@needs_fonts
@pytest.mark.parametrize("name", ["单位", "河南省安全生产监督管理局"])
def test_the_date_ends_four_characters_from_the_right_with_the_sender_centred_above(world, name):
    """Shorter than the date or longer: the longer of the two ends there."""
    type(world.province).objects.filter(pk=world.province.pk).update(name_zh=name)
    world.province.refresh_from_db()
    report = paper(world, "circular", world.province, details=DETAILS)
    pdf = print_pdf(html_of(report), Style.OFFICIAL)
    (place,) = [
        number
        for number in range(pages_of(pdf))
        if "".join(box[0] for box in boxes(pdf, number)).count("附件：")
    ]
    found = [box for box in boxes(pdf, place) if box[0].strip()]
    text = "".join(box[0] for box in found)
    at = text.index(f"{name}2014年11月5日", text.index("附件："))
    sender = found[at : at + len(name)]
    day = found[at + len(name) : at + len(name) + len("2014年11月5日")]
    right = max(box[3] for box in sender + day)
    assert right == pytest.approx(RIGHT - 4 * 15.75, abs=1.5)
    middles = [(min(b[1] for b in row) + max(b[3] for b in row)) / 2 for row in (sender, day)]
    assert middles[0] == pytest.approx(middles[1], abs=1.5)
    assert min(box[2] for box in sender) > max(box[4] for box in day) - 15.75


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("豫安监﹝2014﹞1号", "豫安监〔2014〕1号"), ("豫[2014]2号", "豫〔2014〕2号"), ("", "")],
)
def test_the_year_stands_in_tortoise_shell_brackets(typed, printed):
    assert official.brackets(typed) == printed


@pytest.mark.parametrize(
    ("words", "size"), [("某局", 60), ("河南省安全生产监督管理局文件", 31), ("局" * 30, 14)]
)
def test_the_red_head_fits_its_line(words, size):
    assert official.mark_size(words) == size
    assert official.mark_size(words) * len(words) <= official.TYPE_WIDTH
