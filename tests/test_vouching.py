"""A change made in the database without an act is found, whatever it touches; acts themselves never
look like one."""

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import override_settings
from django.urls import reverse

from accounts import audit, vouching
from accounts.models import AuditEvent, User
from accounts.tasks import look_over_rows
from accounts.vouching import ROWS, Change, changed_rows, vouched_models
from common.uploads import CheckedFile
from evaluations.models import AcceptanceCheck, CheckScore, Veto
from evaluations.services.evidence import new_evidence
from scoring.models import DailyAssessment, ScoreRun, StationScore
from tests.access_matrix import COLUMNS
from tests.factories import NOW
from tests.matrix_world import TARGETS
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

STAFF = COLUMNS[1:]
DOING = [
    line
    for line in LINES
    if line.method == "POST" and 302 in [line.expected[column] for column in STAFF]
]


class Undo(Exception):
    """Ends what was tried."""


@contextmanager
def undone():
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


@pytest.fixture(autouse=True)
def _the_world_is_as_told(request, db):
    """The table's world shows its run to the units without an act: tell it."""
    if "world" in request.fixturenames:
        run = request.getfixturevalue("world").run
        audit.record(by=None, act="run.previewed", target=run, now=NOW)


@contextmanager
def without_rules():
    """As somebody at the database's own prompt, who keeps no rule of the rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.django_db
@pytest.mark.parametrize("line", DOING, ids=lambda line: f"{line.url_name}-{line.target}")
@override_settings(**DEMONSTRATION)
def test_no_act_looks_like_a_change_from_outside(line, world):
    """After every act of the portal each row is as its event says."""
    column = next(name for name in STAFF if line.expected[name] == 302)
    args, data = TARGETS[line.target](world)
    with undone():
        world.visitors.client.cookies.clear()
        world.visitors.client.cookies.load(world.visitors.cookies[column])
        address = reverse(line.url_name, args=args)
        assert world.visitors.client.post(address, data).status_code == 302
        assert changed_rows() == []


FIELDS = [(kind, name, None) for kind in vouched_models() for name in kind.fields] + [
    (kind, name, part)
    for kind in vouched_models()
    for part, names in kind.parts.items()
    for name in names
]


def another_value(field, value):
    """A value that the field does not have now."""
    if isinstance(field, models.ForeignKey):
        return None if value else field.related_model._base_manager.values_list("pk").first()[0]
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField | models.DateField):
        return value + timedelta(days=1) if value else NOW
    if isinstance(field, models.DecimalField | models.IntegerField):
        return (value or 0) + 1
    if isinstance(field, models.JSONField):
        return {"changed": True}
    return f"{value}x"[-(field.max_length or 100) :]


def put(row, name, value):
    """Write a column as it is at the database's prompt."""
    field = row._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name)
    if value is None:
        statement, values = f"SET {field.column} = NULL", []
    else:
        statement, values = f"SET {field.column} = %s", [field.get_db_prep_save(value, connection)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} {statement} WHERE id = %s",
            [*values, row.pk],
        )


@pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="a row's own rules can be set aside by SQLite alone; the comparison is the same",
)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "name", "part"),
    FIELDS,
    ids=lambda value: getattr(getattr(value, "model", None), "__name__", value),
)
def test_every_field_changed_from_outside_is_found_and_named(kind, name, part, world):
    rows = kind.model.objects.filter(**{f"{part}__isnull": False}) if part else kind.model.objects
    row = rows.first()
    with undone(), without_rules():
        event = audit.record(by=world.system_admin, act="task.returned", target=row, now=NOW)
        assert changed_rows() == []
        touched = getattr(row, part).first() if part else row
        field = touched._meta.get_field(name.removesuffix("_id"))
        value = another_value(field, getattr(touched, field.attname))
        if value is None and not field.null:
            # A key that is never empty. The database looks for its row at the end only.
            value = getattr(touched, field.attname) + 1_000_000
        put(touched, name, value)
        label = kind.model._meta.label_lower
        assert changed_rows() == [Change(label, str(row.pk), event.pk, "task.returned", "changed")]


