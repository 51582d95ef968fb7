"""Packs: parts that are reports, workers that die, a zip that is whole."""

import hashlib
import io
import os
import signal
import time
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEvent
from reports import making
from reports.models import Report
from reports.services import cancel_report, request_report, retry_report
from tests.factories import NOW, small_province
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


@needs_fonts
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_a_whole_pack_and_no_duplicate(transactional_db, monkeypatch):
    """A real process is killed (SIGKILL) in the middle of a part; another one goes on."""
    world = with_run(small_province())
    pack = ask(world)
    before = (
        set(default_storage.listdir("reports")[1]) if default_storage.exists("reports") else set()
    )
    connections.close_all()
    worker = os.fork()
    if worker == 0:
        try:
            making.make_due_reports(now=NOW)
        finally:
            os._exit(0)
    try:
        deadline = time.monotonic() + 60
        while not Report.objects.filter(state="done").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        while not Report.objects.filter(state="running").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    (orphan,) = Report.objects.filter(state="running")
    assert Report.objects.filter(state="done").exists()
    pack.refresh_from_db()
    assert pack.state == "waiting"

    Report.objects.filter(pk=orphan.pk).update(
        claimed_at=timezone.now() - making.LEASE - timedelta(seconds=1)
    )
    make_everything()
    pack.refresh_from_db()
    orphan.refresh_from_db()
    assert (pack.state, orphan.state, orphan.attempts) == ("done", "done", 2)
    parts = list(pack.parts.all())
    made = AuditEvent.objects.filter(act="report.made")
    assert made.count() == len(parts) + 1 == 6
    with zipfile.ZipFile(io.BytesIO(default_storage.open(pack.file.name).read())) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names)) == 6
        sums = dict(
            reversed(line.split("  ", 1))
            for line in archive.read("SHA256SUMS.txt").decode().splitlines()
        )
        found = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in sums}
    assert found == sums
    assert sorted(sums.values()) == sorted(part.sha256 for part in parts)
    assert len(files() - before) == 6
