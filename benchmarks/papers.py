"""Time and memory of report cards, beside a bare WeasyPrint call on the same HTML.

    python benchmarks/papers.py      in a demonstration database

Prints, for one card and for a bureau's cards: seconds and peak memory of the press (a process of
its own, with its start), of the bare call in a fresh process, and their ratio.
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

from django.utils import translation  # noqa: E402 - the settings come first

from accounts.models import Organisation  # noqa: E402
from campaign.models import Campaign  # noqa: E402
from common import clock  # noqa: E402
from reports.models import Report  # noqa: E402
from reports.papers import PAPERS  # noqa: E402
from reports.pdf import order_for, render_pdf  # noqa: E402
from scoring.models import ScoreRun  # noqa: E402

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


def bare(order) -> tuple[float, float, float]:
    """Seconds with the start of the process, seconds of the call alone, peak MB."""
    started = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-c", BARE],
        input=json.dumps(order).encode(),
        capture_output=True,
        check=True,
    )
    seconds, memory = json.loads(answer.stdout)
    return time.perf_counter() - started, seconds, memory


def press(html, style) -> tuple[float, float]:
    """Seconds, and the peak MB of the largest child so far."""
    started = time.perf_counter()
    render_pdf(html, style)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.perf_counter() - started, peak


def main():
    campaign, now = Campaign.objects.current(), clock.now()
    paper = PAPERS["station_cards"]
    for code in ("410122-5", "410122"):
        report = Report(
            kind=paper.kind,
            campaign=campaign,
            organisation=Organisation.objects.get(code=code),
            run=ScoreRun.objects.latest_of(campaign),
            language="zh-hans",
            requested_at=now,
        )
        with translation.override("zh-hans"):
            started = time.perf_counter()
            html = paper.html(report, now)
            facts = time.perf_counter() - started
        cards = html.count('<section class="card">')
        pressed, peak = press(html, paper.style)
        started_too, alone, floor_peak = bare(order_for(html, paper.style))
        sys.stdout.write(
            f"{code}: {cards} cards · facts {facts:.2f} s · press {pressed:.2f} s, {peak:.0f} MB · "
            f"bare call {started_too:.2f} s with its start, {alone:.2f} s alone, "
            f"{floor_peak:.0f} MB · press / bare {pressed / started_too:.2f} · "
            f"{(facts + pressed) / cards:.2f} s a card\n"
        )


if __name__ == "__main__":
    main()
