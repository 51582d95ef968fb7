"""Whatever people wrote into the portal, a paper fetches nothing and holds no file but itself."""

from datetime import date

import pytest
from django.conf import settings
from django.utils.html import escape

from accounts.models import Organisation
from campaign.models import Campaign
from evaluations.models import (
    Area,
    CheckInspector,
    Criterion,
    Finding,
    RectificationTask,
    ReviewMeeting,
    VoiceGroup,
)
from reports.papers import PAPERS
from reports.papers.base import Document
from reports.pdf import Style
from scoring.models import Honour, StationScore
from stations.models import Station
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, small_province
from tests.reports.papers import (
    confirm_an_honour,
    html_of,
    needs_fonts,
    paper,
    print_pdf,
    text_of,
    with_run,
)
from tests.reports.test_summary_pdf import PAGE, listener

pytestmark = [needs_fonts, pytest.mark.django_db, pytest.mark.one_database]

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
KINDS = sorted(kind for kind, each in PAPERS.items() if isinstance(each, Document))


@pytest.fixture
def world():
    return with_run(small_province())


def plant(world, text):
    """The text wherever a person can write one that reaches a paper; the task and the meeting."""
    row = world.brigade_enrolment
    Organisation.objects.exclude(pk=world.province.pk).update(name_zh=text[:80])
    StationScore.objects.update(name_zh=text[:80])
    Station.objects.update(head=text[:40], phone=text[:20])
    Campaign.objects.update(title_zh=text[:120], document_number=text[:60])
    Area.objects.update(name_zh=text[:40])
    Criterion.objects.update(name_zh=text[:120])
    CheckInspector.objects.filter(name="A").update(name=text[:40])
    Honour.objects.update(nomination_reason=text, decision_reason=text)
    finding = Finding.objects.create(
        enrolment=row,
        source="opinion",
        category="work",
        text=text,
        recorded_by=world.county_officer,
        recorded_at=NOW,
    )
    task = RectificationTask.objects.create(
        finding=finding,
        enrolment=row,
        requirement=text,
        result=text,
        owner=text[:40],
        due_on=date(2014, 11, 10),
        assigned_by=world.county_officer,
        assigned_at=NOW,
    )
    return task, meeting_that_says(world, text)


def meeting_that_says(world, text):
    meeting = ReviewMeeting.objects.create(
        campaign=world.campaign,
        organisation=world.county,
        title=text[:120],
        starts_at=NOW,
        place=text[:120],
        chair=text[:60],
        agenda=text,
        remarks=text,
        state="held",
        planned_by=world.county_assessor,
        held_at=NOW,
    )
    meeting.reports.create(enrolment=world.brigade_enrolment, speaker=text[:60], thinking=text)
    delegate = meeting.delegates.create(
        group=VoiceGroup.values[0], name=text[:60], unit=text[:120], attended=True
    )
    meeting.questions.create(
        enrolment=world.brigade_enrolment,
        delegate=delegate,
        category="work",
        text=text,
        answer=text,
        on_the_spot=True,
        state="answered",
        answered_by=world.county_assessor,
        answered_at=NOW,
        recorded_by=world.county_assessor,
        recorded_at=NOW,
    )
    return meeting


def report_of(world, kind, text, task, meeting):
    """A paper of `kind` with the text in every field that the office writes."""
    unit, subject = world.county, ""
    if kind.startswith("rectification"):
        unit, subject = world.brigade.organisation, str(task.pk)
    elif kind == "minutes":
        subject = str(meeting.pk)
    elif kind in ("circular", "award_list"):
        unit = world.province
    elif kind == "acceptance_report":
        unit = world.prefecture
    written = {name: text for name in PAPERS[kind].fields if name != "issued_on"}
    return paper(world, kind, unit, subject=subject, details=written)


@pytest.mark.parametrize("kind", KINDS)
def test_no_payload_reaches_the_network_or_a_file(world, kind, tmp_path):
    """Ten payloads in one for most kinds, each alone for the notice."""
    steps.signed_check(world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1")
    confirm_an_honour(world)
    secret = tmp_path / "secret.txt"
    secret.write_text("PLANTED-SECRET")
    port, knocks, close = listener()
    try:
        for payload in PAYLOADS if kind == "rectification_notice" else ["".join(PAYLOADS)]:
            text = payload.format(port=port, secret=secret.as_uri())
            task, meeting = plant(world, text)
            report = report_of(world, kind, text, task, meeting)
            html = html_of(report)
            pdf = print_pdf(html, PAPERS[kind].style)
            # The control: the payload did reach the page, as text.
            assert escape(text[:15]) in html
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
