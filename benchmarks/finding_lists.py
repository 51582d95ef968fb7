"""How the register and the task list grow with the province: 200 and 2,000 stations.

    python benchmarks/finding_lists.py

Builds both sizes in a database in memory, three findings a station, two of them dispatched, and
prints for each page its queries and its time as a multiple of the floor: a page of the same client
without any list (the days for rectification), measured in the same run.
"""

import os
import statistics
import sys
import time
from datetime import date
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Organisation  # noqa: E402
from campaign.models import Enrolment  # noqa: E402
from evaluations.models import Finding, RectificationTask  # noqa: E402
from stations.models import Region, Station  # noqa: E402
from tests.factories import NOW, small_province  # noqa: E402

SIZES = (200, 2000)
EACH = 3
ROUNDS = 7
PAGES = {
    "floor": reverse("evaluations:rectification-days"),
    "register": reverse("evaluations:register"),
    "register, filtered": reverse("evaluations:register") + "?state=overdue&kind=township&q=4101",
    "tasks": reverse("evaluations:tasks"),
    "tasks, later days to decide": reverse("evaluations:tasks") + "?waiting=later_day",
}


def fill(world, size):
    """Bring the county to `size` stations with their findings."""
    region = Region.objects.first()
    have = Organisation.objects.filter(kind="station").count()
    units = Organisation.objects.bulk_create(
        Organisation(
            code=f"410122-{number}",
            kind="station",
            name_zh=f"第{number}安监站",
            supervisor=world.county,
            path=f"{world.county.path}410122-{number}/",
        )
        for number in range(have + 100, size + 100)
    )
    stations = Station.objects.bulk_create(
        Station(organisation=unit, kind="township", region=region, head="张三") for unit in units
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(campaign=world.campaign, station=station, enrolled_at=NOW) for station in stations
    )
    findings = Finding.objects.bulk_create(
        Finding(
            enrolment=enrolment,
            source="opinion",
            category="service",
            text=f"问题{number}",
            recorded_by=world.county_officer,
            recorded_at=NOW,
        )
        for enrolment in enrolments
        for number in range(EACH)
    )
    RectificationTask.objects.bulk_create(
        RectificationTask(
            finding=finding,
            enrolment_id=finding.enrolment_id,
            requirement="限期整改",
            due_on=date(2014, 10, 20 + number % 10),
            assigned_by=world.county_officer,
            assigned_at=NOW,
        )
        for number, finding in enumerate(findings)
        if number % EACH
    )


def measure(client, address) -> tuple[int, float]:
    """Queries, and the median of the seconds."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        client.get(address)
        seconds.append(time.perf_counter() - begin)
    return len(captured), statistics.median(seconds)


def main():
    call_command("migrate", verbosity=0)
    world = small_province()
    client = Client()
    client.force_login(world.province_admin)
    for size in SIZES:
        fill(world, size)
        _queries, floor = measure(client, PAGES["floor"])
        print(f"{size} stations, {Finding.objects.count()} findings")
        for name, address in PAGES.items():
            queries, seconds = measure(client, address)
            print(f"  {name:<28} {queries:>3} queries   {seconds / floor:5.1f} × floor")


if __name__ == "__main__":
    with override_settings(
        DEMONSTRATION=True, PORTAL_TODAY="2014-10-25", ALLOWED_HOSTS=["testserver"]
    ):
        main()
