"""A worker killed in the middle of a mailing, with a real Redis and a real mail server: every
message is sent, failed or undecided, and none goes out twice (docs/adr/0006)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
import redis
from django.db import connection
from django.utils import timezone

from deliveries import services
from deliveries.mail_log import confirm_from_log
from deliveries.models import Delivery, DeliveryKind, DeliveryState
from tests.factories import NOW
from tests.patience import PATIENCE, free_port, wait_until
from tests.plain_mail import IN_HAND
from tests.plain_mail import app as plain_app
from tests.smtp_sink import Sink

# PORTAL_DRILL=full: three thousand messages, twenty kills and a minute without the mail server.
FULL = os.environ.get("PORTAL_DRILL") == "full"
MESSAGES, REFUSED, KILLS, AWAY = (3000, 60, 20, 60) if FULL else (180, 6, 5, 1)
CONCURRENCY = 2
# Longest wait for a worker to finish what is left, in seconds.
LEFT = 600 if FULL else PATIENCE


@pytest.fixture(scope="module")
def broker():
    """The address of a Redis of its own; without one the test is skipped with a loud line, and
    fails in CI."""
    program = shutil.which("redis-server")
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("!!! no redis-server found: the SIGKILL test did NOT run (install redis-server)")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    wait_until(lambda: answers(client), "Redis does not answer")
    yield f"redis://127.0.0.1:{port}/0"
    client.close()
    process.kill()
    process.wait()


def answers(client):
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


@pytest.fixture
def sink():
    sink = Sink(delay=0.01)
    yield sink
    sink.stop()


def database_address() -> str:
    """The test's own database, for other processes."""
    row = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{row['NAME']}"
    return f"postgres://{row['USER']}@{row['HOST']}:{row['PORT']}/{row['NAME']}"


@pytest.fixture
def start_worker(broker, sink):
    """`start_worker(app)`: a worker in a session of its own, so that SIGKILL reaches all its
    processes at once. None outlives its test: it would take the next one's messages."""
    started = []

    def start(app):
        started.append(_worker(app, broker, sink))
        return started[-1]

    yield start
    for worker in started:
        if worker.poll() is None:
            kill(worker)


def _worker(app, broker, sink):
    command = [
        sys.executable, "-m", "celery", "-q", "-A", app, "worker", "--loglevel", "CRITICAL",
        "--concurrency", str(CONCURRENCY), "--without-gossip", "--without-mingle",
        "--without-heartbeat",
    ]  # fmt: skip
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_address(),
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "SINK_PORT": str(sink.port),
        "LOG_LEVEL": "CRITICAL",
    }
    return subprocess.Popen(command, env=environment, start_new_session=True)


def kill(worker):
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def kill_often(start, sink, kills, in_hand=0.0):
    """Start a worker and kill it after some messages, so many times: by their number, so that on
    the fastest and on the slowest machine some are left for the next one. `in_hand`: only while
    one has been connected for so many seconds without sending."""
    dice = random.Random(2014)
    for _ in range(kills):
        enough, worker = len(sink.received) + dice.randint(1, 8), start()
        wait_until(
            lambda enough=enough: len(sink.received) >= enough and sink.longest_wait() >= in_hand,
            "the worker sends nothing",
            pause=0.01,
        )
        kill(worker)


def check_nothing_lost_or_doubled(due, outcome, received):
    """`outcome`: what is known of each message, by Message-ID; `received`: how often the mail
    server took each."""
    states = Counter(outcome.values())
    assert set(states) <= {"sent", "failed", "unsure"}
    assert states["sent"] + states["failed"] + states["unsure"] == len(due)
    assert set(outcome) == set(due)
    assert [message_id for message_id, times in received.items() if times > 1] == []
    assert all(received[message_id] for message_id, state in outcome.items() if state == "sent")


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_ledger_loses_and_doubles_nothing(broker, sink, start_worker):
    due = [
        services.plan_delivery(
            key=f"kill-{number}", kind=DeliveryKind.OTHER, user=None,
            address=f"{'refused' if number < REFUSED else 'person'}-{number}@example.com",
            subject="主题", text="正文", now=NOW,
        ).message_id
        for number in range(MESSAGES)
    ]  # fmt: skip

    def start():
        # Two beats ring, whatever became of the rings before.
        for _ in range(2):
            ring(broker)
        return start_worker("config")

    kill_often(start, sink, KILLS)
    # The mail server is away; then it is back, and what was postponed is tried again.
    sink.stop()
    worker = start()
    wait_until(lambda: postponed().exists(), "nothing was tried while the server was away")
    time.sleep(AWAY)
    received, sink = sink.received, Sink(delay=sink.delay, port=sink.port)
    sink.received[:0] = received

    def all_decided():
        # Again and again: an attempt that began while the server was away is postponed only now.
        if not FULL:
            postponed().update(try_after=timezone.now())
        return ring(broker) and not Delivery.objects.filter(state="planned").exists()

    wait_until(
        all_decided,
        "messages are left",
        LEFT,
        pause=0.5,  # no more rings than the workers can follow
    )
    kill(worker)
    sink.stop()
    # The leases of the dead run out.
    Delivery.objects.filter(state=DeliveryState.SENDING).update(
        claimed_at=timezone.now() - 2 * services.LEASE
    )
    services.declare_undecided()
    outcome = dict(Delivery.objects.values_list("message_id", "state"))
    received = Counter(message_id for message_id, _recipient in sink.received)
    check_nothing_lost_or_doubled(due, outcome, received)
    states = Counter(outcome.values())
    assert states["failed"] == REFUSED
    assert 0 < states["unsure"] <= (KILLS + 1) * CONCURRENCY
    # The mail server's log decides about those that it took.
    confirm_from_log((message_id for message_id, _ in sink.received), now=NOW)
    left = set(Delivery.objects.filter(state="unsure").values_list("message_id", flat=True))
    assert left.isdisjoint(received)


def postponed():
    return Delivery.objects.filter(state="planned", attempts__gt=0)


def ring(broker) -> bool:
    """What beat does: one message in the queue."""
    with plain_app.connection_for_write(url=broker) as line:
        plain_app.send_task("deliveries.tasks.send_deliveries", connection=line)
    return True


@pytest.mark.long
@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_plain_tasks_lose_messages(broker, sink, start_worker):
    """Negative control: the same kills, the same assertion, and it must fail: whoever is killed
    with a message in hand has taken it off the queue already."""
    due = [f"<plain-{number}@example.com>" for number in range(40)]
    with plain_app.connection_for_write(url=broker) as line:
        for message_id in due:
            plain_app.send_task("tests.plain_mail.send", (message_id,), connection=line)
    client = redis.Redis.from_url(broker)

    def start():
        return start_worker("tests.plain_mail")

    kill_often(start, sink, 3, in_hand=IN_HAND / 2)
    # A worker looks once as it starts, and then seldom, for what dead ones had fetched.
    time.sleep(plain_app.conf.broker_transport_options["visibility_timeout"] + 1)
    worker = start()
    wait_until(lambda: not client.llen("celery") and not client.hlen("unacked"), "tasks are left")
    time.sleep(3 * IN_HAND)
    kill(worker)
    client.close()
    received = Counter(message_id for message_id, _recipient in sink.received)
    outcome = dict.fromkeys(received, "sent")
    with pytest.raises(AssertionError):
        check_nothing_lost_or_doubled(due, outcome, received)
