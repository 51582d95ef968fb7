"""A closed campaign replays to the same digest, whatever migrations have come since.

golden/run-2014.json holds a run as the first release stored it: its columns of then, and the
checksums of its files. Once its rows are written into today's tables; once, in a process and a
database of its own, into the first release's tables, and every migration since is run over them.
"""

import hashlib
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from scoring.models import ScoreRun, StationScore
from scoring.services.policies import load_default_policy
from scoring.services.runs import NotProvable, files_of
from tests.factories import NOW, small_province

pytestmark = pytest.mark.django_db
GOLDEN = json.loads((Path(__file__).parent / "golden/run-2014.json").read_text(encoding="utf-8"))


@pytest.fixture
def run():
    world = small_province()
    row = ScoreRun.objects.create(
        campaign=world.campaign,
        policy=load_default_policy(campaign=world.campaign, by=None, now=NOW),
        made_at=datetime.fromisoformat(GOLDEN["made_at"]),
        **{key: GOLDEN[key] for key in GOLDEN.keys() - {"files", "scores", "made_at"}},
    )
    enrolments = {each.organisation.code: each for each in world.campaign.enrolments.with_station()}
    StationScore.objects.bulk_create(
        StationScore(run=row, enrolment=enrolments[fields["code"]], **fields)
        for fields in GOLDEN["scores"]
    )
    return row


def test_the_golden_run_replays_to_the_same_bytes(run):
    files = files_of(run)
    manifest = json.loads(files.pop("manifest.json"))
    assert {name: hashlib.sha256(text).hexdigest() for name, text in files.items()} == GOLDEN[
        "files"
    ]
    assert manifest["input_digest"] == GOLDEN["input_digest"]
    assert manifest["output_digest"] == GOLDEN["output_digest"]


def replayed(*arguments):
    command = [sys.executable, "-m", "tests.scoring.golden.replay", *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True)  # noqa: S603


@pytest.mark.one_database
def test_the_first_releases_rows_replay_after_every_migration_since():
    done = replayed()
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)
    del files["manifest.json"]  # names the run's number and moment
    assert files == GOLDEN["files"]


@pytest.mark.one_database
def test_a_row_that_changed_on_the_way_does_not_replay():
    done = replayed("--spoil")
    assert done.returncode == 1
    assert "the frozen inputs do not have the digest of the run" in done.stderr


def test_a_changed_input_of_it_does_not(run):
    row = run.scores.get(code="410122-1")
    row.inputs["groups"]["service"]["counts"]["1"]["1"] -= 1
    row.save()
    with pytest.raises(NotProvable):
        files_of(run)
