"""Draw every kind of paper from the demonstration, page by page, into docs/img/papers/.

    python manage.py demo --rebuild --to-the-end && python scripts/paper_pictures.py [KIND …]

The pages are there to be looked at: a text search does not show a wrong glyph or a broken line.
"""

import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import pypdfium2  # noqa: E402 - the settings come first
from django.utils import translation  # noqa: E402
from PIL import Image  # noqa: E402

from accounts.models import Organisation  # noqa: E402
from campaign.models import Campaign  # noqa: E402
from common import clock  # noqa: E402
from evaluations.models import (  # noqa: E402
    Fulfilment,
    MeetingState,
    RectificationTask,
    ReviewMeeting,
)
from reports.models import Report  # noqa: E402
from reports.papers import PAPERS  # noqa: E402
from reports.pdf import render_pdf  # noqa: E402
from scoring.models import ScoreRun  # noqa: E402

TARGET = ROOT / "docs" / "img" / "papers"
DOTS_PER_INCH = 66
COLOURS = 40
DETAILS = {
    "number": "豫安监〔2014〕130号",
    "issued_on": "2014-11-26",
    "addressee": "各省辖市、省直管县（市）安全监管局",
    "copies": "省政府纠风办，局领导，机关各处室",
    "contact": "局办公室，电话0371-65919820",
}


def wanted(campaign):
    """(name of the pictures, kind, unit, subject, language, pages: None for all)."""
    held = (MeetingState.HELD, MeetingState.CLOSED)
    meetings = ReviewMeeting.objects.filter(campaign=campaign, state__in=held)
    meeting = meetings.order_by("organisation__path", "pk").first()
    tasks = RectificationTask.objects.filter(enrolment__campaign=campaign, state="accepted")
    task = tasks.select_related("enrolment__station__organisation").order_by("pk").first()
    bureau = task.enrolment.station.organisation.code
    broken = Fulfilment.objects.filter(commitment__enrolment__campaign=campaign, status="broken")
    told = broken.select_related("commitment__enrolment__station__organisation").order_by("pk")
    card = told.first().commitment.enrolment.station.organisation.code
    yield "summary-province", "unit_summary", "410000", "", "zh-hans", None
    yield "summary-prefecture", "unit_summary", "410100", "", "zh-hans", (1, 2)
    yield "summary-county", "unit_summary", "410122", "", "zh-hans", None
    yield "summary-english", "unit_summary", "410122", "", "en", (1,)
    yield "card", "station_cards", card, "", "zh-hans", None
    yield "card-english", "station_cards", card, "", "en", None
    yield "ranking-province", "ranking_list", "410000", "", "zh-hans", (1, -1)
    yield "ranking-prefecture", "ranking_list", "410100", "", "zh-hans", (1,)
    yield "circular-province", "circular", "410000", "", "zh-hans", (1, 2, 3, -2, -1)
    yield "circular-prefecture", "circular", "410100", "", "zh-hans", (1, 2)
    yield "awards", "award_list", "410000", "", "zh-hans", None
    yield "acceptance", "acceptance_report", "410100", "", "zh-hans", (1, 2, 3)
    yield "minutes", "minutes", meeting.organisation.code, str(meeting.pk), "zh-hans", None
    yield "notice", "rectification_notice", bureau, str(task.pk), "zh-hans", None
    yield "reply", "rectification_reply", bureau, str(task.pk), "zh-hans", None
    yield "poster", "posters", "410122-10", "", "zh-hans", None


def draw(campaign, run, now, name, kind, code, subject, language, pages) -> None:
    paper = PAPERS[kind]
    report = Report(
        kind=kind,
        campaign=campaign,
        organisation=Organisation.objects.get(code=code),
        run=run if paper.of_run else None,
        subject=subject,
        details=DETAILS if paper.fields else {},
        language=language,
        requested_at=now,
    )
    with translation.override(language):
        html = paper.html(report, now)
    document = pypdfium2.PdfDocument(render_pdf(html, paper.style))
    count = len(document)
    for old in TARGET.glob(f"{name}-[0-9]*.png"):
        old.unlink()
    for page in pages or range(1, count + 1):
        number = page if page > 0 else count + page + 1
        if 1 <= number <= count:
            picture = document[number - 1].render(scale=DOTS_PER_INCH / 72).to_pil()
            few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=0)
            few.save(TARGET / f"{name}-{number}.png", optimize=True)
    document.close()
    sys.stdout.write(f"{name}: {count} pages\n")


def main(kinds) -> None:
    campaign, now = Campaign.objects.current(), clock.now()
    run = ScoreRun.objects.published(campaign) or ScoreRun.objects.latest_of(campaign)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, kind, *rest in wanted(campaign):
        if not kinds or kind in kinds:
            draw(campaign, run, now, name, kind, *rest)


if __name__ == "__main__":
    main(sys.argv[1:])
