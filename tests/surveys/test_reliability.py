"""G1–G3 in small: real processes, killed in the middle; clients that lose the answer and try again.

G1 no ballot lost or doubled, G3 close is a line; G2 (one code, one ballot) stands in test_codes.
Each goal has a negative control that fails. PORTAL_DRILL=full runs the goals' full sizes, some
minutes long: 32 phones × 1,000 ballots with 10 kills of the portal and 10 crashes of the database,
and 50 closes. PORTAL_DRILL=half has half as many ballots and kills.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from campaign.models import Campaign, CampaignState
from campaign.workflow import CAMPAIGN
from common.codes import new_key
from common.errors import WrongMoment
from common.models import RateLimit
from surveys import receipts
from surveys.models import Ballot, Receipt
from surveys.recount import recount
from surveys.services.ballots import cast_ballot
from tests.factories import NOW, small_province
from tests.patience import free_port, wait_until
from tests.surveys.survey_cast import answers, opened, posted
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)
DRILL = os.environ.get("PORTAL_DRILL", "")
CLIENTS, EACH, KILLS = {"full": (32, 1_000, 10), "half": (32, 500, 5)}.get(DRILL, (16, 50, 3))
CLOSES = {"full": 50}.get(DRILL, 8)
# What a negative control needs to fail, whatever the size of its goal.
FEW = {"clients": 4, "each": 12}
# Longest wait for all phones, in seconds.
LONG = 900
SERVER = """
import os, sys
from wsgiref.simple_server import WSGIServer, make_server
from socketserver import ThreadingMixIn
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from common import clock
from tests.factories import NOW
clock.now = lambda: NOW
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128
server = make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), Server)
print("ready", flush=True)
server.serve_forever()
"""


@contextmanager
def served(tmp_path):
    """A server process on the test database that is killed and started again on demand."""
    port = free_port()
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    name = connection.settings_dict["NAME"]
    old = os.environ["DATABASE_URL"]
    url = (
        f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{old.rpartition('/')[0]}/{name}"
    )
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
        "PYTHONPATH": str(settings.BASE_DIR),
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    state = {}

    def start():
        state["process"] = subprocess.Popen(
            [sys.executable, str(script), str(port)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(settings.BASE_DIR),
        )
        assert state["process"].stdout.readline() == b"ready\n", "the server did not start"

    def kill():
        state["process"].send_signal(signal.SIGKILL)
        state["process"].wait()

    start()
    try:
        yield port, kill, start
    finally:
        kill()


class Phone:
    """A browser without JavaScript: form guard, post, patience."""

    def __init__(self, port, code):
        self.address = f"http://127.0.0.1:{port}/s/{code}/?lang=en"
        jar = urllib.request.HTTPCookieProcessor()
        self.opener = urllib.request.build_opener(jar)
        self.jar = jar.cookiejar

    def post(self, fields, timeout=20):
        token = next((c.value for c in self.jar if c.name == "csrftoken"), None)
        if token is None:
            self.opener.open(self.address, timeout=timeout).read()
            token = next(c.value for c in self.jar if c.name == "csrftoken")
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(self.address, body)
        with self.opener.open(request, timeout=timeout) as answer:
            return answer.read().decode()


def send_all(port, code, place, acknowledged, each, *, keep_key=True):
    """Send `each` ballots; each again and again until it is acknowledged. One answer in ten is
    lost on the way. Without `keep_key` a phone makes a new form for every try."""
    chance, phone = random.Random(place), Phone(port, code)
    for _ in range(each):
        fields = posted("send", key=new_key())
        while True:
            if not keep_key:
                fields = posted("send", key=new_key())
            try:
                html = phone.post(fields)
            except (OSError, HTTPException, StopIteration):  # refused, torn off, no form yet
                time.sleep(0.05)
                continue
            if chance.random() < 0.1:
                continue
            if 'class="code"' in html:
                acknowledged.append(html.split('class="code">')[1].split("<")[0])
                break


@pytest.fixture
def world():
    world = small_province()
    opened(world)
    return world


def crashing(test):
    """A test that takes the database server down, and every test beside it: it runs alone
    (scripts/test.sh)."""
    if connection.vendor != "postgresql":
        return pytest.mark.skip("SQLite has no process of its own")(test)
    if "PYTEST_XDIST_WORKER" in os.environ:
        return pytest.mark.skip("crashes the server of all: runs alone (scripts/test.sh)")(test)
    return pytest.mark.crash(test)


CHECKPOINTER = "SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'checkpointer'"


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def crash_database():
    """Kill one of PostgreSQL's processes: the server drops what it has in memory and every
    connection, and comes back from its log alone, as after a power cut."""
    process, before = ask("SELECT pg_backend_pid()"), ask(CHECKPOINTER)

    # The server hears of it a moment later, and a connection of before that is no proof: what has
    # come back has other processes.
    def back():
        connection.close()
        try:
            return ask(CHECKPOINTER) not in (None, before)
        except OperationalError:
            return False

    os.kill(process, signal.SIGKILL)
    wait_until(back, "PostgreSQL did not come back")


def run(world, tmp_path, kills=KILLS, crashes=0, clients=CLIENTS, each=EACH, **how):
    """The phones send, while the portal is killed and the database crashes in turn. Receipts."""
    acknowledged: list[str] = []
    with served(tmp_path) as (port, kill, start):
        threads = [
            threading.Thread(
                target=send_all,
                args=(port, world.brigade.code, place, acknowledged, each),
                kwargs=how,
                daemon=True,
            )
            for place in range(clients)
        ]
        for thread in threads:
            thread.start()
        faults = sorted([*range(kills), *range(crashes)])
        for number, _turn in enumerate(faults, 1):
            goal = number * clients * each // (len(faults) + 1)
            wait_until(
                lambda goal=goal: len(acknowledged) >= goal, "the phones stand still", LONG, 0.02
            )
            if crashes and (number % 2 or not kills):
                crash_database()
            else:
                kill()
                start()
        for thread in threads:
            thread.join(timeout=LONG)
        assert not any(thread.is_alive() for thread in threads)
    return acknowledged


def lift_limits():
    """All these phones are one machine: its limits out of the way."""
    for name in ("ballot_posts", "ballot_network", "ballot_device", "ballot_burst"):
        RateLimit.objects.create(scope=name, limit=1_000_000, seconds=86_400)


@pytest.mark.long
def test_g1_no_ballot_is_lost_or_doubled(world, tmp_path):
    lift_limits()
    acknowledged = run(world, tmp_path)
    assert len(acknowledged) == len(set(acknowledged)) == CLIENTS * EACH
    assert Ballot.objects.count() == Receipt.objects.count() == CLIENTS * EACH
    assert found(acknowledged) == CLIENTS * EACH


def found(codes) -> int:
    """How many receipts the portal knows."""
    known = set(Receipt.objects.values_list("code_digest", flat=True))
    return sum(receipts.code_digest(receipts.cleaned(code)) in known for code in codes)


@crashing
def test_g1_survives_a_database_that_crashes(world, tmp_path):
    lift_limits()
    acknowledged = run(world, tmp_path, kills=KILLS, crashes=KILLS)
    assert len(acknowledged) == len(set(acknowledged)) == CLIENTS * EACH
    assert Ballot.objects.count() == Receipt.objects.count() == CLIENTS * EACH
    assert found(acknowledged) == CLIENTS * EACH
    assert recount(world.campaign).differences == []


@contextmanager
def committed_later():
    """PostgreSQL says "committed" before it is on disk."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    set_up = (
        f"ALTER DATABASE {name} SET synchronous_commit = off",
        "ALTER SYSTEM SET wal_writer_delay = '10s'",
        "SELECT pg_reload_conf()",
    )
    undo = (
        f"ALTER DATABASE {name} RESET synchronous_commit",
        "ALTER SYSTEM RESET wal_writer_delay",
        "SELECT pg_reload_conf()",
    )
    try:
        for statement in set_up:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        yield
    finally:
        for statement in undo:
            with connection.cursor() as cursor:
                cursor.execute(statement)


