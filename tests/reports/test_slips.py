"""Slips of one-time codes: ten a page, legible, scannable, and kept nowhere."""

import io

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import translation

from common import clock
from common.codes import grouped
from reports.models import Report
from reports.papers.slips import slips_html
from reports.pdf import Style
from surveys import codes, receipts
from surveys.services.batches import issue_codes
from surveys.slips import MOST_AT_ONCE, parts
from tests.factories import NOW, small_province
from tests.reports.papers import needs_fonts, print_pdf
from tests.surveys.survey_cast import opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


def issue(world, number=12, **changes):
    fields = {
        "enrolment": world.brigade_enrolment,
        "group": "service",
        "number": number,
        "key": receipts.new_key(),
        "by": world.county_officer,
        "now": NOW,
    }
    return issue_codes(**(fields | changes))


@needs_fonts
def test_twelve_slips_stand_on_two_pages_with_all_that_a_person_needs(world):
    issued = issue(world)
    with translation.override("zh-hans"):
        html = slips_html(issued.batch, issued.codes)
    document = pypdfium2.PdfDocument(io.BytesIO(print_pdf(html, Style.SLIPS)))
    pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) == 2
    shown = [sum(grouped(code) in page for code in issued.codes) for page in pages]
    assert shown == [10, 2]
    station = world.brigade
    for needed in (station.phone, "2014-0001", "2014-11-30"):
        assert needed in pages[1]
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842)


@needs_fonts
def kept_files():
    return default_storage.listdir("reports") if default_storage.exists("reports") else None


def test_the_pdf_is_handed_out_and_kept_nowhere(client, world):
    issued = issue(world, number=5)
    client.force_login(world.county_officer)
    address = reverse("reports:slips", args=[issued.batch.pk])
    before = kept_files()
    answer = client.post(address, {"codes": parts(issued.codes)[0].codes})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF")
    assert not Report.objects.exists()
    assert kept_files() == before


def test_only_codes_of_the_batch_and_only_above_the_station(client, world):
    issued, other = issue(world, number=5), issue(world, number=5)
    address = reverse("reports:slips", args=[issued.batch.pk])
    client.force_login(world.county_officer)
    for wrong in (other.codes[0], codes.new_code(), "", "nonsense"):
        assert client.post(address, {"codes": wrong}).status_code != 200
    assert client.get(address).status_code == 405
    client.force_login(world.station_officer)
    assert client.post(address, {"codes": issued.codes[0]}).status_code == 403


def test_many_codes_come_in_parts(world):
    many = [codes.new_code() for _ in range(MOST_AT_ONCE + 5)]
    first, last = parts(many)
    assert (first.first, first.last, last.first, last.last) == (1, 200, 201, 205)
    assert (first.codes + " " + last.codes).split() == many
