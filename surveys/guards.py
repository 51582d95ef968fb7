"""Triggers that keep counted ≤ issued: no batch holds more ballots than were issued and not voided.

The database refuses the ballot too many, whoever writes it, on SQLite and PostgreSQL. PostgreSQL
locks the batch's row first, so that two last ballots at once cannot both find room; SQLite's
writers queue anyway.

SQLite makes a table anew for most changes of its columns and loses the triggers with the old one:
a migration that alters `surveys_ballot` or `surveys_ballotbatch` must call `install` at its end.
"""

_REFUSAL = "more ballots than codes or sheets issued"
_SQLITE_ROOM = (
    "(SELECT COUNT(*) FROM surveys_ballot WHERE batch_id = {batch}) {sign} "
    "(SELECT issued - void FROM surveys_ballotbatch WHERE id = {batch})"
)


def install(connection) -> None:
    """Put up the triggers, anew where they stand."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def remove(connection) -> None:
    """Take down the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in ("surveys_ballot_room", "surveys_ballot_moved", "surveys_batch_room"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            return
        cursor.execute("DROP TRIGGER IF EXISTS surveys_ballot_room ON surveys_ballot")
        cursor.execute("DROP TRIGGER IF EXISTS surveys_ballot_moved ON surveys_ballot")
        cursor.execute("DROP TRIGGER IF EXISTS surveys_batch_room ON surveys_ballotbatch")
        for name in ("surveys_ballot_room", "surveys_ballot_moved", "surveys_batch_room"):
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")


def _statements(vendor):
    if vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        full = _SQLITE_ROOM.format(batch="NEW.batch_id", sign=">=")
        yield (
            "CREATE TRIGGER surveys_ballot_room BEFORE INSERT ON surveys_ballot "
            f"WHEN NEW.batch_id IS NOT NULL AND {full} {refuse}"
        )
        yield (
            "CREATE TRIGGER surveys_ballot_moved BEFORE UPDATE OF batch_id ON surveys_ballot "
            f"WHEN NEW.batch_id IS NOT OLD.batch_id {refuse}"
        )
        over = (
            "(SELECT COUNT(*) FROM surveys_ballot WHERE batch_id = NEW.id) > NEW.issued - NEW.void"
        )
        yield (
            "CREATE TRIGGER surveys_batch_room BEFORE UPDATE OF issued, void "
            f"ON surveys_ballotbatch WHEN {over} {refuse}"
        )
        return
    refuse = (
        f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'check_violation', "
        "CONSTRAINT = 'batch_counts_what_was_issued'"
    )
    # The statements are made of this file's own words alone: nothing in them comes from outside.
    # AFTER, for a whole statement: a workbook's batch is counted once, not once a row.
    yield (
        "CREATE FUNCTION surveys_ballot_room() RETURNS trigger "  # nosec B608
        "LANGUAGE plpgsql AS $$ BEGIN "
        "IF NOT EXISTS (SELECT 1 FROM fresh WHERE batch_id IS NOT NULL) THEN RETURN NULL; END IF; "
        "PERFORM 1 FROM surveys_ballotbatch WHERE id IN (SELECT batch_id FROM fresh) "
        "ORDER BY id FOR NO KEY UPDATE; "
        "IF EXISTS (SELECT 1 FROM surveys_ballotbatch b WHERE b.id IN (SELECT batch_id FROM fresh) "
        "AND (SELECT COUNT(*) FROM surveys_ballot x WHERE x.batch_id = b.id) > b.issued - b.void) "
        f"THEN {refuse}; END IF; RETURN NULL; END $$"
    )
    yield (
        "CREATE TRIGGER surveys_ballot_room AFTER INSERT ON surveys_ballot "
        "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT "
        "EXECUTE FUNCTION surveys_ballot_room()"
    )
    yield (
        "CREATE FUNCTION surveys_ballot_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{refuse}; END $$"
    )
    yield (
        "CREATE TRIGGER surveys_ballot_moved BEFORE UPDATE OF batch_id ON surveys_ballot "
        "FOR EACH ROW WHEN (NEW.batch_id IS DISTINCT FROM OLD.batch_id) "
        "EXECUTE FUNCTION surveys_ballot_moved()"
    )
    yield (
        "CREATE FUNCTION surveys_batch_room() RETURNS trigger "  # nosec B608
        "LANGUAGE plpgsql AS $$ BEGIN "
        "IF (SELECT COUNT(*) FROM surveys_ballot WHERE batch_id = NEW.id) > NEW.issued - NEW.void "
        f"THEN {refuse}; END IF; RETURN NEW; END $$"
    )
    yield (
        "CREATE TRIGGER surveys_batch_room BEFORE UPDATE OF issued, void ON surveys_ballotbatch "
        "FOR EACH ROW EXECUTE FUNCTION surveys_batch_room()"
    )
