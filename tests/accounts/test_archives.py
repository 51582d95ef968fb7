"""Old events move into files and stay provable; nothing else leaves the trail."""

import gzip
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts import archives, guards, seals, vouching
from accounts.models import AuditArchive, AuditEvent, AuditSeal, SecurityRules
from tests.accounts.trail import SEALED_AT, sealed_trail, write
from tests.factories import small_province

# The trail of the tests is sealed on 1 March 2026; twelve months later it stays, a day on it goes.
STAYS, GOES = SEALED_AT.replace(year=2027), SEALED_AT.replace(year=2027, month=4)


@pytest.fixture
def world(db, settings, tmp_path, monkeypatch):
    settings.AUDIT_ARCHIVE_DIR = tmp_path
    # The rows of these tests are made without acts; tests/test_vouching.py looks at rows.
    monkeypatch.setattr(vouching, "changed_rows", lambda **options: [])
    return small_province()


def verified():
    out = StringIO()
    call_command("verify_audit", stdout=out, stderr=out)
    return out.getvalue()


def broken():
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_audit", stdout=out, stderr=out)
    return out.getvalue()


def delete(event):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = %s", [event.pk])


def test_old_events_leave_for_a_file_and_the_chain_stays_whole(world):
    events = sealed_trail(world, seals=3, events=4)
    late = write(world, 1)[0]
    assert archives.archive_due(now=STAYS) == []
    (row,) = archives.archive_due(now=GOES)
    assert (row.first_seal, row.last_seal, row.event_count) == (1, 3, 12)
    assert not AuditEvent.objects.filter(pk__in=[event.pk for event in events]).exists()
    assert AuditEvent.objects.filter(pk=late.pk).exists()
    assert AuditSeal.objects.count() == 3
    lines = gzip.decompress(Path(archives.settings.AUDIT_ARCHIVE_DIR, row.name).read_bytes())
    assert lines.splitlines() == [seals.canonical(event) for event in events]
    assert "whole: 3 seals" in verified()
    # The act is in the trail, and the chain goes on.
    assert AuditEvent.objects.get(act="trail.archived").after["events"] == 12
    seals.seal_events(now=GOES)
    assert "whole: 4 seals" in verified()
    assert archives.archive_due(now=GOES) == []


def test_the_rules_say_how_long(world):
    sealed_trail(world, seals=1)
    SecurityRules.objects.create(retention_months=13)
    assert archives.archive_due(now=GOES) == []
    SecurityRules.objects.update(retention_months=6)
    assert len(archives.archive_due(now=SEALED_AT + timedelta(days=220))) == 1


def test_the_database_lets_only_archived_events_go(world):
    events = sealed_trail(world, seals=2)
    with pytest.raises(IntegrityError):
        delete(events[0])
    archives.archive_due(now=GOES)
    with pytest.raises(IntegrityError):
        delete(AuditEvent.objects.get(act="trail.archived"))
    for change in (
        "UPDATE accounts_auditarchive SET sha256 = ''",
        "DELETE FROM accounts_auditarchive",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_a_broken_trail_is_not_archived(world):
    events = sealed_trail(world, seals=2)
    with guards.lifted(connection):
        AuditEvent.objects.filter(pk=events[3].pk).update(reason="x")
    with pytest.raises(archives.Unsound, match=str(events[3].pk)):
        archives.archive_due(now=GOES)
    assert AuditEvent.objects.filter(pk=events[3].pk).exists()
    assert not AuditArchive.objects.exists()


def test_a_changed_or_lost_archive_is_found(world, tmp_path):
    events = sealed_trail(world, seals=2)
    (row,) = archives.archive_due(now=GOES)
    path = tmp_path / row.name
    whole = path.read_bytes()
    path.unlink()
    assert "the file is not here" in broken()
    path.write_bytes(whole[:-1] + b"x")
    assert "the file was changed" in broken()
    # Who forges the row's checksum too is contradicted by the seals.
    forged = gzip.decompress(whole).replace(b"task.returned", b"task.accepted", 1)
    path.write_bytes(gzip.compress(forged, mtime=0))
    with guards.lifted(connection):
        digest = archives.hashlib.sha256(path.read_bytes()).hexdigest()
        AuditArchive.objects.update(sha256=digest)
    assert f"event {events[0].pk}: the event is not the one that was sealed" in broken()
    path.write_bytes(whole)
    with guards.lifted(connection):
        AuditArchive.objects.update(sha256=row.sha256)
    assert "whole" in verified()


def test_the_auditor_takes_an_archive_and_nobody_else(world, client):
    sealed_trail(world, seals=1)
    (row,) = archives.archive_due(now=GOES)
    address = reverse("accounts:archive", args=[row.pk])
    client.force_login(world.system_admin)
    assert client.get(address).status_code == 403
    client.force_login(world.auditor)
    assert row.name in client.get(reverse("accounts:audit")).content.decode()
    assert b"".join(client.get(address).streaming_content)[:2] == b"\x1f\x8b"
    assert AuditEvent.objects.get(act="trail.archive_read").target == row.name
