"""Packs: parts that are reports, workers that die, a zip that is whole."""

import hashlib
import io
import os
import re
import signal
import zipfile
from collections import Counter
from datetime import timedelta

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEvent
from campaign.models import Enrolment
from reports import making
from reports.models import Report
from reports.packs import gather
from reports.services import cancel_report, request_report, retry_report
from tests.factories import NOW, enrolment, small_province, station
from tests.patience import wait_until
from tests.reports.papers import needs_fonts, with_run

BUREAUS = ["410122", "410185", "410181", "410221", "419001"]


def ask(world, kind="all_cards", unit=None):
    return request_report(
        kind=kind,
        organisation=unit or world.province,
        campaign=world.campaign,
        run=world.run,
        by=world.province_officer,
        now=NOW,
    )


def make_everything():
    """Sweep until nothing is due: a sweep ends early, so that mails need not wait for it."""
    making.make_due_reports(now=NOW)
    while Report.objects.filter(state="queued").exists():
        making.make_due_reports(now=NOW)


def files():
    return (
        set(default_storage.listdir("reports")[1]) if default_storage.exists("reports") else set()
    )


@pytest.fixture
def world(db):
    return with_run(small_province())


def test_a_pack_waits_for_one_part_a_bureau(world):
    pack = ask(world)
    assert pack.state == "waiting"
    parts = pack.parts.order_by("organisation__path")
    assert sorted(part.organisation.code for part in parts) == sorted(BUREAUS)
    assert {part.state for part in parts} == {"queued"}
    assert ask(world) == pack
    assert Report.objects.count() == 6


def test_a_part_that_somebody_asked_for_is_taken_as_it_is(world):
    own = ask(world, "station_cards", world.county)
    pack = ask(world)
    assert own in pack.parts.all()
    assert Report.objects.filter(kind="station_cards", organisation=world.county).count() == 1


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_a_failed_part_fails_the_pack_once_the_others_are_there(world):
    pack = ask(world)
    poisoned = pack.parts.get(organisation=world.county)
    Report.objects.filter(pk=poisoned.pk).update(state="failed", failure="Kein Papier")
    make_everything()
    pack.refresh_from_db()
    assert pack.state == "failed"
    assert "Kein Papier" in pack.failure
    retry_report(report=pack, by=world.province_officer, now=NOW)
    assert pack.state == "waiting"
    make_everything()
    pack.refresh_from_db()
    assert (pack.state, pack.failure) == ("done", "")


def test_cancelling_a_pack_takes_its_own_parts_along(world):
    county = ask(world, "all_cards", world.prefecture)
    pack = ask(world)
    cancel_report(report=pack, by=world.province_officer, now=NOW)
    states = {part.organisation.code: part.state for part in pack.parts.all()}
    # The two of the prefecture stand in its own pack, which still waits.
    assert states == dict.fromkeys(BUREAUS, "cancelled") | {"410122": "queued", "410185": "queued"}
    county.refresh_from_db()
    assert county.state == "waiting"
    assert making.make_report(report=pack, now=NOW) is False


def test_two_workers_that_see_the_last_part_move_the_pack_once(world):
    """Both read the pack while it waited; the second is not thrown out of its sweep."""
    pack = ask(world)
    Report.objects.filter(packs=pack).update(state="done")
    first, second = Report.objects.get(pk=pack.pk), Report.objects.get(pk=pack.pk)
    gather(pack=first, now=NOW)
    gather(pack=second, now=NOW)
    pack.refresh_from_db()
    assert pack.state == "queued"
    assert AuditEvent.objects.filter(act="report.gathered", target_id=str(pack.pk)).count() == 1


# --- real workers that die or fall asleep ---------------------------------------------------------


def twelve_cards():
    """The small province with six more stations: twelve cards of five bureaus."""
    world = small_province()
    for serial in range(3, 9):
        enrolment(world.campaign, station(world.county, serial))
    return with_run(world)


def start_worker(before=lambda: None):
    """A real process that makes all that is due, however long it takes; `before` runs in it
    first."""
    connections.close_all()
    worker = os.fork()
    if worker == 0:
        try:
            before()
            make_everything()
        finally:
            os._exit(0)
    return worker


