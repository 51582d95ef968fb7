"""Every report card of the province as one batch, made by workers of which one is killed.

    python benchmarks/batch.py [--workers 2] [--spare]     in a demonstration database

Asks for "all report cards, zipped by bureau", starts workers (processes of their own), kills one of
them (SIGKILL) in the middle of a part when half of the parts are there, starts another in its
place, and looks at what comes out: every bureau once, every card once, checksums that fit, nothing
made twice. `--spare` kills nobody.
"""

import argparse
import hashlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import pypdfium2  # noqa: E402 - the settings come first
from django.core.files.storage import default_storage  # noqa: E402

from accounts.models import AuditEvent, Membership  # noqa: E402
from accounts.roles import Role  # noqa: E402
from campaign.models import Campaign, Enrolment  # noqa: E402
from common import clock  # noqa: E402
from reports.making import make_due_reports  # noqa: E402
from reports.models import Report, ReportState  # noqa: E402
from reports.services import request_report  # noqa: E402
from scoring.models import ScoreRun  # noqa: E402

ENDS = (ReportState.DONE, ReportState.FAILED, ReportState.CANCELLED)


def work(pk: int) -> None:
    """Make whatever is due until the pack is there."""
    while not Report.objects.filter(pk=pk, state__in=ENDS).exists():
        if not make_due_reports(now=clock.now()):
            time.sleep(0.5)
    for whose, who in (("own", resource.RUSAGE_SELF), ("press", resource.RUSAGE_CHILDREN)):
        used = resource.getrusage(who)
        say(
            f"worker {os.getpid()}, {whose}: {used.ru_utime + used.ru_stime:.0f} s of processor "
            f"time, at most {used.ru_maxrss // 1024} MB"
        )


def ask() -> Report:
    member = Membership.objects.select_related("user", "organisation").get(
        role=Role.PROVINCE_OFFICER, user__username="province"
    )
    member.user.acting = member
    campaign = Campaign.objects.current()
    return request_report(
        kind="all_cards",
        organisation=member.organisation,
        campaign=campaign,
        run=ScoreRun.objects.latest_of(campaign),
        by=member.user,
        now=clock.now(),
    )


def start(pk: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, __file__, "--work", str(pk)])


def oversee(pack: Report, workers: int, *, kill: bool) -> None:
    parts = pack.parts.count()
    say(f"pack {pack.pk}: {parts} bureaus, {workers} workers")
    started, told = time.monotonic(), 0
    running = [start(pack.pk) for _each in range(workers)]
    while not Report.objects.filter(pk=pack.pk, state__in=ENDS).exists():
        time.sleep(1)
        done = pack.parts.filter(state=ReportState.DONE).count()
        if done >= told + 20:
            told = done
            say(f"{time.monotonic() - started:6.0f} s: {done} of {parts} bureaus")
        if kill and done >= parts // 2 and pack.parts.filter(state=ReportState.RUNNING).exists():
            kill = False
            killed = running.pop(0)
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait()
            held = pack.parts.filter(state=ReportState.RUNNING).count()
            say(f"worker {killed.pid} killed; {held} parts are held by it and the others")
            running.append(start(pack.pk))
    seconds = time.monotonic() - started
    for process in running:
        process.wait()
    look_at(pack, seconds)


def look_at(pack: Report, seconds: float) -> None:
    """Count what the zip holds. Ends with an error where something is missing or there twice."""
    pack.refresh_from_db()
    if pack.state != ReportState.DONE:
        raise SystemExit(f"the pack is {pack.state}: {pack.failure}")
    pages, faults, names = 0, [], Counter()
    with (
        tempfile.TemporaryFile() as copy,
        default_storage.open(pack.file.name) as file,
    ):
        for chunk in file.chunks():
            copy.write(chunk)
        with zipfile.ZipFile(copy) as archive:
            sums = archive.read("SHA256SUMS.txt").decode().splitlines()
            names.update(name for name in archive.namelist() if name != "SHA256SUMS.txt")
            for line in sums:
                digest, name = line.split("  ", 1)
                content = archive.read(name)
                if hashlib.sha256(content).hexdigest() != digest:
                    faults.append(f"{name} is not what its checksum says")
                document = pypdfium2.PdfDocument(content)
                pages += len(document)
                document.close()
    cards = Enrolment.objects.filter(campaign=pack.campaign).count()
    made = Counter(
        AuditEvent.objects.filter(
            act="report.made",
            target_id__in=[str(pk) for pk in pack.parts.values_list("pk", flat=True)],
        ).values_list("target_id", flat=True)
    )
    faults += [f"{name} is there {number} times" for name, number in names.items() if number > 1]
    faults += [f"report {pk} was made {number} times" for pk, number in made.items() if number > 1]
    if not len(names) == len(sums) == len(made) == pack.parts.count():
        faults.append(f"{len(names)} files, {len(sums)} checksums, {len(made)} made")
    tries = Counter(pack.parts.values_list("attempts", flat=True))
    say(
        f"{seconds:.0f} s for {cards} cards ({seconds / cards:.2f} s a card): {len(names)} files, "
        f"{pages} pages, {pack.size / 1024**2:.0f} MB; parts by number of attempts {dict(tries)}"
    )
    for fault in faults:
        say(fault)
    raise SystemExit(len(faults))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--spare", action="store_true", help="kill nobody")
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work)
    else:
        oversee(ask(), options.workers, kill=not options.spare)


if __name__ == "__main__":
    main()
