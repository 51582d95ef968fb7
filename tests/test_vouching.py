"""A change made in the database without an act is found, whatever it touches; acts themselves never
look like one."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.urls import reverse

from accounts import audit, vouching
from accounts.models import AuditEvent, User
from accounts.tasks import look_over_rows
from accounts.vouching import ROWS, Change, changed_rows, digests, vouched_models
from campaign.models import CalendarDay
from common.uploads import CheckedFile
from evaluations.models import AcceptanceCheck, CheckScore, Evidence, Veto
from evaluations.services.evidence import new_evidence
from scoring.models import DailyAssessment, Honour, ScoreRun, StationScore
from tests.access_matrix import COLUMNS
from tests.database_prompt import another_value, made, put, without_rules
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


def untold() -> list:
    """The rows that are not as an act told of them."""
    return [change.row for change in changed_rows()]


@pytest.fixture(scope="module", autouse=True)
def _the_world_is_as_told(world, django_db_blocker):
    """The table's world is made without acts: one event tells of all its rows."""
    with django_db_blocker.unblock():
        audit.record(by=None, act="rows.told_anew", now=NOW, rows=untold())
        assert changed_rows() == []


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
        assert [str(change) for change in changed_rows()] == []


PARTS = [(kind, part) for kind in vouched_models() for part in kind.parts]


@pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="a row's own rules can be set aside by SQLite alone; the comparison is the same",
)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "part"), PARTS, ids=[f"{kind.model.__name__}-{part.path}" for kind, part in PARTS]
)
def test_every_field_changed_from_outside_is_found_and_named(kind, part, world):
    label = kind.model._meta.label_lower
    with undone():
        rows = part.model._base_manager.filter(**{f"{part.holder}__isnull": False})
        touched = rows.first() or made(part.model)
        key = rows.filter(pk=touched.pk).values_list(part.holder).get()[0]
        row = kind.model._base_manager.get(pk=key)
        event = audit.record(by=None, act="task.returned", target=row, now=NOW, rows=untold())
        told = event.after[ROWS][label][str(row.pk)]
        assert changed_rows() == []
        for column in part.columns:
            with undone(), without_rules():
                field = next(f for f in touched._meta.concrete_fields if f.attname == column)
                value = another_value(field, getattr(touched, column))
                if value is None and not field.null:
                    # A key that is never empty. The database looks for its row at the end only.
                    value = getattr(touched, column) + 1_000_000
                try:
                    put(touched, field, value)
                except IntegrityError as refusal:
                    assert "more ballots than" in str(refusal)  # its trigger is there first
                    continue
                assert digests(kind.model, [row.pk])[str(row.pk)] != told, column
                if column == part.columns[-1]:
                    found = Change(label, str(row.pk), event.pk, "task.returned", "changed")
                    assert found in changed_rows()


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
def test_an_act_that_only_tells_of_a_row_covers_nothing(world):
    """A wrong code at sign-in names the account without writing it."""
    person = world.leader
    with undone():
        User.objects.filter(pk=person.pk).update(email="else@example.com")
        audit.record(by=None, act="user.second_factor_failed", target=person, now=NOW)
        assert [(change.kind, change.pk) for change in changed_rows()] == [
            ("accounts.user", str(person.pk))
        ]
    with undone():
        audit.record(by=None, act="user.second_factor_failed", target=person, now=NOW)
        assert changed_rows() == []


@pytest.mark.django_db
def test_a_row_that_no_act_brought_is_found(world):
    with undone():
        Veto.objects.create(
            enrolment=world.brigade_enrolment,
            reason="插入",
            proposed_by=world.leader,
            proposed_at=NOW,
        )
        assert [(change.kind, change.what) for change in changed_rows()] == [
            ("evaluations.veto", "never told of")
        ]


@pytest.mark.django_db
def test_what_an_act_deleted_beside_its_target_is_no_more(world):
    with undone():
        day = CalendarDay.objects.create(date=NOW.date(), is_workday=False, name_zh="调休")
        audit.record(by=None, act="calendar.changed", now=NOW, rows=[day])
        CalendarDay.objects.filter(pk=day.pk).delete()
        assert [change.what for change in changed_rows()] == ["deleted"]
        audit.record(by=None, act="calendar.changed", now=NOW, rows=[day])
        assert changed_rows() == []


