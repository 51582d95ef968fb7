"""The recount of a province: 2,000 stations, 1,000,000 ballots, beside a raw GROUP BY.

python benchmarks/recount.py [--ballots 1000000]
python scripts/with_postgres.py .venv/bin/python benchmarks/recount.py
"""

import argparse
import os
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="portal-benchmark-"))
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER / 'portal.sqlite3'}")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from campaign.models import Enrolment  # noqa: E402
from surveys.models import Ballot  # noqa: E402
from surveys.recount import recount  # noqa: E402
from surveys.tallies import count_ballots  # noqa: E402
from tests.factories import NOW, small_province, station  # noqa: E402
from tests.surveys.survey_cast import opened  # noqa: E402


def timed(name, act, floor=None):
    start = time.perf_counter()
    result = act()
    seconds = time.perf_counter() - start
    print(
        f"{name:<44} {seconds:7.2f} s" + (f"  {seconds / floor:.1f} × the floor" if floor else "")
    )
    return result, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ballots", type=int, default=1_000_000)
    parser.add_argument("--stations", type=int, default=2_000)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    world = small_province()
    questionnaire = opened(world)
    stations = [station(world.county, number) for number in range(10, 10 + options.stations)]
    Enrolment.objects.bulk_create(
        Enrolment(campaign=world.campaign, station=row, enrolled_at=NOW) for row in stations
    )
    enrolments = list(Enrolment.objects.filter(station__in=stations).values_list("pk", flat=True))
    chance = random.Random(1)
    sheets = ["".join(chance.choices("11111222334", k=10)) + "2" for _ in range(20_000)]

    def fill():
        for start in range(0, options.ballots, 50_000):
            Ballot.objects.bulk_create(
                (
                    Ballot(
                        id=secrets.randbits(62),
                        enrolment_id=chance.choice(enrolments),
                        questionnaire=questionnaire,
                        group=chance.choice(("service", "supervisor", "society")),
                        answers=(sheet := chance.choice(sheets)),
                        channel="open",
                        day=NOW.date(),
                        valid=sheet[:10].count("4") <= 2,
                        key_digest=secrets.token_hex(16),
                    )
                    for _ in range(min(50_000, options.ballots - start))
                ),
                batch_size=2_000,
            )

    print(f"{connection.vendor}, {options.ballots} ballots, {options.stations} stations")
    timed("writing them", fill)

    def group_by():
        with connection.cursor() as cursor:
            cursor.execute(
                'SELECT enrolment_id, "group", COUNT(*) FROM surveys_ballot '
                'WHERE valid AND NOT set_aside GROUP BY enrolment_id, "group"'
            )
            return cursor.fetchall()

    _rows, floor = timed("raw GROUP BY, numbers only (the floor)", group_by)

    def passed():
        columns = ("enrolment", "group", "pk", "answers", "valid", "set_aside", "batch")
        return sum(1 for _row in Ballot.objects.values_list(*columns).iterator(chunk_size=20_000))

    timed("reading every row, doing nothing", passed, floor)
    timed("tallies: every option of every question", lambda: count_ballots(world.campaign), floor)
    result, _seconds = timed("recount, ballot by ballot", lambda: recount(world.campaign), floor)
    print(
        f"    {result.ballots} read, {result.counted} counted, {result.cells} cells compared, "
        f"{len(result.differences)} differences"
    )
    raise SystemExit(1 if result.differences or result.ballots != options.ballots else 0)


if __name__ == "__main__":
    main()