@crashing
def test_g1_with_commits_that_wait_in_memory_ballots_are_lost(world, tmp_path):
    """The negative control of the crash."""
    lift_limits()
    with committed_later():
        acknowledged = run(world, tmp_path, kills=0, crashes=2, **FEW)
        assert len(acknowledged) == 48
        assert found(acknowledged) < 48


def test_g1_without_the_forms_key_ballots_are_doubled(world, tmp_path):
    """The negative control."""
    lift_limits()
    acknowledged = run(world, tmp_path, kills=0, keep_key=False, **FEW)
    assert len(acknowledged) == 48
    assert Ballot.objects.count() > 48


# --- G3 ------------------------------------------------------------------------------------------


def close_while_casting(world):
    """Four phones cast while the campaign is closed; how many ballots came after the close."""
    late, cast = [], []

    def phone():
        acknowledged = 0
        while True:
            try:
                cast_ballot(
                    enrolment=world.brigade_enrolment,
                    group="service",
                    answers=answers(),
                    comment="",
                    channel="open",
                    key=new_key(),
                    now=NOW,
                )
                acknowledged += 1
                cast.append(1)
            except WrongMoment:
                return acknowledged

    def closer():
        wait_until(lambda: len(cast) >= 8, "the phones cast nothing", pause=0.01)
        campaign = Campaign.objects.get(pk=world.campaign.pk)
        CAMPAIGN.apply(campaign, "closed", by=world.province_admin, now=NOW)
        late.append(Ballot.objects.count())
        return 0

    acknowledged = sum(together([phone] * 4 + [closer]))
    return acknowledged, late[0], Ballot.objects.count()


def test_g3_close_is_a_line(world):
    campaign, in_the_box = Campaign.objects.filter(pk=world.campaign.pk), 0
    for _close in range(CLOSES):
        campaign.update(state=CampaignState.OPEN)
        acknowledged, at_close, at_end = close_while_casting(world)
        assert in_the_box + acknowledged == at_close == at_end > in_the_box
        assert campaign.get().state == CampaignState.CLOSED
        in_the_box = at_end


def test_g3_without_the_shared_lock_ballots_come_after_the_close(world, monkeypatch):
    """The negative control: the state read without holding it."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's writers queue: a ballot's transaction is over before the close")

    def careless(campaign, now):
        if Campaign.objects.values_list("state", flat=True).get(pk=campaign.pk) != "open":
            raise WrongMoment("closed")
        time.sleep(0.02)

    monkeypatch.setattr("surveys.services.ballots._hold_open", careless)
    _acknowledged, at_close, at_end = close_while_casting(world)
    assert at_end > at_close
