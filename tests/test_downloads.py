"""Every file leaves the portal by one way, with headers under which no browser runs it."""

import pytest
from django.db import connection
from django.http import FileResponse, HttpResponse
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.downloads import hand_out
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
}
# Files that leave no event: empty templates, and the single paper behind a row that those in whose
# area it lies work with every day.
UNTOLD = {
    "campaign:notice-file",
    "campaign:submission-file",
    "scoring:daily-file",
}
# Pages that show personal data of somebody, and what is noted of reading them.
NOTED = {
    "accounts:people": "users.viewed",
    "accounts:person": "user.viewed",
    "deliveries:detail": "delivery.read",
    "evaluations:evidence": "evidence.downloaded",
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


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_every_file_of_the_matrix_leaves_by_the_protected_way_and_an_event(world):
    files, wrong, told = set(), {}, {}
    for line in LINES:
        reader = next((column for column in COLUMNS if line.expected[column] == 200), None)
        if line.method != "GET" or reader is None:
            continue
        args, _data = TARGETS[line.target](world)
        with CaptureQueriesContext(connection) as queries:
            response = world.visitors.ask(reader, "GET", reverse(line.url_name, args=args))
        told[line.url_name] = "".join(
            query["sql"] for query in queries if INTO_TRAIL in query["sql"]
        )
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
        if faults:
            wrong[line.url_name] = faults
    assert not wrong
    untold = {name for name in files if not told[name] and not name.endswith("-template")}
    assert untold == UNTOLD
    assert {name: act for name, act in NOTED.items() if act not in told[name]} == {}
    # The rule above was put to files of every kind: what people uploaded, reports, workbooks.
    assert files >= {
        "accounts:archive",
        "accounts:audit-export",
        "campaign:submission-file",
        "deliveries:attachment",
        "evaluations:evidence",
        "evaluations:opinion-file",
        "evaluations:draw-protocol",
        "evaluations:register-export",
        "reports:download",
        "scoring:daily-file",
        "stations:export",
    }, files


def test_a_file_handed_out_another_way_is_seen():
    """The negative control."""
    assert faults_of_file(hand_out(b"<script>", name="x.html", content_type="text/html")) == []
    bare = HttpResponse(b"%PDF-", content_type="application/pdf")
    assert len(faults_of_file(bare)) == 4
    assert "not sandboxed" in faults_of_file(FileResponse(b"", as_attachment=True, filename="x"))


def test_names_and_bytes_arrive_whole():
    response = hand_out(b"x", name='整改"后.jpg', content_type="image/jpeg")
    assert response.content == b"x"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%95%B4")