OWN_APPS = "accounts campaign common deliveries evaluations portal reports scoring stations surveys"
LEFT_OUT = {
    "the trail itself: triggers and seals guard it": "AuditEvent AuditSeal AuditArchive",
    "a digest would outlive the erasure of the name": "Complainant",
    "nobody may follow who answered what": "Ballot Invitation PaperSheet Enclosure surveys.Receipt",
    "follows from rows that are vouched for": "OpinionTerm Reminder Notice ScheduledRound",
    "comes and goes with a person's sign-ins": "SignIn PasswordRecord",
    "rights come from memberships alone": "accounts.User_groups accounts.User_user_permissions",
    "stands in the mail ledger": "reports.Report_deliveries",
    "the portal's own pulse": "Heartbeat ThrottleWindow DemonstrationClock",
}


def test_every_model_is_vouched_for_or_left_out_for_a_reason():
    known = {part.model for kind in vouched_models() for part in kind.parts}
    every = [
        model
        for name in OWN_APPS.split()
        for model in apps.get_app_config(name).get_models(include_auto_created=True)
    ]
    left_out = {name for names in LEFT_OUT.values() for name in names.split()}
    unknown = [model for model in every if model not in known]
    assert {
        model._meta.label if model._meta.label in left_out else model.__name__ for model in unknown
    } == left_out


@pytest.mark.django_db
def test_no_act_writes_of_a_model_that_nobody_named(world):
    with pytest.raises(LookupError, match="sessions.session"):
        audit.record(by=None, act="rules.changed", target=Session(pk="x"), now=NOW)


@pytest.mark.django_db
def test_an_upgrade_is_told_from_a_change(world, monkeypatch, capsys):
    """A release that compares other columns can compare nothing that was told before; it says so,
    and `--tell-anew` tells of such rows as they are, but of no changed one."""
    label = Veto._meta.label_lower
    upgraded = replace(vouching._MODELS[label], form="00000000")
    with undone():
        audit.record(by=world.leader, act="veto.confirmed", target=world.veto_in_effect, now=NOW)
        Honour.objects.filter(pk=Honour.objects.first().pk).update(kind="advanced", basis="x")
        changed = [change for change in changed_rows() if change.what == "changed"]
        assert [change.kind for change in changed] == ["scoring.honour"]
        monkeypatch.setitem(vouching._MODELS, label, upgraded)
        vetoes = [change for change in changed_rows() if change.kind == label]
        assert {change.what for change in vetoes} == {"told of in another form"}
        with pytest.raises(SystemExit):
            call_command("verify_audit", "--tell-anew")
        assert changed_rows() == changed
        told = AuditEvent.objects.get(act="rows.told_anew", after__kind=label)
        assert told.after["count"] == len(vetoes)


@pytest.mark.django_db
def test_an_act_during_the_look_is_no_change(world, monkeypatch):
    """The trail is read, somebody acts, the rows are read."""
    read, person = vouching._last_told, world.leader

    def interrupted():
        told = read()
        User.objects.filter(pk=person.pk).update(email=f"{interrupted.acts}@example.com")
        audit.record(by=None, act="user.changed", target=person, now=NOW)
        interrupted.acts += 1
        return told

    interrupted.acts = 0
    with undone():
        monkeypatch.setattr(vouching, "_last_told", interrupted)
        assert [change.what for change in vouching._compared(False)] == ["changed"]
        assert changed_rows() == []
        User.objects.filter(pk=world.auditor.pk).update(email="else@example.com")
        assert [change.pk for change in changed_rows()] == [str(world.auditor.pk)]


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

    def found(**options):
        """The world's other rows name files that were never there."""
        own = ("evaluations.evidence", str(good.pk))
        return [c.what for c in changed_rows(**options) if (c.kind, c.pk) == own]

    with undone():
        audit.record(by=world.station_officer, act="evidence.attached", target=good, now=NOW)
        assert found(files=True) == []
        path = Path(good.file.path)
        path.write_bytes(b"%PDF-1.4 another one")
        assert found() == []  # the row is as it was
        assert found(files=True) == ["file changed"]
        path.unlink()
        assert found(files=True) == ["file deleted"]
        audit.record(by=world.station_officer, act="evidence.removed", target=good, now=NOW)
        Evidence.objects.filter(pk=good.pk).delete()
        assert found(files=True) == []
