"""Seals: a chain of hashes over the audit trail, made off the request path.

An event's digest is the SHA-256 of its canonical JSON (every column, times in UTC, sorted keys).
A seal's digest is the SHA-256 of the digest before, the seal's own columns and the digests of its
events in the order of their ids. From the moment of sealing a changed, deleted, late or reordered
row breaks the chain; before it, only the triggers protect a row. An insider who rewrites the whole
chain, or cuts off its end, is contradicted by heads kept outside (mails, the public page):
`verify(heads=…)`.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from accounts.models import AuditArchive, AuditEvent, AuditSeal

# Events in one seal at most: what one look for the first bad event has to read.
EVENTS_IN_A_SEAL = 1000
BEFORE_THE_FIRST = "0" * 64
COLUMNS = (
    "id",
    "at",
    "user_id",
    "role",
    "organisation_id",
    "act",
    "target_type",
    "target_id",
    "target",
    "before",
    "after",
    "reason",
    "address",
)
# How long the sealer waits for writers that were under way when it began, in seconds.
WAIT_FOR_WRITERS, WAIT_STEP = 5.0, 0.1


@dataclass(frozen=True)
class Fault:
    """The first break: in which seal, at which event (None: the seal itself), and what."""

    seal: int
    event: int | None
    what: str


@dataclass(frozen=True)
class Verdict:
    """`seals`, `events`: how many were found good before the first fault. `waiting`: events that
    are not sealed yet."""

    seals: int
    events: int
    waiting: int
    head: str
    fault: Fault | None


@dataclass(frozen=True)
class DailyHead:
    """The last seal of a day, and the events sealed on that day."""

    day: date
    number: int
    digest: str
    event_count: int


def seal_events(*, now: datetime) -> int:
    """Seal every settled event that no seal covers; how many were sealed.

    `now` is the real time, in the demonstration too. One sealer works at a time; run again, it
    finds nothing left.
    """
    horizon = settled_event()
    sealed = 0
    while horizon and (count := _seal_next(horizon, now)):
        sealed += count
    return sealed


@transaction.atomic
def _seal_next(horizon, now) -> int:
    if connection.vendor == "postgresql":
        # RACE: two sealers would give two seals the same number. SQLite has one writer anyway.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_auditseal IN SHARE ROW EXCLUSIVE MODE")
    last = AuditSeal.objects.order_by("-number").defer("leaves").first()
    events = AuditEvent.objects.filter(pk__lte=horizon).order_by("pk")
    if last:
        events = events.filter(pk__gt=last.last_event)
    leaves = [(event.pk, digest_of(event)) for event in events[:EVENTS_IN_A_SEAL]]
    if not leaves:
        return 0
    seal = AuditSeal(
        number=last.number + 1 if last else 1,
        first_event=leaves[0][0],
        last_event=leaves[-1][0],
        event_count=len(leaves),
        previous=last.digest if last else BEFORE_THE_FIRST,
        leaves="\n".join(f"{pk}:{digest}" for pk, digest in leaves),
        sealed_at=now,
        day=timezone.localdate(now),
    )
    seal.digest = digest_of_seal(seal)
    seal.save(force_insert=True)
    return len(leaves)


def settled_event() -> int:
    """The highest id up to which every event is decided: no lower one can still appear.

    SQLite has one writer, so ids appear in order. On PostgreSQL a transaction may commit a lower
    id after a higher one was seen. Who draws an id holds a lock on the table until the end of its
    transaction; so once those who hold one now are gone, everything up to the sequence's present
    value is decided. Nobody is held up by that: when a writer takes longer than
    `WAIT_FOR_WRITERS`, nothing is sealed this time.
    """
    if connection.vendor != "postgresql":
        return AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence('accounts_auditevent', 'id')")
        (sequence,) = cursor.fetchone()
        cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # nosec B608
        last, drawn = cursor.fetchone()
        writers = _writers(cursor)
        give_up = time.monotonic() + WAIT_FOR_WRITERS
        while writers:
            if time.monotonic() > give_up:
                return 0
            time.sleep(WAIT_STEP)
            writers &= _writers(cursor)
    return last if drawn else 0


def _writers(cursor) -> set[str]:
    """The transactions, besides this one, that may have drawn an event's id."""
    cursor.execute(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND relation = 'accounts_auditevent'::regclass AND mode = 'RowExclusiveLock'"
        " AND pid IS DISTINCT FROM pg_backend_pid()"
    )
    return {row[0] for row in cursor.fetchall()}


