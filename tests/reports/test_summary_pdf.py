"""The paper itself: real text in our own fonts, every name drawn, nothing fetched or injected."""

import csv
import ctypes
import socket
import threading

import pypdfium2
import pypdfium2.raw
import pytest
from django.conf import settings as django_settings
from django.utils import translation
from fontTools.ttLib import TTFont
from weasyprint import HTML

from accounts.models import Organisation
from reports import fonts, pdf
from reports.pdf import render_pdf
from reports.press import FontsOnly
from scoring.models import StationScore
from tests.factories import small_province
from tests.reports.papers import (
    fonts_of,
    html_of,
    needs_fonts,
    paper,
    print_pdf,
    text_of,
    with_run,
)

pytestmark = [needs_fonts, pytest.mark.django_db]

OURS = {"Song", "XiaoBiaoSong", "Hei", "Hei-Medium", "Hei-Bold"}
PAGE = "<!doctype html><html lang='zh-hans'><title>题</title><body>{}</body></html>"


def summary_html(world, unit, language="zh-hans"):
    return html_of(paper(world, "unit_summary", unit, language))


def pdf_of(world, unit, language="zh-hans"):
    return print_pdf(summary_html(world, unit, language))


@pytest.fixture
def world():
    return with_run(small_province())


def test_the_text_is_text_and_the_figures_are_there(world):
    text = text_of(pdf_of(world, world.prefecture))
    for expected in (
        world.prefecture.name_zh,
        world.campaign.title_zh,
        world.campaign.document_number,
        world.run.output_digest,
        *("410122-1", "410122-2", "410185-1", "79.36", "88.00", "80.55", "77.50", "82.24", "81.95"),
    ):
        assert expected in text
    assert "410221-1" not in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_font_is_ours_and_embedded(world, language):
    found = fonts_of(pdf_of(world, world.prefecture, language))
    assert {name for name, _family, _embedded in found} <= OURS
    assert all(embedded for _name, _family, embedded in found)
    families = {family.removeprefix("Noto ") for _name, family, _embedded in found}
    assert {family.split(" SC")[0] for family in families} <= {"Sans", "Serif"}
    assert all(family.startswith("Noto ") for _name, family, _embedded in found)


def division_names():
    path = django_settings.BASE_DIR / "data" / "henan_divisions.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]


def test_every_face_has_a_glyph_for_every_place_in_the_province():
    wanted = set("".join(division_names())) | set("〔〕﹝﹞（）“”—…·％①Ⅰ0123456789/喆昇堃璟翀")
    for face in fonts.FACES:
        with TTFont(face.path, fontNumber=0, lazy=True) as font:
            assert wanted - set(map(chr, font.getBestCmap())) == set(), face


def test_every_place_is_drawn_in_our_fonts():
    """Whatever the machine has installed: a fallback would show up as another font. (The medium
    Hei draws the page number.)"""
    names = division_names()
    assert len(names) == 2555
    content = print_pdf(PAGE.format(f"<p>{'，'.join(names)}</p><h2>{'，'.join(names)}</h2>"))
    assert {name for name, _family, _embedded in fonts_of(content)} == {
        "Song",
        "Hei-Bold",
        "Hei-Medium",
    }
    assert text_of(content).count("浉河区") == 2


def test_the_document_is_tagged_titled_in_a_language_and_has_bookmarks(world):
    content = pdf_of(world, world.prefecture)
    document = pypdfium2.PdfDocument(content)
    bookmarks = [bookmark.get_title() for bookmark in document.get_toc()]
    title, tagged = document.get_metadata_value("Title"), document.is_tagged()
    buffer = ctypes.create_string_buffer(64)
    length = pypdfium2.raw.FPDFCatalog_GetLanguage(
        document, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), len(buffer)
    )
    sizes = {tuple(round(side) for side in page.get_size()) for page in document}
    document.close()
    assert world.prefecture.name_zh in title
    assert tagged
    assert sizes == {(595, 842)}
    assert len(bookmarks) == 10
    assert buffer.raw[:length].decode("utf-16-le") == "zh-hans\0"


def test_each_page_is_marked_where_the_campaign_is_a_demonstration(world):
    mark = "Demonstration data, not real results"
    with translation.override("zh-hans"):
        mark = "".join(translation.gettext(mark).split())
    assert mark not in text_of(pdf_of(world, world.prefecture))
    world.campaign.is_demonstration = True
    content = pdf_of(world, world.prefecture)
    document = pypdfium2.PdfDocument(content)
    pages = len(document)
    document.close()
    assert text_of(content).count(mark) == pages >= 2


