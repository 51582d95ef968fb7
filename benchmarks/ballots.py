"""Ballots a second, beside a bare Django view that inserts one row, in one run.

    python benchmarks/ballots.py [--ballots 2000] [--clients 16]                    # on SQLite
    python scripts/with_postgres.py .venv/bin/python benchmarks/ballots.py          # on PostgreSQL

Three loads, each by the same clients against two gunicorn workers of four threads: the bare view,
ballots spread over 100 stations, ballots of one station (one poster, one hall). Prints requests a
second, p50/p95/p99 and the ratio to the floor, and compares what was acknowledged with what is
stored, found by its receipt and tallied. `scripts/with_postgres.py` runs its server without fsync
(it holds tests only): set DATABASE_URL to a server of your own for figures with fsync.
"""

import argparse
import http.client
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(tempfile.mkdtemp(prefix="portal-benchmark-"))
DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite:///{FOLDER / 'portal.sqlite3'}"
# What the portal's workers run with; this process builds and counts with the tests' factories.
PORTAL = {
    "DATABASE_URL": DATABASE_URL,
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "only-for-tests",
    "PORTAL_DEMONSTRATION": "1",
    "PORTAL_TODAY": "2014-10-25",
    "REDIS_URL": "",
    "LOG_LEVEL": "ERROR",
}
os.environ |= {"DATABASE_URL": DATABASE_URL, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
sys.path.insert(0, str(ROOT))

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from common.models import RateLimit  # noqa: E402
from surveys import receipts  # noqa: E402
from surveys.models import Ballot, Receipt  # noqa: E402
from surveys.recount import recount  # noqa: E402
from tests.factories import enrolment, small_province, station  # noqa: E402
from tests.surveys.survey_cast import opened, posted  # noqa: E402

CODE = re.compile(r'class="code">([0-9A-Z-]{19})<')


class Client:
    """A phone with a kept connection: one answer sheet after the other."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = self.token = ""

    def get(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        html = answer.read().decode()
        self.cookie = answer.getheader("Set-Cookie", "").split(";")[0]
        self.token = self.cookie.partition("=")[2]
        return html

    def post(self, path, fields):
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": self.token})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()


def load(port, clients, number, paths, sheet, done):
    """Post `number` sheets by `clients` at once; seconds in all, and of each, and the answers."""
    times, answers, lock = [], [], threading.Lock()
    barrier = threading.Barrier(clients + 1)

    def work(place):
        client = Client(port)
        if "/s/" in paths[0]:
            client.get(paths[0])
        barrier.wait()
        own, got = [], []
        for turn in range(place, number, clients):
            fields = sheet()
            start = time.perf_counter()
            status, html = client.post(paths[turn % len(paths)], fields)
            own.append(time.perf_counter() - start)
            got.append((status, done(html)))
        with lock:
            times.extend(own)
            answers.extend(got)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, sorted(times), answers


def serve(application, port):
    command = [sys.executable, "-m", "gunicorn", application, "-b", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "4", "--log-level", "error"]
    environment = os.environ | PORTAL
    if application.startswith("benchmarks.bare"):
        environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.bare.settings"
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def build():
    """An empty portal with 100 more stations in one county and an open questionnaire."""
    call_command("migrate", verbosity=0)
    world = small_province()
    opened(world)
    stations = [station(world.county, number) for number in range(10, 110)]
    for row in stations:
        enrolment(world.campaign, row)
    for name in ("ballot_posts", "ballot_network", "ballot_device", "ballot_burst"):
        RateLimit.objects.create(scope=name, limit=10**9, seconds=86_400)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare_ballot (id bigint PRIMARY KEY, answers varchar(40), "
            "key_digest varchar(64) UNIQUE)"
        )
    return world, [f"/s/{row.code}/?lang=en" for row in stations]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ballots", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    world, paths = build()

    def bare_sheet():
        return {f"q{number}": "1" for number in range(1, 12)} | {"key": secrets.token_hex(16)}

    def code_of(html):
        found = CODE.search(html)
        return found and found[1]

    def report(name, seconds, times, floor=None):
        rate = len(times) / seconds
        shares = [times[int(len(times) * share) - 1] * 1000 for share in (0.5, 0.95, 0.99)]
        ratio = f"  {rate / floor:.2f} × the floor" if floor else "  (the floor)"
        p50, p95, p99 = shares
        print(f"{name:<24} {rate:7.0f}/s  p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f} ms{ratio}")
        return rate

    print(f"{connection.vendor}, {options.ballots} ballots a load, {options.clients} clients")
    server = serve("benchmarks.bare.wsgi:application", 8761)
    try:
        seconds, times, _answers = load(
            8761, options.clients, options.ballots, ["/insert/"], bare_sheet, len
        )
    finally:
        server.terminate()
        server.wait()
    floor = report("bare view, one row", seconds, times)
    server = serve("config.wsgi:application", 8762)
    faults = 0
    try:
        for name, targets in (("spread, 100 stations", paths), ("one hot station", paths[:1])):
            before = Ballot.objects.count()
            seconds, times, answers = load(
                8762, options.clients, options.ballots, targets, posted, code_of
            )
            report(name, seconds, times, floor)
            acknowledged = {code for status, code in answers if status == 200 and code}
            stored = Ballot.objects.count() - before
            digests = [receipts.code_digest(receipts.cleaned(code)) for code in acknowledged]
            found = sum(
                Receipt.objects.filter(code_digest__in=digests[place : place + 500]).count()
                for place in range(0, len(digests), 500)
            )
            lost, doubled = len(acknowledged) - found, stored - len(acknowledged)
            print(
                f"    acknowledged {len(acknowledged)}, stored {stored}, receipts found {found}: "
                f"{lost} lost, {doubled} doubled, {options.ballots - len(acknowledged)} refused"
            )
            faults += lost + abs(doubled)
    finally:
        server.terminate()
        server.wait()
    result = recount(world.campaign)
    print(f"    recount: {result.counted} counted, {len(result.differences)} wrongly tallied")
    sys.exit(1 if faults or result.differences else 0)


if __name__ == "__main__":
    main()
