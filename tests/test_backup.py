"""A backup is restored beside the installation, and what is missing in it is named."""

import json
import os
import tarfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from accounts import audit
from accounts.models import AuditSeal, User
from accounts.seals import seal_events
from common.uploads import CheckedFile
from evaluations.services.evidence import new_evidence
from scripts import backup
from tests.accounts.trail import SEALED_AT
from tests.factories import NOW, small_province


@pytest.fixture
def world(db):
    world = small_province()
    content = ContentFile(b"%PDF-1.4 as it was handed in")
    world.evidence = new_evidence(
        enrolment=world.brigade_enrolment,
        checked=CheckedFile("证明.pdf", content.read(), "application/pdf"),
        by=world.station_officer,
        now=NOW,
    )
    world.evidence.save()
    audit.record(by=world.station_officer, act="evidence.attached", target=world.evidence, now=NOW)
    audit.tell_anew(now=NOW)  # its other rows are made without acts
    seal_events(now=SEALED_AT)
    return world


def noted(folder):
    (folder / backup.NOTE).write_text(json.dumps({"rows": backup.counted_rows(), "head": ""}))


def test_what_is_whole_passes(world, tmp_path, capsys):
    noted(tmp_path)
    backup.look(tmp_path)
    assert ", 1 files, 0 published runs" in capsys.readouterr().out


def test_a_missing_row_is_named(world, tmp_path):
    noted(tmp_path)
    count = User.objects.count()
    world.station_officer.memberships.all().delete()
    with pytest.raises(backup.Faulty, match=f"accounts_membership: {count} rows noted"):
        backup.look(tmp_path)


def test_a_table_too_many_or_too_few_is_named(world, tmp_path):
    noted(tmp_path)
    note = json.loads((tmp_path / backup.NOTE).read_text())
    note["rows"]["gone_table"] = 3
    (tmp_path / backup.NOTE).write_text(json.dumps(note))
    with pytest.raises(backup.Faulty, match="gone_table: 3 rows noted, 0 restored"):
        backup.look(tmp_path)


@pytest.mark.parametrize("what", ["missing", "another file"])
def test_a_lost_or_swapped_file_is_named(world, tmp_path, what):
    noted(tmp_path)
    path = Path(world.evidence.file.path)
    if what == "missing":
        path.unlink()
    else:
        path.write_bytes(b"%PDF-1.4 another")
    with pytest.raises(backup.Faulty, match=f"evaluations.Evidence .*{what}"):
        backup.look(tmp_path)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="on PostgreSQL the drill needs an empty database"
)
@pytest.mark.django_db(transaction=True)
def test_made_and_drilled(world, tmp_path, monkeypatch):
    """From the live database to a restored one, as the command does it."""
    folder, environment = tmp_path / "backup", dict(os.environ)
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    backup.make(folder)
    assert (folder / backup.NOTE).exists()
    monkeypatch.setattr(os, "environ", environment)
    backup.drill(folder, "", [AuditSeal.objects.get().digest])
    # The negative control: the same backup without its files.
    with tarfile.open(folder / backup.FILES, "w"):
        pass
    with pytest.raises(backup.Faulty):
        backup.drill(folder, "", [])
