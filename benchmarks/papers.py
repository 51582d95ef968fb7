"""Time and memory of report cards, beside a bare WeasyPrint call on the same HTML.

    python benchmarks/papers.py      in a demonstration database

For one card and for a bureau's cards: the facts with their queries, the press (a process of its
own, with its start) and a bare call in a fresh process on the same HTML, in turns, the best of
three; processor time, since a busy machine changes the clock's; and their ratio.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection, reset_queries  # noqa: E402 - the settings come first
from django.utils import translation  # noqa: E402

from accounts.models import Organisation  # noqa: E402
from campaign.models import Campaign  # noqa: E402
from common import clock  # noqa: E402
from reports.models import Report  # noqa: E402
from reports.papers import PAPERS  # noqa: E402
from reports.pdf import order_for, render_pdf  # noqa: E402
from scoring.models import ScoreRun  # noqa: E402

ROUNDS = 3
BARE = """
import json, resource, sys, time
order = json.load(sys.stdin)
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
started = time.perf_counter()
fonts = FontConfiguration()
HTML(string=order["html"]).write_pdf(
    stylesheets=[CSS(string=order["style"], font_config=fonts)], font_config=fonts,
    pdf_variant="pdf/ua-1")
print(json.dumps([time.perf_counter() - started,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def spent() -> float:
    """Processor time of all children so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(work) -> tuple[float, float, object]:
    """Seconds by the clock and of the children's processor time, and what `work` gave back."""
    clock_started, started = time.perf_counter(), spent()
    result = work()
    return time.perf_counter() - clock_started, spent() - started, result


def bare(order):
    """Seconds of the call alone, and its peak MB."""
    answer = subprocess.run(
        [sys.executable, "-c", BARE],
        input=json.dumps(order).encode(),
        capture_output=True,
        check=True,
    )
    return json.loads(answer.stdout)


def compare(paper, report) -> str:
    """One line: the best of `ROUNDS` of each way, taken in turns."""
    with translation.override("zh-hans"):
        connection.force_debug_cursor = True
        reset_queries()
        paper.facts(report, report.requested_at)
        queries = len(connection.queries)
        connection.force_debug_cursor = False
        started = time.process_time()
        html = paper.html(report, report.requested_at)
        facts = time.process_time() - started
    order, cards = order_for(html, paper.style), html.count('<section class="card">')
    pressed, alone = [], []
    for _round in range(ROUNDS):
        pressed.append(timed(lambda: render_pdf(html, paper.style))[:2])
        alone.append(timed(lambda: bare(order)))
    press_clock, press = (min(each) for each in zip(*pressed, strict=True))
    bare_clock, floor = (min(each) for each in list(zip(*alone, strict=True))[:2])
    peak = max(result[1] for _clock, _spent, result in alone)
    return (
        f"{cards} cards: facts and HTML {facts:.2f} s in {queries} queries; press {press:.2f} s of "
        f"processor time ({press_clock:.2f} s by the clock), bare call {floor:.2f} s "
        f"({bare_clock:.2f}), {peak:.0f} MB; press / bare {press / floor:.2f}; "
        f"{(facts + press) / cards:.2f} s a card\n"
    )


def main():
    campaign, now = Campaign.objects.current(), clock.now()
    paper = PAPERS["station_cards"]
    run = ScoreRun.objects.published(campaign) or ScoreRun.objects.latest_of(campaign)
    for code in ("410122-5", "410122"):
        report = Report(
            kind=paper.kind,
            campaign=campaign,
            organisation=Organisation.objects.get(code=code),
            run=run,
            language="zh-hans",
            requested_at=now,
        )
        sys.stdout.write(f"{code}: {compare(paper, report)}")
    # ru_maxrss of the children: the largest of all, bare ones and presses alike.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"the largest process of both ways: {peak:.0f} MB\n")


if __name__ == "__main__":
    main()
