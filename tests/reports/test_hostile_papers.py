"""Whatever people wrote into the portal, a paper fetches nothing and holds no file but itself."""

from datetime import date

import pytest
from django.conf import settings

from accounts.models import Organisation
from evaluations.models import Finding, RectificationTask
from reports.papers import PAPERS
from reports.papers.base import Document
from reports.pdf import Style
from scoring.models import StationScore
from stations.models import Station
from tests.factories import NOW, small_province
from tests.reports.papers import html_of, needs_fonts, paper, print_pdf, text_of, with_run
from tests.reports.test_summary_pdf import PAGE, listener

pytestmark = [needs_fonts, pytest.mark.django_db]

# Ten ways to make a typesetter fetch, read, run or break out.
PAYLOADS = (
    "<img src='http://127.0.0.1:{port}/1.png'>",
    "<link rel='stylesheet' href='http://127.0.0.1:{port}/2.css'>",
    "<link rel='attachment' href='{secret}'>",
    "<style>@import url(http://127.0.0.1:{port}/4.css);p{{background:url({secret})}}</style>",
    "<object data='{secret}'></object><embed src='{secret}'>",
    "<svg><image href='http://127.0.0.1:{port}/6.png'/></svg>",
    "</title></head><body><iframe src='http://127.0.0.1:{port}/7'></iframe>",
    "<script>fetch('http://127.0.0.1:{port}/8')</script>",
    "{{{{ settings.SECRET_KEY }}}}{{% include '/etc/passwd' %}}",
    '" onload="x" style="background:url(http://127.0.0.1:{port}/10)',
)
# Kinds whose facts `small_province` with a task can give.
KINDS = (
    "unit_summary",
    "station_cards",
    "ranking_list",
    "circular",
    "rectification_notice",
    "rectification_reply",
    "posters",
)


@pytest.fixture
def world():
    return with_run(small_province())


def plant(world, text):
    """The text wherever a person can write one that reaches a paper; the task it makes."""
    row = world.brigade_enrolment
    Organisation.objects.filter(pk__in=(world.county.pk, row.organisation.pk)).update(
        name_zh=text[:80]
    )
    StationScore.objects.filter(enrolment=row).update(name_zh=text[:80])
    Station.objects.filter(pk=row.station.pk).update(head=text[:40], phone=text[:20])
    finding = Finding.objects.create(
        enrolment=row,
        source="opinion",
        category="work",
        text=text,
        recorded_by=world.county_officer,
        recorded_at=NOW,
    )
    return RectificationTask.objects.create(
        finding=finding,
        enrolment=row,
        requirement=text,
        result=text,
        owner=text[:40],
        due_on=date(2014, 11, 10),
        assigned_by=world.county_officer,
        assigned_at=NOW,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_payload_reaches_the_network_or_a_file(world, kind, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("PLANTED-SECRET")
    port, knocks, close = listener()
    try:
        for payload in PAYLOADS if kind == "rectification_notice" else ["".join(PAYLOADS)]:
            text = payload.format(port=port, secret=secret.as_uri())
            task = plant(world, text)
            subject = str(task.pk) if PAPERS[kind].subjects else ""
            report = paper(
                world,
                kind,
                Organisation.objects.get(
                    pk=world.brigade.organisation_id if subject else world.county.pk
                )
                if kind != "circular"
                else world.province,
                subject=subject,
                details={"number": text, "addressee": text, "copies": text, "opinion": text},
            )
            html = html_of(report)
            pdf = print_pdf(html, PAPERS[kind].style)
            task.finding.delete()
            assert b"EmbeddedFile" not in pdf
            assert "PLANTED-SECRET" not in text_of(pdf)
            assert settings.SECRET_KEY not in text_of(pdf)
    finally:
        close()
    assert knocks == []


def test_unescaped_the_payloads_would_still_reach_nothing(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("PLANTED-SECRET")
    port, knocks, close = listener()
    try:
        raw = "".join(PAYLOADS).format(port=port, secret=secret.as_uri())
        for style in Style:
            pdf = print_pdf(PAGE.format(raw), style)
            assert b"EmbeddedFile" not in pdf
            assert "PLANTED-SECRET" not in text_of(pdf)
    finally:
        close()
    assert knocks == []


def test_every_kind_of_document_is_tried_or_has_another_test():
    """Those that are left out print the same fields through the same templates."""
    documents = {kind.value for kind, paper in PAPERS.items() if isinstance(paper, Document)}
    assert documents - set(KINDS) == {"acceptance_report", "award_list", "minutes"}