@pytest.mark.django_db
def test_deleted_rows_and_parts_are_found(world):
    check = AcceptanceCheck.objects.filter(scores__isnull=False).first()
    run = ScoreRun.objects.filter(scores__isnull=False).first()
    with undone():
        for row in (check, run, world.quarantine):
            audit.record(by=world.leader, act="task.returned", target=row, now=NOW)
        CheckScore.objects.filter(check_of=check).first().delete()
        StationScore.objects.filter(run=run).update(composite=99)
        world.quarantine.__class__.objects.filter(pk=world.quarantine.pk).delete()
        assert [(change.kind, change.what) for change in changed_rows()] == [
            ("evaluations.acceptancecheck", "changed"),
            ("scoring.scorerun", "changed"),
            ("surveys.quarantine", "deleted"),
        ]


@pytest.mark.django_db
def test_an_act_that_reads_covers_nothing(world):
    """The negative control: if reading renewed the digest, looking at a row would hide a change."""
    with undone():
        audit.record(by=world.system_admin, act="user.changed", target=world.leader, now=NOW)
        User.objects.filter(pk=world.leader.pk).update(email="else@example.com")
        audit.record(by=world.system_admin, act="user.viewed", target=world.leader, now=NOW)
        assert [change.act for change in changed_rows()] == ["user.changed"]
        audit.record(by=world.system_admin, act="user.changed", target=world.leader, now=NOW)
        assert changed_rows() == []


@pytest.mark.django_db
def test_a_batch_vouches_for_all_its_rows(world, django_assert_max_num_queries):
    scores = list(DailyAssessment.objects.all())
    with undone():
        with django_assert_max_num_queries(3):
            audit.record(
                by=world.county_assessor,
                act="daily_scores.given",
                target=world.campaign,
                now=NOW,
                rows=scores,
            )
        event = AuditEvent.objects.first()
        assert set(event.after[ROWS]["scoring.dailyassessment"]) == {str(row.pk) for row in scores}
        assert "rows" not in [name for name, _before, _after in event.changes]
        DailyAssessment.objects.filter(pk=scores[0].pk).update(score=1)
        assert [change.pk for change in changed_rows()] == [str(scores[0].pk)]


@pytest.mark.django_db
def test_the_command_names_the_row_and_the_daily_look_enters_it_in_the_trail(world, capsys):
    with undone():
        audit.record(by=world.leader, act="veto.confirmed", target=world.veto_in_effect, now=NOW)
        look_over_rows()
        assert not AuditEvent.objects.filter(act="rows.changed_outside").exists()
        Veto.objects.filter(pk=world.veto_in_effect.pk).update(state="lifted")
        look_over_rows()
        event = AuditEvent.objects.get(act="rows.changed_outside")
        named = f"evaluations.veto {world.veto_in_effect.pk}: changed since event"
        assert event.after["changed"][0].startswith(named)
        with pytest.raises(SystemExit):
            call_command("verify_audit")
        assert named in capsys.readouterr().err


def test_what_reads_is_known():
    assert {"user.viewed", "complainant.read", "ranking.exported"} <= vouching.READING
    assert not {"user.changed", "run.published", "veto.confirmed"} & vouching.READING


@pytest.mark.django_db
def test_a_swapped_or_lost_file_is_found(world):
    content = ContentFile(b"%PDF-1.4 as it was handed in")
    good = new_evidence(
        enrolment=world.brigade_enrolment,
        checked=CheckedFile("证明.pdf", content.read(), "application/pdf"),
        by=world.station_officer,
        now=NOW,
    )
    good.save()
    with undone():
        audit.record(by=world.station_officer, act="evidence.attached", target=good, now=NOW)
        assert changed_rows(files=True) == []
        path = Path(good.file.path)
        path.write_bytes(b"%PDF-1.4 another one")
        assert changed_rows() == []  # the row is as it was
        assert [change.what for change in changed_rows(files=True)] == ["file changed"]
        path.unlink()
        assert [change.what for change in changed_rows(files=True)] == ["file deleted"]
        audit.record(by=world.station_officer, act="evidence.removed", target=good, now=NOW)
        assert changed_rows(files=True) == []
