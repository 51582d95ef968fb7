"""The pages: who gets which answer, what a failed form keeps, what a list costs."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from evaluations.models import AcceptanceCheck, Evidence, Finding, RectificationTask
from evaluations.services.evidence import attach_evidence
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, station


def url(name, *args):
    return reverse(f"evaluations:{name}", args=args)


def page_of_criteria(world, version, *values, text="problem", **more):
    """The POST of a criteria form; a value below is written with `text`."""
    data = {"version": version, **more}
    for criterion, value in zip(steps.criteria(world), values, strict=True):
        data[f"value_{criterion.pk}"] = value
        data[f"text_{criterion.pk}"] = text if value else ""
    return data


PAGES = ("commitments", "self-inspection", "findings", "check", "veto")


@pytest.mark.parametrize("name", PAGES)
def test_enrolment_pages_by_place(world, sign_in, client, name):
    address = url(name, world.brigade_enrolment.pk)
    assert client.get(address).status_code == 302
    assert sign_in(world.prefecture_officer).get(address).status_code == 200
    assert sign_in(world.sibling_county_officer).get(address).status_code == 404
    assert sign_in(world.county_assessor).get(address).status_code == 403


def test_standard_page(world, sign_in):
    response = sign_in(world.station_officer).get(url("standard"))
    assert response.status_code == 200
    assert [area.number for area in response.context["areas"]] == [1, 2]
    assert sign_in(world.auditor).get(url("standard")).status_code == 403


# --- commitments ----------------------------------------------------------------------------------


def test_commitment_is_written_changed_deleted_and_published(world, sign_in):
    client, pk = sign_in(world.station_officer), world.brigade_enrolment.pk
    area = steps.criteria(world)[0].area
    data = {
        "key": "k1",
        "area": area.pk,
        "content": "Answer in three days",
        "responsible": "Li",
        "supervision_phone": "0371-1",
    }
    for _twice in range(2):
        assert client.post(url("commitments", pk), data).status_code == 302
    row = world.brigade_enrolment.commitments.get()
    failed = client.post(url("commitment-edit", row.pk), {**data, "content": ""})
    assert failed.status_code == 200
    assert failed.context["form"].errors.keys() == {"content"}
    assert failed.context["form"]["responsible"].value() == "Li"
    client.post(url("commitment-edit", row.pk), {**data, "content": "In two days"})
    row.refresh_from_db()
    assert row.content == "In two days"
    assert client.post(url("commitment-delete", row.pk)).status_code == 302
    assert client.post(url("commitments-submit", pk)).status_code == 409
    client.post(url("commitments", pk), {**data, "key": "k2"})
    assert client.post(url("commitments-submit", pk)).status_code == 302
    assert client.post(url("commitments-review", pk), {"decision": "accept"}).status_code == 403
    client = sign_in(world.county_officer)
    row = world.brigade_enrolment.commitments.get()
    assert row.published_at is None
    refused = client.post(url("commitments-review", pk), {"decision": "return"})
    assert refused.context["review_form"].errors.keys() == {"reason"}
    assert client.post(url("commitments-review", pk), {"decision": "accept"}).status_code == 302
    row.refresh_from_db()
    assert row.published_at == NOW
    assert client.post(url("commitment-delete", row.pk)).status_code == 409


# --- evidence -------------------------------------------------------------------------------------


def test_evidence_is_served_closed(world, sign_in, files):
    row = attach_evidence(
        enrolment=world.brigade_enrolment, upload=files.jpg(), by=world.station_officer, now=NOW
    )
    address = url("evidence", row.pk)
    response = sign_in(world.county_officer).get(address)
    content = b"".join(response.streaming_content)
    assert response.headers["Content-Disposition"] == 'attachment; filename="photo.jpg"'
    assert response.headers["Content-Security-Policy"] == "sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
    assert sign_in(world.township_officer).get(address).status_code == 404
    row.file.storage.delete(row.file.name)
    gone = sign_in(world.county_officer).get(address)
    assert gone.status_code == 404
    assert "photo.jpg" in gone.content.decode()


def test_same_file_again_is_one_row(world, files):
    for _twice in range(2):
        attach_evidence(
            enrolment=world.brigade_enrolment,
            upload=files.pdf(),
            by=world.station_officer,
            now=NOW,
        )
    assert Evidence.objects.count() == 1


# --- findings and tasks ---------------------------------------------------------------------------


def test_finding_is_recorded_and_dispatched(world, sign_in):
    client, pk = sign_in(world.county_officer), world.brigade_enrolment.pk
    data = {
        "key": "k",
        "source": "complaint",
        "category": "service",
        "severity": "minor",
        "text": "nobody answers",
    }
    assert client.post(url("findings", pk), {**data, "source": "spot_check"}).status_code == 200
    for _twice in range(2):
        assert client.post(url("findings", pk), data).status_code == 302
    finding = Finding.objects.get()
    form = client.get(url("task-assign", finding.pk)).context["form"]
    assert form["due_on"].value() == date(2014, 11, 14)
    data = {"requirement": "answer", "due_on": "2014-10-24"}
    assert client.post(url("task-assign", finding.pk), data).status_code == 200
    data["due_on"] = "2014-11-14"
    assert client.post(url("task-assign", finding.pk), data).status_code == 302
    assert client.post(url("task-assign", finding.pk), data).status_code == 409
    assert client.get(url("findings", pk)).status_code == 200


def test_task_in_the_browser(world, sign_in, files):
    row = steps.task(world, world.brigade_enrolment, world.county_officer)
    own, county = sign_in(world.station_officer), sign_in(world.county_officer)
    report = {"result": "answered"}
    assert own.post(url("task-submit", row.pk), report).status_code == 409
    begun = {"owner": "Li", "measure": "a second phone"}
    assert sign_in(world.leader).post(url("task-start", row.pk), begun).status_code == 403
    assert own.post(url("task-start", row.pk), {"owner": "Li"}).status_code == 200
    assert own.post(url("task-start", row.pk), begun).status_code == 302
    without = own.post(url("task-submit", row.pk), report)
    assert without.status_code == 200
    assert without.context["result_form"].errors.keys() == {"files"}
    assert without.context["result_form"]["result"].value() == "answered"
    report["files"] = files.jpg()
    assert own.post(url("task-submit", row.pk), report).status_code == 302
    assert own.post(url("task-accept", row.pk), {"reason": "good"}).status_code == 403
    assert county.post(url("task-return", row.pk), {"reason": ""}).status_code == 200
    assert county.post(url("task-return", row.pk), {"reason": "again"}).status_code == 302
    again = own.get(url("task", row.pk)).context["start_form"].initial
    assert again == begun
    own.post(url("task-start", row.pk), again)
    assert own.post(url("task-submit", row.pk), {"result": "really"}).status_code == 302
    assert county.post(url("task-accept", row.pk), {"reason": "good"}).status_code == 302
    assert county.get(url("task", row.pk)).context["task"].state == "accepted"


def test_tasks_are_filtered_and_leave_as_a_ledger(world, sign_in):
    county = world.county_officer
    steps.task(world, world.brigade_enrolment, county, text="=cmd")
    steps.task(world, world.township_enrolment, county, text="other")
    RectificationTask.objects.filter(finding__text="other").update(due_on=date(2014, 10, 24))
    client = sign_in(county)

    def texts(query):
        page = client.get(url("tasks") + query).context["page"]
        return [row.finding.text for row in page]

    assert texts("") == ["other", "=cmd"]
    assert texts("?overdue=on") == ["other"]
    assert texts("?q=410122-1") == ["=cmd"]
    assert texts("?state=accepted") == []
    assert texts("?source=complaint") == ["other", "=cmd"]
    book = load_workbook(io.BytesIO(client.get(url("tasks-export")).content))
    rows = list(book.active.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == ["410122-2", "410122-1"]
    assert (rows[1][8].value, rows[1][8].data_type) == ("=cmd", "s")
    own = sign_in(world.station_officer)
    assert [row.finding.text for row in own.get(url("tasks")).context["page"]] == ["=cmd"]


# --- acceptance -----------------------------------------------------------------------------------


def test_check_in_the_browser(world, sign_in):
    client, pk = sign_in(world.prefecture_officer), world.brigade_enrolment.pk
    team = {"checked_on": "2014-10-20", "inspectors": ["甲", "乙"]}
    short = page_of_criteria(world, 0, "0.5", "", "", text="reason", checked_on="2014-10-26")
    failed = client.post(url("check", pk), short)
    assert failed.status_code == 200
    assert failed.context["form"].errors.keys() == {"checked_on"}
    data = page_of_criteria(world, 0, "0.5", "", "", text="reason", **team)
    assert client.post(url("check", pk), data).status_code == 302
    assert client.post(url("check-sign", pk)).status_code == 409
    assert sign_in(world.station_officer).get(url("check", pk)).status_code == 403
    data = page_of_criteria(world, 1, "0.5", "", "", text="reason", **team, rest_is_zero="on")
    assert client.post(url("check-sign", pk), data).status_code == 302
    row = AcceptanceCheck.objects.get()
    assert (row.state, row.score) == ("signed", Decimal("9.5"))
    assert [inspector.name for inspector in row.inspectors.all()] == ["甲", "乙"]
    assert client.post(url("check", pk), data).status_code == 409
    assert sign_in(world.station_officer).get(url("check", pk)).status_code == 200
    score = row.scores.get(deduction="0.5")
    assert client.post(url("finding-from-score", score.pk)).status_code == 302
    assert RectificationTask.objects.get().finding.source == "acceptance"


def test_acceptance_of_a_directly_administered_county_is_the_provinces(world, sign_in):
    pk = world.direct_brigade_enrolment.pk
    data = page_of_criteria(
        world, 0, "", "", "", checked_on="2014-10-20", inspectors=[], text="reason"
    )
    assert sign_in(world.prefecture_officer).post(url("check", pk), data).status_code == 404
    assert sign_in(world.direct_county_officer).post(url("check", pk), data).status_code == 403
    assert sign_in(world.province_officer).post(url("check", pk), data).status_code == 302


def test_list_of_checks_begins_with_ones_own(world, sign_in):
    client = sign_in(world.province_officer)

    def stations(query=""):
        return [row.station.code for row in client.get(url("checks") + query).context["page"]]

    assert stations() == ["410181-1"]
    assert len(stations("?whose=all")) == 6
    steps.signed_check(world, world.direct_brigade_enrolment, world.province_officer, "0", "0", "0")
    assert stations("?state=none") == []
    assert stations("?state=signed") == ["410181-1"]
    assert client.get(url("checks")).context["coverage"] == {"total": 1, "signed": 1}
    assert [
        row.station.code for row in sign_in(world.jiyuan_officer).get(url("checks")).context["page"]
    ] == ["419001-1"]


# --- veto -----------------------------------------------------------------------------------------


def test_veto_in_the_browser(world, sign_in):
    pk = world.brigade_enrolment.pk
    data = {"reason": "took gifts"}
    assert sign_in(world.prefecture_officer).post(url("veto", pk), data).status_code == 403
    assert sign_in(world.province_officer).post(url("veto", pk), data).status_code == 302
    row = world.brigade_enrolment.vetoes.get()
    decision = {"decision": "confirm", "reason": "proven"}
    assert (
        sign_in(world.province_officer).post(url("veto-decide", row.pk), decision).status_code
        == 403
    )
    leader = sign_in(world.leader)
    assert leader.post(url("veto-decide", row.pk), decision).status_code == 409
    reply = {"text": "not so"}
    assert sign_in(world.station_officer).post(url("veto-reply", row.pk), reply).status_code == 302
    assert leader.post(url("veto-decide", row.pk), decision).status_code == 302
    assert leader.post(url("veto-decide", row.pk), decision).status_code == 409
    assert leader.post(url("veto-lift", row.pk), {"reason": "error"}).status_code == 302
    assert leader.get(url("veto", pk)).context["rows"][0].state == "lifted"


# --- what a list costs ----------------------------------------------------------------------------


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["tasks", "tasks-export", "findings", "checks", "commitments"])
def test_lists_cost_the_same_for_one_and_three_rows(world, sign_in, name):
    enrolment, by = world.brigade_enrolment, world.county_officer
    area = steps.criteria(world)[0].area
    client = sign_in(world.prefecture_officer)
    address = url(name, *([enrolment.pk] if name in ("findings", "commitments") else []))

    def add(number):
        steps.task(world, enrolment, by, text=f"text {number}")
        enrolment.commitments.create(
            area=area,
            content="c",
            responsible="r",
            supervision="s",
            state="published",
            published_at=NOW,
        )
        if number > 1:
            unit = station(world.county, 10 + number)
            world.campaign.enrolments.create(station=unit, enrolled_at=NOW)

    add(1)
    one = queries(client, address)
    add(2)
    add(3)
    assert queries(client, address) == one


@pytest.mark.parametrize("name", ["self-inspection", "check"])
def test_criteria_pages_cost_the_same_whatever_is_attached(world, sign_in, files, name):
    enrolment = world.brigade_enrolment
    submitted = steps.submitted_inspection(world, enrolment, world.station_officer)
    check = steps.signed_check(world, enrolment, world.prefecture_officer, "0", "0", "1")
    client, address = sign_in(world.prefecture_officer), url(name, enrolment.pk)
    file = attach_evidence(
        enrolment=enrolment, upload=files.pdf(), by=world.station_officer, now=NOW
    )
    rows = [*submitted.items.all()], [*check.scores.all()]
    rows[0][0].evidence.add(file)
    rows[1][0].evidence.add(file)
    one = queries(client, address)
    for row in (*rows[0], *rows[1]):
        row.evidence.add(file)
    assert queries(client, address) == one
