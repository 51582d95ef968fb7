"""Back up an installation, and drill the restoring of it:

    python scripts/backup.py make DIR
    python scripts/backup.py drill DIR [--into DATABASE_URL] [--head DIGEST …]

`make` writes DIR (which must not exist): the database, the files, and `note.json` with the number
of rows of each table and the last seal, all of one moment. On PostgreSQL the dump is
`portal.dump`, on SQLite `portal.sqlite3`.

`drill` restores DIR beside the installation that runs, which it does not touch: into an empty
database (on PostgreSQL `--into` names one; SQLite needs none) and a temporary folder. There
it counts rows and compares them with the note, reads every stored file, verifies the audit trail
with the noted head and those given, and recomputes every published run. Ends 1, and says why, when
anything is missing or different.
"""

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path

import django
import environ

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from accounts.models import AuditSeal
from scoring.models import RunState, ScoreRun

NOTE, FILES = "note.json", "files.tar"
DUMP = {"postgresql": "portal.dump", "sqlite": "portal.sqlite3"}


class Faulty(Exception):
    """The backup is not whole; the message says what is wrong."""


# --- making one -----------------------------------------------------------------------------------


def make(folder: Path) -> None:
    """Write the backup. The dump and the counts are of one moment; the files are copied after it,
    since a file is written before the row that names it."""
    folder.mkdir(mode=0o700)
    with one_moment() as snapshot:
        note = {"rows": counted_rows(), "head": head()}
        dump(folder / DUMP[connection.vendor], snapshot)
    with tarfile.open(folder / FILES, "w") as tar:
        for name, place in (
            ("media", default_storage.location),
            ("archive", settings.AUDIT_ARCHIVE_DIR),
        ):
            if Path(place).is_dir():
                tar.add(place, name)
    (folder / NOTE).write_text(json.dumps(note, indent=1))
    print(f"{sum(note['rows'].values())} rows, head {note['head'] or '(no seal yet)'}: {folder}")


@contextmanager
def one_moment():
    """Within the block every query sees the same state; gives its name for pg_dump."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.execute("BEGIN")
        try:
            yield None
        finally:
            connection.connection.rollback()
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def dump(path: Path, snapshot) -> None:
    if connection.vendor == "sqlite":
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
        copy.close()
        return
    database = connection.settings_dict
    command = ["pg_dump", "-Fc", "--snapshot", snapshot, "-f", str(path), database["NAME"]]
    subprocess.run(command, check=True, env=os.environ | server_of(database))


def server_of(values: dict) -> dict:
    """The address of the server as PostgreSQL's own programs read it, the password too: an argument
    could be read by everybody on the machine."""
    keys = ("HOST", "PORT", "USER", "PASSWORD")
    return {f"PG{key}": str(values[key]) for key in keys if values[key]}


def counted_rows() -> dict[str, int]:
    """The number of rows of every table."""
    counts = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # nosec B608
            counts[table] = cursor.fetchone()[0]
    return counts


def head() -> str:
    """The digest of the last seal of the audit trail."""
    return AuditSeal.objects.order_by("-number").values_list("digest", flat=True).first() or ""


# --- the drill ------------------------------------------------------------------------------------


def drill(folder: Path, into: str, heads: list[str]) -> None:
    """Restore the backup elsewhere and look at all of it."""
    note = json.loads((folder / NOTE).read_text())
    with tempfile.TemporaryDirectory(prefix="portal-drill-") as name:
        var = Path(name)
        with tarfile.open(folder / FILES) as tar:
            tar.extractall(var, filter="data")
        address = restore(folder, var, into)
        # The restored installation is looked at as any other: by a process of its own.
        there = {
            "DATABASE_URL": address,
            "PORTAL_VAR_DIR": str(var),
            "AUDIT_ARCHIVE_DIR": str(var / "archive"),
        }
        environment = os.environ | there
        look = [sys.executable, __file__, "look", str(folder)]
        verify = [sys.executable, str(ROOT / "manage.py"), "verify_audit"]
        for head_ in filter(None, [note["head"], *heads]):
            verify += ["--head", head_]
        for command in (look, verify):
            if subprocess.run(command, env=environment).returncode:
                raise Faulty("the restored installation is not as it was")
    print("restored and whole")


def restore(folder, var, into) -> str:
    """Put the database back, as docs/installation.md says; the address under which it is then."""
    if (folder / DUMP["sqlite"]).exists():
        shutil.copy(folder / DUMP["sqlite"], var / DUMP["sqlite"])
        return f"sqlite:///{var / DUMP['sqlite']}"
    if not into:
        raise Faulty("--into must name an empty database")
    target = environ.Env.db_url_config(into)
    if all(target[key] == connection.settings_dict[key] for key in ("NAME", "HOST", "PORT")):
        raise Faulty("--into is the installation's own database")
    command = ["pg_restore", "--exit-on-error", "--no-owner", "-d", target["NAME"]]
    environment = os.environ | server_of(target)
    subprocess.run([*command, str(folder / DUMP["postgresql"])], check=True, env=environment)
    return into


def look(folder: Path) -> None:
    """Within the restored installation: rows, files, published runs."""
    noted = json.loads((folder / NOTE).read_text())["rows"]
    found = counted_rows()
    wrong = [
        f"{table}: {noted.get(table, 0)} rows noted, {found.get(table, 0)} restored"
        for table in sorted({*noted, *found})
        if noted.get(table) != found.get(table)
    ]
    files = 0
    for row, name in stored_files():
        files += 1
        wrong += flaws(row, name)
    runs = ScoreRun.objects.filter(state=RunState.PUBLISHED)
    for run in runs:
        wrong += recomputed(run)
    if wrong:
        raise Faulty("\n".join(wrong))
    print(f"{sum(found.values())} rows, {files} files, {len(runs)} published runs")


def stored_files():
    """(row, field name) of every file that a row names."""
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, models.FileField):
                for row in model._base_manager.exclude(**{field.name: ""}).iterator():
                    if getattr(row, field.name):
                        yield row, field.name


def flaws(row, name) -> list[str]:
    """What is wrong with a stored file: it is not there, or not the one that the row knows."""
    file = getattr(row, name)
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return [f"{row._meta.label} {row.pk}: {file.name} is missing"]
    known = getattr(row, "sha256", "")
    if known and known != digest:
        return [f"{row._meta.label} {row.pk}: {file.name} is another file"]
    return []


def recomputed(run) -> list[str]:
    """Export a run and recompute it with the stand-alone program."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "run"
        export = [
            sys.executable,
            str(ROOT / "manage.py"),
            "export_run",
            str(run.pk),
            "--out",
            str(out),
        ]
        verify = [sys.executable, str(ROOT / "verify_run.py"), str(out)]
        quiet = {"stdout": subprocess.DEVNULL}
        if all(subprocess.run(command, **quiet).returncode == 0 for command in (export, verify)):
            return []
    return [f"run {run.pk} is not what its inputs give"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("make", "drill", "look"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--into", default="", metavar="DATABASE_URL")
    parser.add_argument("--head", action="append", default=[], metavar="DIGEST")
    asked = parser.parse_args()
    try:
        if asked.what == "make":
            make(asked.folder)
        elif asked.what == "drill":
            drill(asked.folder, asked.into, asked.head)
        else:
            look(asked.folder)
    except (Faulty, OSError, subprocess.CalledProcessError, tarfile.TarError) as reason:
        sys.exit(f"BAD: {reason}")


if __name__ == "__main__":
    main()
