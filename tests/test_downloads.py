"""Every file leaves the portal by one way, with headers under which no browser runs it."""

import io

import pytest
from django.db import connection
from django.http import FileResponse, HttpResponse
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent
from common.downloads import hand_out
from common.sheet_templates import template_response
from common.sheets import Column
from common.workbook import CONTENT_TYPE
from tests.access_matrix import COLUMNS
from tests.books import faults_of_book
from tests.matrix_world import TARGETS
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

pytestmark = pytest.mark.one_database

# What is no page and no file either: the portal's own text, made for a program or a picture tag.
OWN = {
    "portal:healthz": "text/plain",
    "surveys:qr": "image/svg+xml",
    "campaign:feed": "text/calendar; charset=utf-8",
    "evaluations:onsite-manifest": "application/manifest+json",
    "evaluations:onsite-worker": "text/javascript",
    "evaluations:onsite-session": "application/json",
    "evaluations:onsite-bundle": "application/json",
    "evaluations:self-inspection-autosave": "application/json",
}
# Single files that people open again and again: an event for each reader and day.
TAKEN = {
    "campaign:notice-file": ("notice-file", "notice_file.downloaded"),
    "campaign:submission-file": ("plan-file", "submission_file.downloaded"),
    "evaluations:evidence": ("evidence", "evidence.downloaded"),
    "scoring:daily-file": ("daily-score", "daily_file.downloaded"),
}
# Every address that hands out a file: uploaded by people, reports, workbooks, archives.
FILES = {
    "accounts:archive",
    "accounts:audit-export",
    "accounts:people-template",
    "campaign:notice-file",
    "campaign:submission-file",
    "deliveries:attachment",
    "evaluations:acceptance-export",
    "evaluations:draw-protocol",
    "evaluations:evidence",
    "evaluations:meeting-minutes",
    "evaluations:opinion-file",
    "evaluations:opinions-export",
    "evaluations:opinions-template",
    "evaluations:register-export",
    "evaluations:standard-export",
    "evaluations:standard-template",
    "evaluations:tasks-export",
    "reports:download",
    "reports:link",
    "reports:slips",
    "scoring:daily-file",
    "scoring:daily-template",
    "scoring:past-template",
    "scoring:ranking-export",
    "stations:export",
    "stations:import-template",
    "surveys:import-template",
    "surveys:people-template",
}
# Pages that show personal data of somebody, and what is noted of reading them.
NOTED = {
    "accounts:people": "users.viewed",
    "accounts:person": "user.viewed",
    "deliveries:detail": "delivery.read",
    **{name: act for name, (_target, act) in TAKEN.items()},
}
INTO_TRAIL = 'INSERT INTO "accounts_auditevent"'
PAGE = "text/html; charset=utf-8"


def faults_of_file(response):
    """What is missing at an answer that is not a page."""
    found = []
    if not response.get("Content-Disposition", "").startswith("attachment"):
        found.append("shown in place")
    if response.get("Content-Security-Policy") != "sandbox":
        found.append("not sandboxed")
    if response.get("X-Content-Type-Options") != "nosniff":
        found.append("type guessed")
    if "no-store" not in response.get("Cache-Control", ""):
        found.append("kept by proxies")
    return found


def tells_nothing(response) -> bool:
    """True for a workbook to be filled in, whose first sheet holds its headings only."""
    if not response["Content-Type"].endswith("spreadsheetml.sheet"):
        return False
    book = load_workbook(io.BytesIO(response.content))
    return book.worksheets[0].max_row == 1


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_every_file_of_the_matrix_leaves_by_the_protected_way_and_an_event(world):
    files, wrong, told, untold = set(), {}, {}, set()
    for line in LINES:
        reader = next((column for column in COLUMNS if line.expected[column] == 200), None)
        if line.method not in ("GET", "POST") or reader is None:
            continue
        args, data = TARGETS[line.target](world)
        with CaptureQueriesContext(connection) as queries:
            response = world.visitors.ask(
                reader, line.method, reverse(line.url_name, args=args), data
            )
        events = "".join(query["sql"] for query in queries if INTO_TRAIL in query["sql"])
        told[line.url_name] = told.get(line.url_name, "") + events
        kind = response["Content-Type"]
        if kind == PAGE:
            faults = ["a page that is a download"] if "Content-Disposition" in response else []
        elif line.url_name in OWN:
            faults = [] if kind == OWN[line.url_name] else [kind]
            faults += [] if response["X-Content-Type-Options"] == "nosniff" else ["type guessed"]
        else:
            files.add(line.url_name)
            faults = faults_of_file(response)
            if kind == CONTENT_TYPE:
                faults += faults_of_book(response.getvalue())
            if not events and not tells_nothing(response):
                untold.add(line.url_name)
        if faults:
            wrong[line.url_name] = faults
    assert not wrong
    assert not untold
    assert {name: act for name, act in NOTED.items() if act not in told[name]} == {}
    assert files == FILES


def test_a_file_handed_out_another_way_is_seen():
    """The negative control."""
    assert faults_of_file(hand_out(b"<script>", name="x.html", content_type="text/html")) == []
    bare = HttpResponse(b"%PDF-", content_type="application/pdf")
    assert len(faults_of_file(bare)) == 4
    assert "not sandboxed" in faults_of_file(FileResponse(b"", as_attachment=True, filename="x"))


def test_a_workbook_with_rows_is_not_taken_for_an_empty_one():
    """The negative control of the silence of templates."""
    columns = (Column("code", "代码"),)
    empty = template_response("x.xlsx", title="x", columns=columns)
    filled = template_response("x.xlsx", title="x", columns=columns, rows=[{"code": "1"}])
    assert [tells_nothing(empty), tells_nothing(filled)] == [True, False]
    assert not tells_nothing(hand_out(b"%PDF-", name="x.pdf"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", TAKEN)
@override_settings(**DEMONSTRATION)
def test_a_file_taken_is_told_once_for_each_person_and_day(client, world, name):
    target, act = TAKEN[name]
    address = reverse(name, args=TARGETS[target](world)[0])

    def ask(reader):
        client.force_login(reader)
        with CaptureQueriesContext(connection) as queries:
            status = client.get(address).status_code
        return status, sum(INTO_TRAIL in query["sql"] for query in queries)

    def told():
        events = AuditEvent.objects.filter(act=act).order_by("pk")
        return [event.user for event in events.select_related("user")]

    county, prefecture = world.county_officer, world.prefecture_officer
    assert [ask(county), ask(county)] == [(200, 1), (200, 0)]
    # Who may not read it leaves nothing; another reader, a line of their own.
    assert ask(world.system_admin)[0] in (403, 404)
    assert told() == [county]
    assert ask(prefecture)[0] == 200
    assert told() == [county, prefecture]
    with override_settings(PORTAL_TODAY="2014-10-26"):
        assert ask(county)[0] == 200
    assert told() == [county, prefecture, county]


def test_names_and_bytes_arrive_whole():
    response = hand_out(b"x", name='整改"后.jpg', content_type="image/jpeg")
    assert response.content == b"x"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%95%B4")
