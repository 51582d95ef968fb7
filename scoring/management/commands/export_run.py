"""`python manage.py export_run RUN --out DIR`: a run's inputs and outputs, for `verify_run.py`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts import audit
from common import clock
from scoring import bundle
from scoring.models import ScoreRun
from scoring.services.runs import NotProvable, files_of


class Command(BaseCommand):
    help = "Write a run as CSV files and manifest.json; check them with: python verify_run.py DIR"

    def add_arguments(self, parser):
        parser.add_argument("run", type=int, metavar="RUN")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *, run, out, **options):
        found = ScoreRun.objects.select_related("campaign").filter(pk=run).first()
        if found is None:
            raise CommandError(f"There is no run {run}.")
        try:
            _check_place(out)
            files = files_of(found)
            out.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (out / name).write_bytes(content)
        except NotProvable as reason:
            raise CommandError(f"Not exported. {reason}") from reason
        except OSError as reason:
            raise CommandError(f"Not exported: {reason}") from reason
        audit.record(by=None, act="run.exported", target=found, now=clock.now())
        self.stdout.write(f"run {found.pk}: {len(files)} files in {out}")
        if found.preliminary:
            # SECURITY: two of them could be subtracted; see scoring/discretion.py.
            self.stderr.write("preliminary: it holds counts; do not hand it on")


def _check_place(out: Path) -> None:
    """Only a new or empty folder, or an earlier export, is written to."""
    if not out.exists():
        return
    if not out.is_dir():
        raise CommandError(f"{out} is not a folder.")
    foreign = {entry.name for entry in out.iterdir()} - {*bundle.COLUMNS, bundle.MANIFEST}
    if foreign:
        raise CommandError(
            f"{out} holds other files ({', '.join(sorted(foreign)[:3])}). Choose an empty folder."
        )