def wait_for_the_middle_of_a_part():
    """Until a part is done and the next one is in the press: there its worker writes nothing for
    two seconds, and so holds no lock when it is stopped."""
    done = Report.objects.filter(state="done")
    in_the_press = Report.objects.filter(state="running", progress__gt=15)
    wait_until(
        lambda: done.exists() and in_the_press.exists(),
        "no part was in the middle of being made",
        pause=0.01,
    )


def give_up_on_the_dead():
    """As if the lease of whoever holds a report had run out."""
    Report.objects.filter(state="running").update(
        claimed_at=timezone.now() - making.LEASE - timedelta(seconds=1)
    )


def times_made(parts):
    """How often each part was made, by the audit trail."""
    made = Counter(AuditEvent.objects.filter(act="report.made").values_list("target_id", flat=True))
    return sorted(made[str(part.pk)] for part in parts)


@needs_fonts
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_a_whole_pack_and_no_duplicate(transactional_db, request):
    """SIGKILL in the middle of a part. Until its lease is over nobody else touches it and the pack
    waits; then another worker goes on, and the zip holds all twelve cards once."""
    world = twelve_cards()
    pack = ask(world)
    before = files()
    worker = start_worker()
    try:
        wait_for_the_middle_of_a_part()
    finally:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    (orphan,) = Report.objects.filter(state="running")
    request.getfixturevalue("quick_press")  # for those who come after
    # The control: were the dead worker's part not taken up again, the pack would never be whole.
    make_everything()
    pack.refresh_from_db()
    orphan.refresh_from_db()
    assert (pack.state, orphan.state) == ("waiting", "running")

    give_up_on_the_dead()
    make_everything()
    pack.refresh_from_db()
    orphan.refresh_from_db()
    assert (pack.state, orphan.state, orphan.attempts) == ("done", "done", 2)
    parts = list(pack.parts.all())
    assert times_made(parts) == [1] * 5
    with zipfile.ZipFile(io.BytesIO(default_storage.open(pack.file.name).read())) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names)) == 6
        sums = dict(
            reversed(line.split("  ", 1))
            for line in archive.read("SHA256SUMS.txt").decode().splitlines()
        )
        content = {name: archive.read(name) for name in sums}
    assert {name: hashlib.sha256(file).hexdigest() for name, file in content.items()} == sums
    assert sorted(sums.values()) == sorted(part.sha256 for part in parts)
    codes = [code for file in content.values() for code in cards_in(file)]
    assert sorted(codes) == sorted(
        Enrolment.objects.values_list("station__organisation__code", flat=True)
    )
    assert len(codes) == 12
    assert len(files() - before) == 6


def cards_in(pdf: bytes) -> list[str]:
    """The codes of the stations whose cards a paper holds: the line below each title."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return [code for page in pages for code in re.findall(r"^(\d{6}-\d+) ·", page, re.MULTILINE)]


@needs_fonts
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("careless", "made"), [(False, [1] * 5), (True, [1, 1, 1, 1, 2])], ids=["as it is", "control"]
)
def test_a_worker_that_wakes_up_late_writes_nothing(transactional_db, request, careless, made):
    """Stopped in the middle of a part, taken for dead, woken up when another one has made it. The
    control writes without asking whether the part is still its own: it is made twice."""
    pack = ask(twelve_cards())

    def forget_the_claim():
        def write(report, **changes):
            Report.objects.filter(pk=report.pk).update(**changes)
            for field, value in changes.items():
                setattr(report, field, value)

        making._write = write

    worker = start_worker(forget_the_claim if careless else lambda: None)
    try:
        wait_for_the_middle_of_a_part()
        os.kill(worker, signal.SIGSTOP)
        give_up_on_the_dead()
        request.getfixturevalue("quick_press")  # for who comes after
        make_everything()
        os.kill(worker, signal.SIGCONT)
    except BaseException:
        os.kill(worker, signal.SIGKILL)
        raise
    finally:
        os.waitpid(worker, 0)
    pack.refresh_from_db()
    assert pack.state == "done"
    assert times_made(pack.parts.all()) == made