def test_a_veto_and_a_missing_score_are_marked(world):
    before = summary_html(world, world.direct_county)
    assert 'class="veto"' not in before
    StationScore.objects.filter(code="410181-1").update(flags=["vetoed"])
    after = summary_html(world, world.direct_county)
    assert after.count('class="veto"') == 2  # the count of vetoed stations, and the station
    assert after.count('<span class="missing">') == 1


def listener():
    """A loopback server that counts who knocks."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    knocks, stop = [], threading.Event()

    def run():
        while not stop.is_set():
            try:
                connection, _address = server.accept()
            except TimeoutError:
                continue
            knocks.append(1)
            connection.close()
        server.close()

    thread = threading.Thread(target=run)
    thread.start()
    return server.getsockname()[1], knocks, lambda: (stop.set(), thread.join())


def test_the_listener_hears_a_fetcher_that_is_not_ours():
    """The control of the next test."""
    port, knocks, close = listener()
    try:
        HTML(string=PAGE.format(f"<img src='http://127.0.0.1:{port}/c.png'>")).write_pdf()
    finally:
        close()
    assert knocks == [1]


def test_nothing_is_fetched_even_if_it_stood_in_the_page(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("PLANTED-SECRET")
    port, knocks, close = listener()
    try:
        content = print_pdf(
            PAGE.format(
                f"<link rel='stylesheet' href='http://127.0.0.1:{port}/a.css'>"
                f"<link rel='attachment' href='{secret.as_uri()}'>"
                f"<style>@import url(http://127.0.0.1:{port}/b.css);"
                f"p {{ background: url({secret.as_uri()}) }}</style>"
                f"<img src='http://127.0.0.1:{port}/c.png'><img src='{secret.as_uri()}'>"
                f"<object data='file:///etc/passwd'></object>"
                f"<svg><image href='http://127.0.0.1:{port}/d.png'/></svg><p>文</p>"
            )
        )
    finally:
        close()
    assert knocks == []
    assert b"EmbeddedFile" not in content
    assert text_of(content) == "文1/1"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://example.com/font.ttf",
        "data:text/plain,x",
        "ftp://127.0.0.1/",
    ],
)
def test_the_fetcher_serves_fonts_only(address):
    font = fonts.FACES[0].path
    fetcher = FontsOnly([font.as_uri()])
    with pytest.raises(ValueError):
        fetcher.fetch(address)
    for trick in (f"{font.as_uri()}/../x", f"{font.as_uri()}?x", font.parent.as_uri()):
        with pytest.raises(ValueError):
            fetcher.fetch(trick)
    response = fetcher.fetch(font.as_uri())
    assert response.read(4) == font.read_bytes()[:4]
    response.close()


def test_words_of_users_stay_words(world):
    hostile = "<script>alert(1)</script><img src=file:///etc/passwd>"
    StationScore.objects.filter(code="410122-1").update(name_zh=hostile)
    Organisation.objects.filter(pk=world.county.pk).update(name_zh="</title><style>*{}</style>")
    html = summary_html(world, world.prefecture)
    assert "<script>" not in html
    assert "<img" not in html
    assert html.count("<style>") == 0
    assert hostile.replace(" ", "") in text_of(print_pdf(html))


def test_the_office_s_own_fonts_win(settings, tmp_path):
    song, _fang, _kai, biao, *hei = fonts.FACES
    settings.REPORT_FONT_DIR = tmp_path
    assert song.path.name == "NotoSerifSC_400Regular.ttf"
    (tmp_path / "方正小标宋简体.ttf").write_bytes(b"x")
    (tmp_path / "simhei.TTF").write_bytes(b"x")
    (tmp_path / "readme.txt").write_bytes(b"x")
    assert song.path.name == "NotoSerifSC_400Regular.ttf"
    assert biao.path.name == "方正小标宋简体.ttf"
    assert [face.path.name for face in hei] == ["simhei.TTF"] * 3


def test_missing_fonts_are_named(settings, tmp_path):
    assert fonts.missing_fonts() == []
    settings.NODE_MODULES = tmp_path
    assert fonts.missing_fonts() == [
        "Song 400",
        "Fang 400",
        "Kai 400",
        "XiaoBiaoSong 400",
        "Hei 400",
        "Hei 500",
        "Hei 700",
    ]
    with pytest.raises(pdf.FontsMissing):
        render_pdf(PAGE.format("文"))
