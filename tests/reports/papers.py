"""A scored province with its run, and what a PDF holds."""

import os
from decimal import Decimal

import pypdfium2
import pypdfium2.raw
import pytest
from django.utils import translation

from reports.fonts import missing_fonts
from reports.models import Report
from reports.papers import PAPERS
from reports.pdf import Style, order_for
from reports.press import typeset
from scoring.models import Honour
from scoring.services import honours
from scoring.services.proposals import propose_results
from scoring.services.result_rules import rules_of
from scoring.services.runs import make_run
from tests.factories import NOW, at
from tests.scoring.voters import scored_province, show_to_units

# Without the fonts the tests of paper are left out, loudly; never in CI.
needs_fonts = pytest.mark.skipif(
    bool(missing_fonts()) and not os.environ.get("CI"),
    reason=f"!!! SKIPPED, run make setup: fonts missing: {', '.join(missing_fonts())}",
)


def with_run(world):
    """`scored_province` and `world.run`, published."""
    scored_province(world)
    run = make_run(campaign=world.campaign, by=None, now=NOW)
    world.run = show_to_units(run, world.province_officer, world.province_admin)
    return world


def confirm_an_honour(world):
    """The township station's, before the public and then confirmed."""
    now, after = at("2014-11-10 09:00"), at("2014-11-18 00:00")
    rules = rules_of(world.campaign)
    rules.high_floor = Decimal(85)
    rules.recheck_required = False
    rules.save()
    propose_results(run=world.run, by=world.province_officer, now=now)
    row = Honour.objects.filter(enrolment=world.township_enrolment).first()
    honours.nominate(
        honour=row,
        reason="满意",
        recheck_on=None,
        recheck_note="",
        by=world.province_officer,
        now=now,
    )
    honours.open_publicity(campaign=world.campaign, by=world.province_admin, now=now)
    row.refresh_from_db()
    honours.confirm_honour(honour=row, reason="同意", by=world.leader, now=after)


def print_pdf(html: str, style: Style = Style.HOUSE) -> bytes:
    """What the press prints, here and now: a process of its own takes a second longer."""
    order = order_for(html, style)
    return typeset(html=html, style=order["style"], fonts=tuple(order["fonts"]))


def paper(world, kind, unit, language="zh-hans", **fields) -> Report:
    """A report that nobody asked for, to be drawn."""
    return Report(
        kind=kind,
        campaign=world.campaign,
        organisation=unit,
        run=world.run if PAPERS[kind].of_run else None,
        language=language,
        requested_at=NOW,
        **fields,
    )


def html_of(report: Report) -> str:
    with translation.override(report.language):
        return PAPERS[report.kind].html(report, NOW)


def text_of(pdf: bytes) -> str:
    """All text of the document, without line breaks and blanks."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()
    return "".join(text.split())


def fonts_of(pdf: bytes) -> set[tuple[str, str, bool]]:
    """(name without the subset's prefix, family inside the font, embedded) of every font used."""
    document = pypdfium2.PdfDocument(pdf)
    found = set()
    try:
        for page in document:
            for text in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
                font = text.get_font()
                name = font.get_base_name().partition("+")[2]
                found.add((name, font.get_family_name(), font.is_embedded))
    finally:
        document.close()
    return found
