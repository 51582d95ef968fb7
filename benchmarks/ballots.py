"""Ballots a second, beside a bare Django view that inserts one row, in one run.

    python benchmarks/ballots.py [--ballots 2000] [--clients 16]                    # on SQLite
    python scripts/with_postgres.py .venv/bin/python benchmarks/ballots.py          # on PostgreSQL
    … ballots.py --rate 100 --seconds 120 --with-reports --with-bells    # an offered load instead
    … ballots.py --hall 400 --seconds 30                      # phones that scan one poster

Three loads, each by the same clients against two gunicorn workers of four threads: the bare view,
ballots spread over 100 stations, ballots of one station (one poster, one hall). Prints requests a
second, p50/p95/p99 and the ratio to the floor, and compares what was acknowledged with what is
stored, found by its receipt and tallied. With `--rate` ballots arrive by the clock, whether or not
earlier ones are answered, and a ballot's time counts from when it was due; `--with-reports` keeps
one press busy with slips beside each load, the floor's too; `--with-bells` mixes the box and looks
for flags every minute, as the portal's worker does. `--hall`: so many phones, each with a
connection of its own, open one station's page at chance moments within the seconds and send their
ballot. `scripts/with_postgres.py` runs its server without fsync (it holds tests only): set
DATABASE_URL to a server of your own for figures with fsync.
"""

import argparse
import contextlib
import http.client
import multiprocessing
import os
import random
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
from django.db import connection, transaction  # noqa: E402

from campaign.models import Campaign  # noqa: E402
from common.models import RateLimit  # noqa: E402
from reports.papers.slips import slips_html  # noqa: E402
from reports.pdf import Style, render_pdf  # noqa: E402
from surveys import receipts  # noqa: E402
from surveys.models import Ballot, Receipt  # noqa: E402
from surveys.recount import recount  # noqa: E402
from surveys.services.batches import issue_codes  # noqa: E402
from surveys.services.integrity import raise_flags  # noqa: E402
from surveys.services.mixing import mix_if_due  # noqa: E402
from tests.factories import NOW, enrolment, small_province, station  # noqa: E402
from tests.surveys.survey_cast import opened, posted  # noqa: E402

# How often the worker mixes the box, in seconds (config/celery.py).
MINUTE = 60
# As many of the offered ones are enough to know the floor.
FLOOR_BALLOTS = 6_000
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


def offered(port, dues, paths, sheet, done, opens=False):
    """Post one sheet at each of `dues` (seconds from the start), on time whatever the server does;
    seconds in all, and of each from its due moment, and the answers. `opens`: on a new connection
    that asks for the page first, as a phone does; the time is that of both."""
    times, answers, lock, turns = [], [], threading.Lock(), iter(enumerate(dues))
    start = time.perf_counter() + 3

    def work():
        client = Client(port)
        if "/s/" in paths[0] and not opens:
            client.get(paths[0])
        while True:
            with lock:
                turn, due = next(turns, (0, None))
            if due is None:
                return
            time.sleep(max(0, start + due - time.perf_counter()))
            path = paths[turn % len(paths)]
            try:
                if opens:
                    client = Client(port)
                    if "/s/" in path:
                        client.get(path)
                status, html = client.post(path, sheet())
            except (OSError, http.client.HTTPException):
                status, html, client = 0, "", Client(port)
            took = time.perf_counter() - start - due
            with lock:
                times.append(took)
                answers.append((status, done(html)))

    threads = [threading.Thread(target=work) for _ in range(min(128, len(dues)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, sorted(times), answers


@contextlib.contextmanager
def reports(world, wanted):
    """One press that makes slips, one paper of 200 after the other; prints how many it made."""
    if not wanted:
        yield
        return
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=200,
        key=receipts.new_key(),
        by=world.county_officer,
        now=NOW,
    )
    html, over, made = slips_html(issued.batch, issued.codes), threading.Event(), []

    def work():
        while not over.is_set():
            made.append(len(render_pdf(html, Style.SLIPS, seconds=120)))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        print(f"    beside it: {len(made)} papers of 20 pages")


@contextlib.contextmanager
def bells(world, wanted):
    """What the worker's bells do to the box while ballots come, in a process of their own."""
    if not wanted:
        yield
        return
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    process = context.Process(target=ring, args=(world.campaign.pk, over))
    process.start()
    try:
        yield
    finally:
        over.set()
        process.join()


def ring(campaign_id, over):
    """Mix and look over every minute until `over`; prints how long it took."""
    campaign, took = Campaign.objects.get(pk=campaign_id), []
    while not over.wait(MINUTE):
        start = time.perf_counter()
        mix_if_due(campaign)
        raise_flags(campaign=campaign, now=NOW)
        took.append(time.perf_counter() - start)
    longest = max(took, default=0)
    print(f"    beside it: mixed and looked over {len(took)} times, {longest:.1f} s at most")


def serve(application, port):
    command = [sys.executable, "-m", "gunicorn", application, "-b", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "4", "--keep-alive", "75"]
    command += ["--log-level", "error"]
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
    # The workers serve the style sheets under their hashed names.
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | PORTAL, check=True)
    with transaction.atomic():
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
    parser.add_argument("--rate", type=float, help="ballots that arrive a second")
    parser.add_argument("--hall", type=int, help="phones that scan one poster")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--with-reports", action="store_true")
    parser.add_argument("--with-bells", action="store_true")
    options = parser.parse_args()
    dues = []
    if options.rate:
        dues = [place / options.rate for place in range(int(options.rate * options.seconds))]
    elif options.hall:
        chance = random.Random(7)
        dues = sorted(chance.uniform(0, options.seconds) for _ in range(options.hall))
    if dues:
        options.ballots = len(dues)
    world, paths = build()

    def go(port, targets, sheet, done, most=None):
        if not dues:
            return load(port, options.clients, options.ballots, targets, sheet, done)
        with reports(world, options.with_reports), bells(world, options.with_bells):
            return offered(port, dues[:most], targets, sheet, done, opens=bool(options.hall))

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

    how = f"{options.clients} clients"
    if dues:
        how = f"arriving within {options.seconds} s"
    print(f"{connection.vendor}, {options.ballots} ballots a load, {how}")
    server = serve("benchmarks.bare.wsgi:application", 8761)
    try:
        seconds, times, _answers = go(8761, ["/insert/"], bare_sheet, len, most=FLOOR_BALLOTS)
    finally:
        server.terminate()
        server.wait()
    floor = report("bare view, one row", seconds, times)
    server = serve("config.wsgi:application", 8762)
    faults = 0
    loads = [("spread, 100 stations", paths), ("one hot station", paths[:1])]
    if options.hall:
        loads = loads[1:]
    try:
        for name, targets in loads:
            before = Ballot.objects.count()
            seconds, times, answers = go(8762, targets, posted, code_of)
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
            faults += lost + abs(doubled) + options.ballots - len(acknowledged)
    finally:
        server.terminate()
        server.wait()
    result = recount(world.campaign)
    print(f"    recount: {result.counted} counted, {len(result.differences)} wrongly tallied")
    sys.exit(1 if faults or result.differences else 0)


if __name__ == "__main__":
    main()
