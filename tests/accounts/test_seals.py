"""The audit trail: append-only in the database, and a chain that shows what was done anyway."""

import hashlib
import json
import random
from collections import Counter
from datetime import timedelta
from io import StringIO
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import F

from accounts import guards, seals, vouching
from accounts.models import AuditEvent, AuditSeal
from accounts.seals import BEFORE_THE_FIRST, Fault, seal_events, verify
from accounts.tasks import seal_audit_trail
from tests.accounts.trail import SEALED_AT, sealed_trail, write
from tests.factories import small_province
from tests.patience import PATIENCE
from tests.threads import together


@pytest.fixture
def world(db, monkeypatch):
    # The rows of these tests are made without acts; tests/test_vouching.py looks at rows.
    monkeypatch.setattr(vouching, "changed_rows", lambda **options: [])
    return small_province()


class Undo(Exception):
    """Ends one tampering's transaction."""


def sql(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def test_every_column_of_an_event_is_sealed():
    assert set(seals.COLUMNS) == {field.attname for field in AuditEvent._meta.fields}


# --- append-only ---------------------------------------------------------------------------------


REFUSED = {
    "update an event": "UPDATE accounts_auditevent SET reason = 'x'",
    "delete an event": "DELETE FROM accounts_auditevent WHERE id = (SELECT MAX(id) FROM accounts_auditevent)",  # noqa: E501
    "update a seal": "UPDATE accounts_auditseal SET day = '2020-01-01'",
    "delete a seal": "DELETE FROM accounts_auditseal",
}
if connection.vendor == "sqlite":
    REFUSED["replace an event"] = (
        "INSERT OR REPLACE INTO accounts_auditevent SELECT * FROM accounts_auditevent LIMIT 1"
    )
    REFUSED["replace a seal"] = (
        "INSERT OR REPLACE INTO accounts_auditseal SELECT * FROM accounts_auditseal LIMIT 1"
    )
else:
    REFUSED["truncate the events"] = "TRUNCATE accounts_auditevent"
    REFUSED["truncate the seals"] = "TRUNCATE accounts_auditseal"


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_database_refuses_every_change(world, statement):
    sealed_trail(world, seals=2, events=2)
    connection.check_constraints()
    rows = list(AuditEvent.objects.values()), list(AuditSeal.objects.values())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        sql(statement)
    assert rows == (list(AuditEvent.objects.values()), list(AuditSeal.objects.values()))
    # The twin: without the triggers the same statement goes through.
    guards.remove(connection)
    sql(statement)


def test_missing_triggers_are_seen(world):
    assert guards.missing(connection) == set()
    name = "accounts_auditevent_no_delete"
    sql(
        f"DROP TRIGGER {name}"
        + ("" if connection.vendor == "sqlite" else " ON accounts_auditevent")
    )
    assert guards.missing(connection) == {name}
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stderr=err)
    assert (ended.value.code, err.getvalue()) == (1, f"triggers are missing: {name}\n")


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_tests_and_demonstrations_alone(settings):
    sealed_trail(small_province(), seals=1, events=2)
    settings.AUDIT_TRAIL_MAY_BE_FLUSHED = False
    with pytest.raises(CommandError):
        call_command("flush", interactive=False, verbosity=0)
    assert AuditEvent.objects.count() == 2
    settings.DEMONSTRATION = True
    call_command("flush", interactive=False, verbosity=0)
    assert (AuditEvent.objects.count(), AuditSeal.objects.count()) == (0, 0)
    assert guards.missing(connection) == set()
    settings.AUDIT_TRAIL_MAY_BE_FLUSHED = True


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_forth():
    if not MigrationLoader(connection).migrated_apps:
        pytest.skip("the tables were made without the migrations")
    call_command("migrate", "accounts", "zero", verbosity=0)
    assert guards.missing(connection) == guards.trigger_names(connection.vendor)
    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == set()


# --- sealing -------------------------------------------------------------------------------------