def canonical(event: AuditEvent) -> bytes:
    """Every column of an event as JSON: sorted keys, no spaces, UTF-8, times in UTC."""
    values = {name: getattr(event, name) for name in COLUMNS}
    values["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return _json(values)


def digest_of(event: AuditEvent) -> str:
    """The SHA-256 of an event."""
    return hashlib.sha256(canonical(event)).hexdigest()


def digest_of_seal(seal: AuditSeal) -> str:
    """The SHA-256 that binds a seal to its events and to the seal before."""
    own = {
        "number": seal.number,
        "first_event": seal.first_event,
        "last_event": seal.last_event,
        "event_count": seal.event_count,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "day": seal.day.isoformat(),
    }
    parts = (seal.previous.encode(), _json(own), seal.leaves.encode())
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _json(values) -> bytes:
    return json.dumps(
        values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    ).encode()


def verify(*, heads=()) -> Verdict:
    """Recompute the whole chain, up to the first fault.

    `heads`: digests kept outside. Each must be a seal of the chain, or the chain was rewritten or
    cut off. The events of archived seals are proven by `archives.verify`.
    """
    previous, last, number, events = BEFORE_THE_FIRST, None, 0, 0
    archived = last_archived_event()
    missing = set(heads)
    fault = None
    for seal_number in AuditSeal.objects.values_list("pk", flat=True).iterator():
        number += 1
        seal, fault = _sound(seal_number, number, previous)
        if not fault and seal.last_event > archived:
            fault = first_bad_event(seal, last)
        if fault:
            number -= 1
            break
        previous, last = seal.digest, seal.last_event
        events += seal.event_count
        missing.discard(seal.digest)
    if fault is None and missing:
        what = f"the head {min(missing)} known outside is not in the chain"
        fault = Fault(number + 1, None, what)
    waiting = AuditEvent.objects.filter(pk__gt=last) if last else AuditEvent.objects.all()
    return Verdict(number, events, waiting.count() if fault is None else 0, previous, fault)


def last_archived_event() -> int:
    """Up to which event the trail has left the database; 0 while all of it is there."""
    return AuditArchive.objects.aggregate(last=Max("last_event"))["last"] or 0


def _sound(found, expected, previous) -> tuple[AuditSeal | None, Fault | None]:
    """The seal numbered `found`, and what is wrong with the seal itself."""
    if found != expected:
        return None, Fault(expected, None, "the seal is missing")
    try:
        seal = AuditSeal.objects.get(pk=found)
        recomputed = digest_of_seal(seal)
    except (ValueError, TypeError, AttributeError):
        return None, Fault(expected, None, "the seal cannot be read")
    if seal.previous != previous:
        return seal, Fault(expected, None, "the seal does not follow the one before")
    if seal.digest != recomputed:
        return seal, Fault(expected, None, "the seal was changed")
    return seal, None


def first_bad_event(seal, last) -> Fault | None:
    """The first event (in the order of ids) that is not as it was when `seal` was made. `last`:
    the last event of the seal before."""
    sealed = dict(line.split(":") for line in seal.leaves.split("\n"))
    rows = AuditEvent.objects.filter(pk__lte=seal.last_event)
    if last is not None:
        rows = rows.filter(pk__gt=last)
    found = _digests(rows)
    for pk in sorted({int(key) for key in sealed} | set(found)):
        if pk not in found:
            return Fault(seal.number, pk, "the event was deleted")
        if str(pk) not in sealed:
            return Fault(seal.number, pk, "the event was put in after sealing")
        if found[pk] != sealed[str(pk)]:
            return Fault(seal.number, pk, "the event was changed")
    return None


def _digests(rows) -> dict[int, str]:
    """The digest of each event; "" for one whose columns can no longer be read."""
    try:
        return {event.pk: digest_of(event) for event in rows.order_by("pk")}
    except (ValueError, TypeError, AttributeError):
        digests = {}
        for pk in rows.values_list("pk", flat=True):
            try:
                digests[pk] = digest_of(AuditEvent.objects.get(pk=pk))
            except (ValueError, TypeError, AttributeError):
                digests[pk] = ""
        return digests


def latest_seal() -> AuditSeal | None:
    """The head of the chain."""
    return AuditSeal.objects.order_by("-number").defer("leaves").first()


def daily_heads(days: int) -> list[DailyHead]:
    """The heads of the last `days` days on which something was sealed, latest first."""
    rows = AuditSeal.objects.order_by().values("day")
    rows = list(rows.annotate(head=Max("number"), count=Sum("event_count")).order_by("-day")[:days])
    digests = dict(
        AuditSeal.objects.filter(pk__in=[row["head"] for row in rows]).values_list("pk", "digest")
    )
    return [DailyHead(row["day"], row["head"], digests[row["head"]], row["count"]) for row in rows]
