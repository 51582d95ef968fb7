"""Jobs: asked for twice, lost rings, dead and slow workers, failures, mails."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.db import connection
from django.http import Http404
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import AuditEvent, Membership
from accounts.roles import Role
from common.errors import Denied, WrongMoment
from deliveries.models import Delivery
from reports import making
from reports.models import Report
from reports.services import hand_out, request_report, retry_report
from reports.tasks import make_report_now, make_reports
from tests.factories import NOW, organisation, person, small_province
from tests.patience import PATIENCE
from tests.reports.papers import needs_fonts, with_run

LONG_AGO = making.LEASE + timedelta(seconds=1)


@pytest.fixture
def world(db, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    return with_run(small_province())


def ask(world, unit=None, by=None, **fields):
    return request_report(
        kind="unit_summary",
        campaign=world.campaign,
        organisation=unit or world.prefecture,
        run=world.run,
        by=by or world.province_officer,
        now=NOW,
        **fields,
    )


def files():
    if not default_storage.exists("reports"):
        return []
    return default_storage.listdir("reports")[1]


def acts(report):
    events = AuditEvent.objects.filter(target_type="reports.report", target_id=str(report.pk))
    return [event.act for event in events.order_by("pk")]


def left_by_a_dead_worker(report, attempts=1):
    Report.objects.filter(pk=report.pk).update(
        state="running", attempts=attempts, progress=45, claimed_at=timezone.now() - LONG_AGO
    )


# --- asking ---------------------------------------------------------------------------------------


def test_the_same_request_is_one_job(world):
    first, second = ask(world), ask(world, by=world.prefecture_officer)
    assert first == second
    assert first.key == f"unit_summary:2014:410100::zh-hans:run-{world.run.pk}:2014-10-25:"
    assert Report.objects.count() == 1
    assert acts(first) == ["report.requested"]
    assert ask(world, language="en") != first
    assert ask(world, unit=world.county) != first


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("province_officer", "province"),
        ("province_admin", "other_prefecture"),
        ("province_officer", "direct_county"),
        ("prefecture_officer", "prefecture"),
        ("prefecture_officer", "county"),
        ("county_officer", "county"),
        ("jiyuan_officer", "jiyuan"),
    ],
)
def test_who_may_ask_for_what(world, who, unit):
    assert ask(world, getattr(world, unit), getattr(world, who)).state == "queued"


@pytest.mark.parametrize(
    ("who", "unit", "refusal"),
    [
        ("prefecture_officer", "other_prefecture", Http404),
        ("prefecture_officer", "province", Http404),
        ("prefecture_officer", "direct_county", Http404),
        ("county_officer", "sibling_county", Http404),
        ("leader", "prefecture", Denied),
        ("station_officer", "county", Denied),
        ("prefecture_assessor", "prefecture", Denied),
        ("auditor", "prefecture", Denied),
    ],
)
def test_who_may_not(world, who, unit, refusal):
    with pytest.raises(refusal):
        ask(world, getattr(world, unit), getattr(world, who))
    assert not Report.objects.exists()


def test_there_is_no_summary_of_a_station(world):
    with pytest.raises(Denied):
        ask(world, world.brigade.organisation, world.county_officer)
    assert ask(world, world.county, world.county_officer).organisation == world.county


def test_a_dead_broker_does_not_break_the_request(
    world, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app._get_current_object(), "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True) as rings:
        report = ask(world)
    assert len(rings) == 1
    assert Report.objects.get().state == report.state == "queued"


def test_the_ring_names_the_report(world, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(
        current_app._get_current_object(),
        "send_task",
        lambda name, args, retry: rung.append((name, args)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        report = ask(world)
        ask(world)
    assert rung == [(make_report_now.name, [report.pk])]


# --- making ---------------------------------------------------------------------------------------


@needs_fonts
def test_the_sweep_makes_what_was_never_rung_for(world):
    report = ask(world)
    make_reports()
    report.refresh_from_db()
    assert (report.state, report.progress, report.attempts) == ("done", 100, 1)
    assert report.finished_at is not None
    content = default_storage.open(report.file.name).read()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == report.sha256
    assert report.file.name != "reports/410100-2014-summary.pdf"
    assert acts(report) == ["report.requested", "report.made"]
    make_reports()
    make_report_now(report.pk)
    assert acts(report) == ["report.requested", "report.made"]
    assert len(files()) == 1


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_mail_goes_once_to_each_active_officer_of_the_unit(world):
    second = person("second", world.prefecture, Role.PREFECTURE_OFFICER)
    Membership.objects.create(
        user=second, organisation=world.prefecture, role=Role.LEADER, active=True
    )
    person("gone", world.prefecture, Role.PREFECTURE_OFFICER, is_active=False)
    person("reader", world.prefecture, Role.LEADER)
    nameless = person("no-address", world.prefecture, Role.PREFECTURE_OFFICER)
    nameless.email = ""
    nameless.save()
    moved = person("moved", world.prefecture, Role.PREFECTURE_OFFICER)
    moved.memberships.update(active=False)
    report = ask(world)
    make_report_now(report.pk)
    make_report_now(report.pk)
    report.refresh_from_db()
    planned = Delivery.objects.filter(kind="report").order_by("pk")
    assert [(d.key, d.address) for d in planned] == [
        (f"report:{report.pk}:{user.pk}", user.email) for user in (world.prefecture_officer, second)
    ]
    assert {(d.attachment, d.attachment_name) for d in planned} == {
        (report.file.name, "410100-2014-summary.pdf")
    }
    assert report.sha256 in planned[0].text
    assert f"/reports/{report.pk}/" in planned[0].text


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_a_report_of_a_dead_worker_is_taken_up_again(world):
    report = ask(world)
    left_by_a_dead_worker(report)
    make_reports()
    report.refresh_from_db()
    assert (report.state, report.attempts) == ("done", 2)
    assert len(files()) == 1
    assert Delivery.objects.filter(kind="report").count() == 1


def test_a_report_that_is_being_made_is_left_alone(world):
    report = ask(world)
    Report.objects.filter(pk=report.pk).update(
        state="running",
        attempts=1,
        progress=45,
        claimed_at=timezone.now() - making.LEASE + timedelta(minutes=1),
    )
    make_reports()
    make_report_now(report.pk)
    report.refresh_from_db()
    assert (report.state, report.progress, report.attempts) == ("running", 45, 1)
    assert files() == []


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_a_slow_worker_that_was_taken_over_writes_nothing(world):
    report = ask(world)
    slow = making._claim(report.pk, NOW)
    Report.objects.filter(pk=report.pk).update(claimed_at=timezone.now() - LONG_AGO)
    assert making.make_report(report=report, now=NOW)
    done = Report.objects.get()
    with pytest.raises(making.Superseded):
        making._make(slow, NOW)
    with pytest.raises(making.Superseded):
        making._finish(slow, NOW, file="reports/other.pdf", sha256="0" * 64, size=1)
    making._fail(slow, "too late", NOW)
    report.refresh_from_db()
    assert (report.state, report.file.name, report.sha256) == ("done", done.file.name, done.sha256)
    assert len(files()) == 1
    assert Delivery.objects.filter(kind="report").count() == 1
    assert acts(report) == ["report.requested", "report.made"]


def test_the_third_death_is_the_last(world):
    report = ask(world)
    left_by_a_dead_worker(report, attempts=making.MOST_ATTEMPTS)
    make_reports()
    report.refresh_from_db()
    assert (report.state, report.attempts) == ("failed", 3)
    assert "3" in report.failure
    assert acts(report) == ["report.requested", "report.failed"]
    make_reports()
    assert acts(report) == ["report.requested", "report.failed"]


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_one_poisoned_report_does_not_hold_up_the_next(world):
    empty = organisation("410300", "prefecture", world.province)
    poisoned, healthy = ask(world, unit=empty), ask(world)
    make_reports()
    poisoned.refresh_from_db()
    healthy.refresh_from_db()
    assert (poisoned.state, healthy.state) == ("failed", "done")


@needs_fonts
@pytest.mark.usefixtures("quick_press")
def test_a_failure_has_a_reason_and_can_be_tried_again(world, settings, tmp_path):
    fonts = settings.NODE_MODULES
    settings.NODE_MODULES = tmp_path
    report = ask(world)
    make_reports()
    report.refresh_from_db()
    assert report.state == "failed"
    assert "Song 400" in report.failure
    assert files() == []
    assert not Delivery.objects.exists()
    make_reports()
    assert acts(report) == ["report.requested", "report.failed"]

    settings.NODE_MODULES = fonts
    retry_report(report=report, by=world.province_officer, now=NOW)
    assert (report.state, report.failure, report.attempts, report.progress) == ("queued", "", 0, 0)
    make_reports()
    report.refresh_from_db()
    assert (report.state, report.failure) == ("done", "")
    assert acts(report) == [
        "report.requested",
        "report.failed",
        "report.retried",
        "report.made",
    ]


def test_asking_again_queues_a_failed_report_again(world):
    report = ask(world)
    Report.objects.update(state="failed", failure="x", attempts=3)
    assert ask(world) == report
    report.refresh_from_db()
    assert (report.state, report.attempts, report.failure) == ("queued", 0, "")


def test_only_a_failed_report_is_tried_again(world):
    report = ask(world)
    with pytest.raises(WrongMoment):
        retry_report(report=report, by=world.province_officer, now=NOW)
    Report.objects.update(state="failed", failure="x")
    report.refresh_from_db()
    with pytest.raises(Denied):
        retry_report(report=report, by=world.leader, now=NOW)
    with pytest.raises(Http404):
        retry_report(report=report, by=world.other_prefecture_officer, now=NOW)
    assert retry_report(report=report, by=world.prefecture_officer, now=NOW).state == "queued"


class FullDisk(InMemoryStorage):
    """A storage that takes nothing more."""

    def _save(self, name, content):
        raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("quick_press")
def test_an_unforeseen_fault_is_told_without_a_traceback(world, settings, caplog):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "tests.reports.test_report_jobs.FullDisk"}
    }
    report = ask(world)
    make_reports()
    report.refresh_from_db()
    assert report.state == "failed"
    assert str(report.pk) in report.failure
    assert "space" not in report.failure
    assert "No space left" in caplog.text


def test_a_download_is_noted(world):
    report = ask(world)
    with pytest.raises(WrongMoment):
        hand_out(report=report, by=world.prefecture_officer, now=NOW)
    name = default_storage.save("reports/x.pdf", ContentFile(b"%PDF-"))
    Report.objects.update(state="done", sha256="a" * 64, file=name)
    report.refresh_from_db()
    file = hand_out(report=report, by=world.prefecture_officer, now=NOW)
    assert file.read() == b"%PDF-"
    event = AuditEvent.objects.get(act="report.downloaded")
    assert (event.user, event.values_after) == (world.prefecture_officer, {"sha256": "a" * 64})


@needs_fonts
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_file_and_one_mail(transactional_db, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    world = with_run(small_province())
    report = ask(world)
    start = Barrier(2)

    def work(_number):
        try:
            start.wait(timeout=PATIENCE)
            return making.make_report(report=report, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(work, range(2))) == [False, True]
    report.refresh_from_db()
    assert (report.state, report.attempts) == ("done", 1)
    assert len(files()) == 1
    assert Delivery.objects.filter(kind="report").count() == 1
    assert acts(report) == ["report.requested", "report.made"]