def test_a_seal_is_what_its_definition_says(world):
    (event,) = write(world, 1)
    seal_events(now=SEALED_AT)
    columns = {
        "id": event.pk,
        "at": "2026-03-01T01:00:00.000000+00:00",
        "user_id": world.county_officer.pk,
        "role": "county_officer",
        "organisation_id": world.county.pk,
        "act": "task.returned",
        "target_type": "accounts.organisation",
        "target_id": str(world.brigade.organisation.pk),
        "target": "单位410122-1",
        "before": {"state": "submitted", "score": 0},
        "after": {"state": "in_progress", "score": 1, "rows": event.after["rows"]},
        "reason": "证据不足0",
        "address": None,
    }
    leaf = sha256(json.dumps(columns, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    own = (
        f'{{"day":"2026-03-01","event_count":1,"first_event":{event.pk},"last_event":{event.pk},'
        '"number":1,"sealed_at":"2026-03-01T01:00:00.000000+00:00"}'
    )
    seal = AuditSeal.objects.get()
    assert seal.leaves == f"{event.pk}:{leaf}"
    assert seal.previous == BEFORE_THE_FIRST
    assert seal.digest == sha256(f"{BEFORE_THE_FIRST}\n{own}\n{event.pk}:{leaf}")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_sealing_twice_seals_once(world):
    write(world, 3)
    assert [seal_events(now=SEALED_AT), seal_events(now=SEALED_AT)] == [3, 0]
    assert AuditSeal.objects.count() == 1


def test_seals_follow_each_other_in_pieces(world, monkeypatch):
    monkeypatch.setattr(seals, "EVENTS_IN_A_SEAL", 4)
    rows = write(world, 10)
    assert seal_events(now=SEALED_AT) == 10
    found = AuditSeal.objects.values_list("number", "first_event", "last_event", "event_count")
    first = rows[0].pk
    assert list(found) == [
        (1, first, first + 3, 4),
        (2, first + 4, first + 7, 4),
        (3, first + 8, first + 9, 2),
    ]
    assert verify().fault is None


def test_the_task_seals(world):
    write(world, 2)
    seal_audit_trail()
    assert AuditSeal.objects.get().event_count == 2


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain(monkeypatch):
    monkeypatch.setattr(seals, "EVENTS_IN_A_SEAL", 3)
    write(small_province(), 30)
    sealed = together([lambda: seal_events(now=SEALED_AT)] * 2)
    assert sum(sealed) == 30
    assert verify().fault is None
    assert AuditSeal.objects.count() == 10


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_a_slow_writer_is_not_passed_over(monkeypatch):
    """A lower id that commits after a higher one: nothing is sealed until it is decided."""
    monkeypatch.setattr(seals, "WAIT_FOR_WRITERS", 0.3)
    world = small_province()
    written, sealed = Event(), Event()

    def slow():
        with transaction.atomic():
            write(world, 1)
            written.set()
            assert sealed.wait(PATIENCE)

    def quick():
        assert written.wait(PATIENCE)
        write(world, 1, first=1)
        try:
            return seal_events(now=SEALED_AT)
        finally:
            sealed.set()

    assert together([slow, quick]) == [None, 0]
    assert seal_events(now=SEALED_AT) == 2
    assert verify().fault is None


# --- tampering -----------------------------------------------------------------------------------


def test_an_untouched_trail_is_whole(world):
    sealed_trail(world, seals=3, events=2)
    write(world, 2, first=6)
    head = AuditSeal.objects.get(pk=3).digest
    out = StringIO()
    call_command("verify_audit", "--head", head, stdout=out)
    assert out.getvalue() == f"whole: 3 seals, 6 events, 2 not sealed yet, head {head}\n"


def test_the_command_names_the_first_bad_event(world):
    rows = sealed_trail(world, seals=3, events=2)
    connection.check_constraints()
    with guards.lifted(connection):
        AuditEvent.objects.filter(pk__in=[rows[2].pk, rows[5].pk]).update(reason="x")
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stderr=err)
    said = f"broken at seal 2, event {rows[2].pk}: the event was changed\n"
    assert (ended.value.code, err.getvalue()) == (1, said)


def change_event(rng, rows):
    """Another value in one column of one event."""
    row = rng.choice(rows)
    column = rng.choice([name for name in seals.COLUMNS if name != "id"])
    values = {
        "at": row.at + timedelta(microseconds=1),
        "user_id": rng.choice([row.user_id + 1, None]) if row.user_id else rows[0].user_id,
        "organisation_id": None if row.organisation_id else rows[0].organisation_id,
        "before": row.before | {"score": -1},
        "after": {},
        "address": "10.0.0.1",
    }
    value = values[column] if column in values else getattr(row, column) + "x"
    AuditEvent.objects.filter(pk=row.pk).update(**{column: value})
    return row.pk, "the event was changed"


def delete_events(rng, rows):
    """Some events gone."""
    gone = sorted(row.pk for row in rng.sample(rows, rng.randint(1, 5)))
    AuditEvent.objects.filter(pk__in=gone).delete()
    return gone[0], "the event was deleted"


def insert_event(rng, rows):
    """An event put into a gap of the ids, under a seal made before."""
    gaps = [row.pk + 1 for row, after in zip(rows, rows[1:], strict=False) if after.pk > row.pk + 1]
    pk = rng.choice(gaps)
    AuditEvent(pk=pk, at=rows[0].at, act="task.accepted").save(force_insert=True)
    return pk, "the event was put in after sealing"


def insert_before_the_first(rng, rows):
    """An event with an id below all others."""
    pk = rng.randint(-50, 0)
    AuditEvent(pk=pk, at=rows[0].at, act="task.accepted").save(force_insert=True)
    return pk, "the event was put in after sealing"


def reorder_events(rng, rows):
    """Two events change places."""
    one, other = sorted(rng.sample(rows, 2), key=lambda row: row.pk)
    AuditEvent.objects.filter(pk=one.pk).update(id=-1000)
    AuditEvent.objects.filter(pk=other.pk).update(id=one.pk)
    AuditEvent.objects.filter(pk=-1000).update(id=other.pk)
    return one.pk, "the event was changed"


def truncate_events(rng, rows):
    """The end of the trail cut off, or all of it."""
    place = rng.choice(rows)
    AuditEvent.objects.filter(pk__gte=place.pk).delete()
    return place.pk, "the event was deleted"


EVENT_TAMPERINGS = (
    change_event,
    delete_events,
    insert_event,
    insert_before_the_first,
    reorder_events,
    truncate_events,
)


def change_seal(rng, seals_found):
    """Another value in one column of one seal."""
    seal = rng.choice(seals_found)
    column = rng.choice([field.name for field in AuditSeal._meta.fields if field.name != "number"])
    values = {
        "first_event": F("first_event") + 1,
        "last_event": seal.last_event + 1000,
        "event_count": F("event_count") + 1,
        "sealed_at": seal.sealed_at + timedelta(microseconds=1),
        "day": seal.day + timedelta(days=1),
        "leaves": seal.leaves.replace(":", ":0", 1),
        "previous": "1" * 64,
        "digest": "2" * 64,
    }
    AuditSeal.objects.filter(pk=seal.pk).update(**{column: values[column]})
    return seal.number


def delete_seals(rng, seals_found):
    """The end of the chain cut off, or one seal taken out."""
    seal = rng.choice(seals_found)
    which = {"pk": seal.pk} if rng.random() < 0.5 else {"pk__gte": seal.pk}
    AuditSeal.objects.filter(**which).delete()
    return seal.number


def forge_seal(rng, seals_found):
    """An event changed and its seal made anew to fit: the next one, or the head kept outside,
    contradicts it."""
    seal = rng.choice(seals_found)
    AuditEvent.objects.filter(pk=seal.first_event).update(reason="forged")
    events = AuditEvent.objects.filter(pk__range=(seal.first_event, seal.last_event))
    seal.leaves = "\n".join(f"{row.pk}:{seals.digest_of(row)}" for row in events.order_by("pk"))
    AuditSeal.objects.filter(pk=seal.pk).update(
        leaves=seal.leaves, digest=seals.digest_of_seal(seal)
    )
    return seal.number + 1


SEAL_TAMPERINGS = (change_seal, delete_seals, forge_seal)
ROUNDS = 1000


def test_a_thousand_tamperings_are_found_and_the_first_bad_row_is_named(world):
    rows = sealed_trail(world)
    chain = list(AuditSeal.objects.all())
    heads = [chain[-1].digest]
    seal_of = {pk: s.number for s in chain for pk in range(s.first_event, s.last_event + 1)}
    assert verify(heads=heads).fault is None
    connection.check_constraints()
    guards.remove(connection)
    rng, wrong, tried = random.Random(20140731), [], Counter()
    for _round in range(ROUNDS):
        tamper = rng.choice(EVENT_TAMPERINGS + SEAL_TAMPERINGS)
        tried[tamper.__name__] += 1
        try:
            with transaction.atomic():
                if tamper in EVENT_TAMPERINGS:
                    pk, what = tamper(rng, rows)
                    expected = Fault(seal_of.get(pk, 1), pk, what)
                    fault = verify(heads=heads).fault
                else:
                    expected = tamper(rng, [AuditSeal.objects.get(pk=s.pk) for s in chain])
                    fault = getattr(verify(heads=heads).fault, "seal", None)
                if fault != expected:
                    wrong.append((tamper.__name__, expected, fault))
                raise Undo
        except Undo:
            pass
    assert wrong == []
    assert min(tried[tamper.__name__] for tamper in EVENT_TAMPERINGS + SEAL_TAMPERINGS) > 50
    # The control: nothing of all that is left, and an untouched trail passes.
    guards.install(connection)
    assert verify(heads=heads).fault is None


def test_an_end_cut_off_is_seen_by_the_heads_outside_alone(world):
    """The negative control: with the check of the heads left out, the cut is missed."""
    sealed_trail(world, seals=3, events=2)
    chain = list(AuditSeal.objects.all())
    connection.check_constraints()
    with guards.lifted(connection):
        AuditSeal.objects.filter(number=3).delete()
        AuditEvent.objects.filter(pk__gt=chain[1].last_event).delete()
    assert verify().fault is None
    missing = f"the head {chain[2].digest} known outside is not in the chain"
    assert verify(heads=[chain[2].digest]).fault == Fault(3, None, missing)
    assert verify(heads=[chain[1].digest]).fault is None


def test_an_event_is_missed_where_its_check_is_left_out(world, monkeypatch):
    """The negative control: the chain of seals alone does not see a changed event."""
    rows = sealed_trail(world, seals=2, events=2)
    connection.check_constraints()
    with guards.lifted(connection):
        AuditEvent.objects.filter(pk=rows[1].pk).update(reason="x")
    assert verify().fault == Fault(1, rows[1].pk, "the event was changed")
    monkeypatch.setattr(seals, "first_bad_event", lambda seal, last: None)
    assert verify().fault is None
