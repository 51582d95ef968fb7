"""Triggers that make the audit trail, its seals and archives append-only (SQLite, PostgreSQL).

The database refuses UPDATE, DELETE and (PostgreSQL) TRUNCATE on these tables, whoever asks. One
thing may be deleted: an event that a row of the archives covers (accounts/archives.py). Whoever may
change the schema can drop the triggers; the seals show what was done then.

SQLite makes a table anew for most changes of its columns and loses the triggers with the old one:
a migration that alters one of the tables must call `install` at its end. `verify_audit` fails
where a trigger is missing.
"""

from contextlib import contextmanager

TABLES = ("accounts_auditevent", "accounts_auditseal", "accounts_auditarchive")
_KEYS = {
    "accounts_auditevent": "id",
    "accounts_auditseal": "number",
    "accounts_auditarchive": "id",
}
_NOT_ARCHIVED = "NOT EXISTS (SELECT 1 FROM accounts_auditarchive WHERE OLD.id <= last_event)"
_REFUSAL = "the audit trail is append-only"


def trigger_names(vendor: str) -> set[str]:
    """The triggers that must stand."""
    endings = ("no_update", "no_delete")
    endings += ("no_replace",) if vendor == "sqlite" else ("no_truncate",)
    return {f"{table}_{ending}" for table in TABLES for ending in endings}


def install(connection, *, without=()) -> None:
    """Put up the triggers, on those tables that exist (an earlier migration has not all)."""
    present = set(connection.introspection.table_names()) - set(without)
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, present):
            cursor.execute(statement)


def remove(connection) -> None:
    """Take down the triggers."""
    with connection.cursor() as cursor:
        for name in sorted(trigger_names(connection.vendor)):
            on_table = "" if connection.vendor == "sqlite" else f" ON {_table_of(name)}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS accounts_append_only()")
            cursor.execute("DROP FUNCTION IF EXISTS accounts_delete_archived_only()")


@contextmanager
def lifted(connection):
    """Work without the triggers: only to empty a database of tests or of the demonstration."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def missing(connection) -> set[str]:
    """The triggers that should stand and do not, or are switched off."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return trigger_names(connection.vendor) - {name for (name,) in cursor.fetchall()}


def _table_of(trigger):
    return next(table for table in TABLES if trigger.startswith(table))


def _statements(vendor, present):
    tables = [table for table in TABLES if table in present]
    # From which table archived rows may go.
    leaves = {"accounts_auditevent"} if "accounts_auditarchive" in present else set()
    if vendor == "sqlite":
        for table in tables:
            body = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            when = f"WHEN {_NOT_ARCHIVED} " if table in leaves else ""
            yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {body}"
            yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {when}{body}"
            # INSERT OR REPLACE deletes the old row without asking the trigger above.
            taken = f"EXISTS (SELECT 1 FROM {table} WHERE {_KEYS[table]} = NEW.{_KEYS[table]})"  # nosec B608
            yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} {body}"
        return
    refuse = f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';"
    yield (
        "CREATE OR REPLACE FUNCTION accounts_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {refuse} END $$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION accounts_delete_archived_only() RETURNS trigger"
        f" LANGUAGE plpgsql AS $$ BEGIN IF {_NOT_ARCHIVED} THEN {refuse} END IF; RETURN OLD; END $$"
    )
    for table in tables:
        run = "EXECUTE FUNCTION accounts_append_only()"
        archived = "EXECUTE FUNCTION accounts_delete_archived_only()"
        delete = archived if table in leaves else run
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {run}"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {delete}"
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT {run}"
        )
