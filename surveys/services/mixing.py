"""Mixing the box: rows that were written together must not stay recognisable as such.

Casting a ballot writes its row, its receipt, perhaps a comment and a spent code in one transaction.
PostgreSQL stamps all of them with the same transaction number (`xmin`), and their physical places
(`ctid`) tell the order in which they came. So every so many ballots, and when the questionnaire
closes, these rows are written anew:

- station by station, all its ballots, comments and codes, those of earlier rounds too, each table
  in the order of its random ids; so no round of mixing tells its own ballots apart;
- the new receipts of the province, which name no station;

and the old versions are removed (VACUUM). SQLite keeps rows in the order of their random ids by
itself; there the write-ahead log is emptied and the file rewritten. What remains visible in backups
and archived logs is said in docs/surveys.md.
"""

from django.db import connection, transaction

from campaign.models import Campaign, Enrolment
from deliveries.models import Enclosure
from surveys.models import Ballot, BallotBatch, Invitation, Receipt, SurveyComment
from surveys.services.rules import rules_of

# With the seeds of codes that were mailed: a deleted row's old version holds its seed.
_MODELS = (Ballot, SurveyComment, Invitation, Receipt, Enclosure)


def mix_if_due(campaign: Campaign, *, closing: bool = False) -> int:
    """Mix when enough ballots are new, or any is and the survey is over; how many were new.

    Not inside a transaction: removing old versions stands outside of one.
    """
    new = Ballot.objects.filter(enrolment__campaign=campaign, mixed=False)
    number, stations = new.count(), sorted(set(new.values_list("enrolment_id", flat=True)))
    if number < (1 if closing else rules_of(campaign).mix_every):
        return 0
    for enrolment_id in stations:
        _mix_station(enrolment_id)
    receipts = Receipt.objects.filter(campaign=campaign, mixed=False)
    with transaction.atomic():
        _write_anew(Receipt, "id", list(receipts.values_list("pk", flat=True)))
    _remove_old_versions(whole=closing)
    return number


def hold_station(enrolment_id: int) -> None:
    """Keep a station's rows in their place until the end of the transaction: taken by mixing, and
    by every other act that changes such rows. New ballots do not wait for it."""
    list(Enrolment.objects.select_for_update(no_key=True).filter(pk=enrolment_id))


@transaction.atomic
def _mix_station(enrolment_id: int) -> None:
    hold_station(enrolment_id)
    # Who spends a code locks its batch first, as here.
    batches = BallotBatch.objects.select_for_update(no_key=True).filter(enrolment=enrolment_id)
    batch_ids = sorted(batch.pk for batch in batches)
    _write_anew(Ballot, "enrolment_id", [enrolment_id])
    _write_anew(SurveyComment, "enrolment_id", [enrolment_id])
    _write_anew(Invitation, "batch_id", batch_ids)


def _write_anew(model, column: str, values: list[int]) -> None:
    """Write rows anew in the order of their ids. SQLite keeps that order by itself."""
    has_mark = any(field.name == "mixed" for field in model._meta.fields)
    if connection.vendor == "sqlite":
        if has_mark:
            model.objects.filter(**{f"{column}__in": values}, mixed=False).update(mixed=True)
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE mixing (LIKE {table}) ON COMMIT DROP")
        _take_out(cursor, table, f"{column} = ANY(%s)", [values])
        if has_mark:
            cursor.execute("UPDATE mixing SET mixed = true")
        cursor.execute(f"INSERT INTO {table} SELECT * FROM mixing ORDER BY id")  # nosec B608
        cursor.execute("DROP TABLE mixing")


def _take_out(cursor, table: str, condition: str, values: list) -> None:
    """Move rows into the table `mixing`.

    RACE: new ballots do not wait for the mixing. In one statement, what is deleted is what was
    copied; a ballot that comes between two statements would be deleted without a copy.
    """
    cursor.execute(
        f"WITH taken AS (DELETE FROM {table} WHERE {condition} RETURNING *) "  # nosec B608
        "INSERT INTO mixing SELECT * FROM taken",
        values,
    )


def _remove_old_versions(*, whole: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            if whole:
                cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        tables = ", ".join(model._meta.db_table for model in _MODELS)
        cursor.execute(f"VACUUM {'(FULL) ' if whole else ''}{tables}")
