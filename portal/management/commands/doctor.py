"""Is the installation well? One line for each part; the exit code is 1 when one is not."""

import secrets
import smtplib
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.models import Heartbeat
from common.tasks import worker_answer
from deliveries.models import Delivery, DeliveryState
from reports.fonts import missing_fonts

WORKER_SECONDS = 5
BEAT_MINUTES = 2
START = "start it with make run"


class Ill(Exception):
    """A part is not well; the message says what to do."""


class Command(BaseCommand):
    help = "Tells, one line each, whether the parts of the installation are well."

    def handle(self, *args, **options):
        parts = {
            "database": database,
            "broker": broker,
            "worker": worker,
            "beat": beat,
            "mail": mail,
            "fonts": fonts,
            "translations": translations,
        }
        ill = 0
        for name, examine in parts.items():
            try:
                self.stdout.write(f"ok   {name:<13} {examine()}")
            except (Ill, DatabaseError) as reason:
                ill += 1
                self.stdout.write(f"BAD  {name:<13} {reason}")
        if ill:
            raise SystemExit(1)


def database():
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        raise Ill(f"no answer: {error}") from error
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise Ill(f"{len(waiting)} migrations are not applied: run manage.py migrate")
    return f"{connection.vendor}, all migrations applied"


def broker():
    try:
        with worker_answer.app.connection_for_write() as connection_:
            connection_.ensure_connection(max_retries=1)
    except (OperationalError, OSError) as error:
        raise Ill(f"cannot be reached: {error}") from error
    return settings.CELERY_BROKER_URL.split("@")[-1]


def worker():
    token = secrets.token_hex(16)
    try:
        worker_answer.apply_async([token], retry=False)
    except (OperationalError, OSError) as error:
        raise Ill("cannot be rung: the broker is down") from error
    started = time.monotonic()
    while time.monotonic() - started < WORKER_SECONDS:
        if Heartbeat.objects.filter(name="worker", token=token).exists():
            return f"answered within {time.monotonic() - started:.1f} s"
        time.sleep(0.1)
    raise Ill(f"no answer within {WORKER_SECONDS} s: {START}")


def beat():
    row = Heartbeat.objects.filter(name="beat").first()
    if row is None or timezone.now() - row.at > timedelta(minutes=BEAT_MINUTES):
        raise Ill(f"no sign of life in the last {BEAT_MINUTES} minutes: {START}")
    return f"last sign of life {int((timezone.now() - row.at).total_seconds())} s ago"


def mail():
    if settings.EMAIL_URL:
        try:
            with get_connection(settings.TRANSPORT_EMAIL_BACKEND):
                pass
        except (OSError, smtplib.SMTPException) as error:
            raise Ill(f"the mail server does not answer: {error}") from error
        place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    else:
        Path(settings.MAIL_DIR).mkdir(parents=True, exist_ok=True)
        place = "mails land as files (no EMAIL_URL)"
    stuck = Delivery.objects.filter(state__in=[DeliveryState.UNSURE, DeliveryState.FAILED]).count()
    return f"{place}; {stuck} failed or undecided"


def fonts():
    missing = missing_fonts()
    if missing:
        raise Ill(f"missing: {', '.join(missing)}: run make setup")
    return "all faces of the documents are there"


def translations():
    for source in Path(settings.BASE_DIR).glob("locale/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            raise Ill(f"{source.parent.parent.name} is not compiled: run make setup")
    return "compiled"
