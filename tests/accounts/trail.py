"""An audit trail for tests: events that look like the product's own."""

from datetime import UTC, datetime

from django.db import connection

from accounts import audit
from accounts.seals import seal_events

SEALED_AT = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


def write(world, count, *, first=0):
    """Add `count` events with all columns in use."""
    people = (world.county_officer, world.prefecture_officer, None)
    return [
        audit.record(
            by=people[number % 3],
            act=("task.returned", "task.accepted", "reminders.planned")[number % 3],
            target=world.brigade.organisation,
            now=SEALED_AT,
            before={"state": "submitted", "score": number},
            after={"state": "in_progress", "score": number + 1},
            reason=f"证据不足{number}",
        )
        for number in range(first, first + count)
    ]


def skip_an_id():
    """What a transaction that was rolled back leaves on PostgreSQL: a gap of the ids."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            table = "accounts_auditevent"
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = %s", [table])
        else:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_auditevent', 'id'))")


def sealed_trail(world, *, seals=6, events=8):
    """`seals` seals of `events` events each, with a gap of the ids inside each; all the events in
    order."""
    rows = []
    for number in range(seals):
        rows += write(world, 1, first=number * events)
        skip_an_id()
        rows += write(world, events - 1, first=number * events + 1)
        seal_events(now=SEALED_AT)
    return rows
