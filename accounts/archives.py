"""Archives of the audit trail: events older than the rules keep move into files, never away.

A file holds the canonical JSON of each event, one a line, compressed; the seals stay in the
database, so every line can be proven by its seal for ever. Only whole and sound seals leave. The
file is on the disk before a row in the database allows its events to be deleted.
"""

import gzip
import hashlib
import os
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import AuditArchive, AuditEvent, AuditSeal, SecurityRules
from accounts.seals import canonical, first_bad_event, last_archived_event
from common import clock

# Seals in one file at most: what has to be read at once.
SEALS_IN_A_FILE = 200


class Unsound(Exception):
    """A seal that should leave is broken; nothing was archived."""


def keeps_until(now: datetime) -> datetime:
    """Seals made before this moment leave the database (`now` is real time)."""
    months = SecurityRules.in_force().retention_months
    today = timezone.localdate(now)
    # The first of the month: the day of today may not exist in that month.
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return clock.start_of(date(year, month + 1, 1))


def archive_due(*, now: datetime) -> list[AuditArchive]:
    """Archive every seal that is old enough; the archives made. Raises `Unsound`."""
    made = []
    while row := _archive_next(now):
        made.append(row)
    return made


def _archive_next(now) -> AuditArchive | None:
    last = last_archived_event()
    due = AuditSeal.objects.filter(sealed_at__lt=keeps_until(now), last_event__gt=last)
    due = list(due.order_by("number")[:SEALS_IN_A_FILE])
    if not due:
        return None
    before = AuditSeal.objects.filter(last_event__lte=last).aggregate(last=Max("last_event"))
    for earlier, seal in pairwise([None, *due]):
        fault = first_bad_event(seal, earlier.last_event if earlier else before["last"])
        if fault:
            raise Unsound(f"seal {fault.seal}, event {fault.event}: {fault.what}")
    events = AuditEvent.objects.filter(pk__gt=last, pk__lte=due[-1].last_event).order_by("pk")
    content = gzip.compress(
        b"".join(canonical(event) + b"\n" for event in events.iterator()), mtime=0
    )
    name = f"audit-{due[0].number:07}-{due[-1].number:07}.jsonl.gz"
    _keep(name, content)
    return _enter(due, name, hashlib.sha256(content).hexdigest(), events, now)


def _keep(name, content) -> None:
    """Write the file whole, and have the disk say so."""
    folder = Path(settings.AUDIT_ARCHIVE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / name)


@transaction.atomic
def _enter(seals, name, sha256, events, now) -> AuditArchive:
    row = AuditArchive.objects.create(
        first_seal=seals[0].number,
        last_seal=seals[-1].number,
        last_event=seals[-1].last_event,
        event_count=sum(seal.event_count for seal in seals),
        first_day=seals[0].day,
        last_day=seals[-1].day,
        name=name,
        sha256=sha256,
        archived_at=now,
    )
    after = {"events": row.event_count, "last_seal": row.last_seal, "sha256": sha256}
    audit.record(by=None, act="trail.archived", target=row, now=now, after=after)
    events.delete()
    return row


@dataclass(frozen=True)
class Flaw:
    """What is wrong with an archive, and at which event (None: the file itself)."""

    name: str
    event: int | None
    what: str


def verify() -> Flaw | None:
    """Prove every archived event by the leaf of its seal; the first flaw."""
    for row in AuditArchive.objects.order_by("pk"):
        path = Path(settings.AUDIT_ARCHIVE_DIR) / row.name
        if not path.exists():
            return Flaw(row.name, None, "the file is not here")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != row.sha256:
            return Flaw(row.name, None, "the file was changed")
        leaves = []
        seals = AuditSeal.objects.filter(number__range=(row.first_seal, row.last_seal))
        for seal in seals.order_by("number"):
            leaves += [tuple(line.split(":")) for line in seal.leaves.split("\n")]
        lines = gzip.decompress(content).splitlines()
        digests = [hashlib.sha256(line).hexdigest() for line in lines]
        for (pk, leaf), digest in zip(leaves, digests, strict=False):
            if leaf != digest:
                return Flaw(row.name, int(pk), "the event is not the one that was sealed")
        if len(leaves) != len(digests):
            return Flaw(row.name, None, "events are missing")
    return None
