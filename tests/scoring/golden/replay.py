"""Stores the golden run as the first release did, migrates to today's tables, and replays it.

    python -m tests.scoring.golden.replay [--spoil]

In a database of its own, in memory: every migration since the first is run over the rows. Prints
the checksums that today's code gives, as JSON. `--spoil` changes one input after the migrations:
then nothing may come out. Started by tests/scoring/test_golden.py in a process of its own, since a
test's database has its tables already.
"""

import json
import os
import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path

os.environ["DATABASE_URL"] = "sqlite://:memory:"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402

from scoring.models import ScoreRun  # noqa: E402
from scoring.services.runs import files_of  # noqa: E402

FIRST = [("scoring", "0001_initial")]
GOLDEN = Path(__file__).with_name("run-2014.json")


def first_release():
    """Make the first release's tables; returns its models."""
    executor = MigrationExecutor(connection)
    # The steps themselves, not the one that stands for them in an empty database.
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    return executor.migrate(FIRST).apps


def store(apps, golden: dict) -> None:
    """The run with what it hangs on, by the columns of then."""

    def create(label, **values):
        return apps.get_model(label).objects.create(**values)

    made_at = datetime.fromisoformat(golden["made_at"])
    campaign = create(
        "campaign.Campaign", year=2014, title_zh="2014", title_en="2014", state="closed"
    )
    policy = create("scoring.ScoringPolicy", campaign=campaign, version=1, frozen_at=made_at)
    given = {key: golden[key] for key in golden.keys() - {"files", "scores", "made_at"}}
    run = create("scoring.ScoreRun", campaign=campaign, policy=policy, made_at=made_at, **given)
    region = create("stations.Region", code="410000", name_zh="河南省", level="province")
    province = create(
        "accounts.Organisation", code="410000", kind="province", name_zh="省局", path="410000/"
    )
    for fields in golden["scores"]:
        unit = create(
            "accounts.Organisation",
            code=fields["code"],
            kind="station",
            name_zh=fields["name_zh"],
            path=fields["path"],
            supervisor=province,
        )
        station = create("stations.Station", organisation=unit, kind=fields["kind"], region=region)
        enrolment = create(
            "campaign.Enrolment", campaign=campaign, station=station, enrolled_at=made_at
        )
        create("scoring.StationScore", run=run, enrolment=enrolment, **fields)


def migrate_to_today() -> None:
    """As an installation does that was there from the beginning."""
    executor = MigrationExecutor(connection)
    executor.migrate(
        [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] in ("campaign", "scoring")]
    )


def main(arguments: list[str]) -> None:
    store(first_release(), json.loads(GOLDEN.read_text(encoding="utf-8")))
    migrate_to_today()
    run = ScoreRun.objects.get()
    if "--spoil" in arguments:
        row = run.scores.get(code="410122-1")
        row.inputs["daily"]["county"] = "0.01"
        row.save()
    files = files_of(run)
    checksums = {name: sha256(content).hexdigest() for name, content in files.items()}
    sys.stdout.write(json.dumps(checksums))


if __name__ == "__main__":
    main(sys.argv[1:])
