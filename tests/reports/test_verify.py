"""The public page that says whether a paper is genuine and still the latest."""

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from reports.keeping import expire_files
from reports.models import Report
from reports.models.report import CODE_LETTERS, new_code
from reports.verifying import look_up
from tests.factories import NOW, at, small_province
from tests.reports.papers import with_run

FORM = reverse("verify:form")
CONTENT = b"%PDF-1.7 genuine"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def world(db, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    return with_run(small_province())


def made(world, version=1, **fields):
    return Report.objects.create(
        **{
            "key": f"k{version}",
            "series": "s",
            "version": version,
            "kind": "unit_summary",
            "campaign": world.campaign,
            "organisation": world.county,
            "run": world.run,
            "language": "zh-hans",
            "state": "done",
            "requested_by": world.county_officer,
            "requested_at": NOW,
            "finished_at": NOW,
            "sha256": DIGEST if version == 1 else "f" * 64,
            "file": default_storage.save("reports/x.pdf", ContentFile(CONTENT)),
        }
        | fields
    )


def test_by_code_the_paper_is_named_and_nobody_else(world, client):
    report = made(world)
    answer = client.get(reverse("verify:code", args=[report.code]))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["answer"].is_latest
    assert world.county.name in text
    assert DIGEST in text
    assert world.county_officer.name not in text


def test_a_code_is_read_however_it_was_typed(world):
    report = made(world)
    assert look_up(code=f" {report.spaced_code.lower()} ").report == report
    assert look_up(code=report.code[:-1]).report is None


def test_the_very_file_is_told_from_a_changed_one(world, client):
    report = made(world)
    for content, same in ((CONTENT, True), (CONTENT + b" ", False)):
        upload = SimpleUploadedFile("x.pdf", content)
        answer = client.post(FORM, {"code": report.code, "file": upload})
        assert answer.context["answer"].same_file is same


def test_a_file_is_found_without_its_code(world, client):
    report = made(world)
    answer = client.post(FORM, {"file": SimpleUploadedFile("x.pdf", CONTENT)})
    assert (answer.context["answer"].report, answer.context["answer"].same_file) == (report, True)
    answer = client.post(FORM, {"sha256": DIGEST.upper()})
    assert answer.context["answer"].report == report
    answer = client.post(FORM, {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7 forged")})
    assert (answer.status_code, answer.context["answer"].report) == (404, None)


def test_a_later_version_is_told(world, client):
    first, second = made(world), made(world, 2)
    assert not look_up(code=first.code).is_latest
    assert look_up(code=first.code).newest == second
    assert look_up(code=second.code).is_latest
    # One that is only being made replaces nothing yet.
    Report.objects.filter(pk=second.pk).update(state="running", finished_at=None)
    assert look_up(code=first.code).is_latest


def test_what_was_never_finished_is_not_vouched_for(world):
    report = made(world, state="failed", finished_at=None)
    assert look_up(code=report.code).report is None


def test_a_paper_stays_known_when_its_file_is_gone(world):
    report = made(world, kept_until=NOW.date())
    assert expire_files(now=NOW) == 0
    assert expire_files(now=at("2014-10-26 00:00")) == 1
    report.refresh_from_db()
    assert (report.state, bool(report.file)) == ("expired", False)
    assert look_up(code=report.code, digest=DIGEST).same_file is True


def test_the_page_bears_so_many_questions_and_no_more(world, client):
    report = made(world)
    address = reverse("verify:code", args=[report.code])
    statuses = {client.get(address).status_code for _question in range(60)}
    assert statuses == {200}
    assert client.get(address).status_code == 429


def test_codes_are_long_and_without_signs_that_look_alike():
    codes = {new_code() for _code in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 12 and set(code) <= set(CODE_LETTERS) for code in codes)
    assert not set("01OILU") & set(CODE_LETTERS)
