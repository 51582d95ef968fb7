"""The register: filters, kept filters, many at once, and what a list costs."""

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent
from campaign.models import Obligation, ObligationKind
from common.errors import Denied, WrongMoment
from evaluations.models import Evidence, Finding, RectificationTask, SavedFilter
from evaluations.services.bulk_tasks import dispatch_findings
from evaluations.services.findings import link_findings
from evaluations.services.postponements import ask_postponement
from evaluations.services.tasks import publish_result
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW


def url(name, *args):
    return reverse(f"evaluations:{name}", args=args)


@pytest.fixture
def three(world):
    """Two findings at the brigade and one at the township; the second is dispatched and overdue."""
    by = world.county_officer
    one = steps.finding(world, world.brigade_enrolment, by, text="one")
    task = steps.task(world, world.brigade_enrolment, by, text="two")
    RectificationTask.objects.filter(pk=task.pk).update(due_on=date(2014, 10, 24))
    three = steps.finding(world, world.township_enrolment, by, text="=three")
    Finding.objects.filter(pk=three.pk).update(
        source="meeting", severity="severe", category="thinking", area=steps.criteria(world)[2].area
    )
    return one, task.finding, three


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["=three", "two", "one"]),
        ("source=meeting", ["=three"]),
        ("area=2", ["=three"]),
        ("category=thinking", ["=three"]),
        ("severity=minor", ["two", "one"]),
        ("state=none", ["=three", "one"]),
        ("state=overdue", ["two"]),
        ("state=assigned", ["two"]),
        ("kind=township", ["=three"]),
        ("q=410122-1", ["two", "one"]),
        ("q=thre", ["=three"]),
        ("source=nonsense", ["=three", "two", "one"]),
    ],
)
def test_register_is_filtered(world, sign_in, three, query, found):
    page = sign_in(world.prefecture_officer).get(f"{url('register')}?{query}").context["page"]
    assert [row.text for row in page] == found


def test_register_shows_ones_own_area_alone(world, sign_in, three):
    own = sign_in(world.station_officer).get(url("register")).context["page"]
    assert [row.text for row in own] == ["two", "one"]
    assert list(sign_in(world.other_prefecture_officer).get(url("register")).context["page"]) == []


def test_register_leaves_as_a_workbook(world, sign_in, three):
    client = sign_in(world.county_officer)
    book = load_workbook(io.BytesIO(client.get(url("register-export") + "?source=meeting").content))
    rows = list(book.active.iter_rows(min_row=2))
    assert [(row[8].value, row[8].data_type) for row in rows] == [("=three", "s")]


def test_filter_is_kept_for_oneself_and_shared_by_its_address(world, sign_in, three):
    county = sign_in(world.county_officer)
    data = {"name": "severe", "query": "severity=severe&page=3&x=1"}
    kept = county.post(url("filter-save"), data)
    assert kept.url == f"{url('register')}?severity=severe"
    row = SavedFilter.objects.get()
    assert (row.query, row.user) == ("severity=severe", world.county_officer)
    colleague = sign_in(world.prefecture_officer)
    assert [found.text for found in colleague.get(kept.url).context["page"]] == ["=three"]
    assert list(colleague.get(url("register")).context["saved"]) == []
    assert colleague.post(url("filter-delete", row.pk)).status_code == 404
    # The same name again: replaced.
    county.post(url("filter-save"), {"name": "severe", "query": "state=none"})
    assert SavedFilter.objects.get().query == "state=none"
    assert county.post(url("filter-delete", row.pk)).status_code == 302
    assert SavedFilter.objects.count() == 0


def test_many_findings_are_dispatched_at_once(world, sign_in, three):
    one, dispatched, other = three
    client = sign_in(world.county_officer)
    chosen = {"finding": [one.pk, other.pk]}
    form = client.post(url("findings-dispatch"), chosen)
    assert (form.status_code, RectificationTask.objects.count()) == (200, 1)
    data = chosen | {"requirement": "mend it", "due_on": "2014-11-14", "to_publish": "on"}
    both = client.post(url("findings-dispatch"), data | {"finding": [one.pk, dispatched.pk]})
    assert (both.status_code, RectificationTask.objects.count()) == (409, 1)
    late = client.post(url("findings-dispatch"), data | {"due_on": "2014-10-24"})
    assert (late.status_code, late.context["form"]["requirement"].value()) == (200, "mend it")
    assert client.post(url("findings-dispatch"), data).status_code == 302
    made = RectificationTask.objects.filter(requirement="mend it")
    assert {(task.due_on, task.to_publish) for task in made} == {(date(2014, 11, 14), True)}
    owed = Obligation.objects.filter(
        kind=ObligationKind.RECTIFICATION, due_on=date(2014, 11, 14), state="open"
    )
    assert {row.organisation.code for row in owed} == {"410122-1", "410122-2"}
    assert AuditEvent.objects.filter(act="findings.dispatched").count() == 1
    own = sign_in(world.station_officer)
    assert own.post(url("findings-dispatch"), {"finding": [other.pk]}).status_code == 404


def test_dispatch_keeps_to_ones_area_and_right(world, three):
    rows = list(Finding.objects.with_all().filter(pk=three[0].pk))
    order = {"findings": rows, "requirement": "x", "due_on": date(2014, 11, 14), "now": NOW}
    for who in (world.leader, world.sibling_county_officer):
        with pytest.raises(Denied):
            dispatch_findings(by=who, **order)
    dispatch_findings(by=world.prefecture_officer, **order)
    with pytest.raises(WrongMoment):
        dispatch_findings(by=world.prefecture_officer, **order)


def test_dispatch_costs_the_same_for_one_and_three(world):
    def cost(count, text):
        rows = [
            steps.finding(world, world.brigade_enrolment, world.county_officer, text=text)
            for _ in range(count)
        ]
        rows = list(Finding.objects.with_all().filter(pk__in=[row.pk for row in rows]))
        with CaptureQueriesContext(connection) as captured:
            dispatch_findings(
                findings=rows,
                requirement="x",
                due_on=date(2014, 11, 14),
                by=world.county_officer,
                now=NOW,
            )
        return len(captured)

    assert world.county_officer.acting
    assert cost(1, "a") == cost(3, "b")


def test_chosen_findings_are_linked_and_shown(world, sign_in, three):
    one, _two, other = three
    client = sign_in(world.county_officer)
    linked = client.post(url("findings-link"), {"finding": [one.pk, other.pk], "query": "kind="})
    assert linked.status_code == 302
    assert list(client.get(url("finding", one.pk)).context["similar"]) == [other]
    # A station sees none of another one's findings.
    own = sign_in(world.station_officer)
    assert list(own.get(url("finding", one.pk)).context["similar"]) == []
    assert client.post(url("finding-unlink", one.pk, other.pk)).status_code == 302
    assert list(one.similar.all()) == []
    assert client.post(url("findings-link"), {"finding": [one.pk]}).status_code == 409


def rows_everywhere(world):
    """Everything that the lists show, at one station more."""
    by = world.county_officer
    one = steps.finding(world, world.brigade_enrolment, by, text="a")
    two = steps.task(world, world.township_enrolment, by, text="b").finding
    Finding.objects.filter(pk=one.pk).update(
        area=steps.criteria(world)[0].area, criterion=steps.criteria(world)[0]
    )
    link_findings(findings=[one, two], by=by, now=NOW)


@pytest.mark.parametrize("name", ["register", "register-export", "tasks", "tasks-export"])
def test_lists_cost_the_same_for_few_and_many_rows(world, sign_in, name):
    client = sign_in(world.prefecture_officer)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(name)).status_code == 200
        return len(captured)

    rows_everywhere(world)
    few = cost()
    rows_everywhere(world)
    rows_everywhere(world)
    assert cost() == few


# --- a task's page --------------------------------------------------------------------------------


def test_later_day_is_asked_for_and_decided_in_the_browser(world, sign_in):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    own, county = sign_in(world.station_officer), sign_in(world.county_officer)
    data = {"kind": "deferral", "reason": "no budget", "plan": "spring", "new_due_on": "2015-03-31"}
    without = own.post(url("task-postpone", task.pk), data)
    assert without.status_code == 200
    assert without.context["postpone_form"].errors.keys() == {"interim_measure"}
    assert without.context["postpone_form"]["reason"].value() == "no budget"
    data["interim_measure"] = "a sign"
    assert own.post(url("task-postpone", task.pk), data).status_code == 302
    assert own.post(url("task-postpone", task.pk), data).status_code == 409
    waiting = county.get(url("tasks") + "?waiting=later_day").context["page"]
    assert [row.pk for row in waiting] == [task.pk]
    request = task.postponements.get()
    answer = {"decision": "approve", "reason": ""}
    assert county.post(url("postponement-decide", request.pk), answer).status_code == 200
    answer["reason"] = "good"
    assert county.post(url("postponement-decide", request.pk), answer).status_code == 302
    assert own.get(url("task", task.pk)).context["task"].state == "deferred"


def test_request_is_withdrawn(world, sign_in):
    task = steps.task(world, world.brigade_enrolment, world.county_officer)
    request = ask_postponement(
        task=task,
        kind="extension",
        reason="r",
        plan="p",
        new_due_on=date(2014, 11, 7),
        by=world.station_officer,
        now=NOW,
    )
    own = sign_in(world.station_officer)
    assert own.post(url("postponement-withdraw", request.pk)).status_code == 302
    assert own.post(url("postponement-withdraw", request.pk)).status_code == 409


def test_before_and_after_stand_side_by_side(world, sign_in, files):
    county = sign_in(world.county_officer)
    data = {
        "key": "k",
        "source": "complaint",
        "category": "service",
        "severity": "minor",
        "text": "dirty hall",
        "files": files.jpg("before.jpg"),
    }
    assert county.post(url("findings", world.brigade_enrolment.pk), data).status_code == 302
    finding = Finding.objects.get()
    order = {"requirement": "clean it", "owner": "Li", "due_on": "2014-11-14"}
    county.post(url("task-assign", finding.pk), order)
    task = finding.task
    own = sign_in(world.station_officer)
    own.post(url("task-start", task.pk), {"owner": "Li", "measure": "clean"})
    own.post(url("task-submit", task.pk), {"result": "clean", "files": files.jpg("after.jpg")})
    page = county.get(url("task", task.pk))
    assert [file.name for file in page.context["before"]] == ["before.jpg"]
    assert [file.name for file in page.context["evidence"]] == ["after.jpg"]
    pictures = [url("evidence", file.pk) for file in Evidence.objects.all()]
    assert all(f'<img src="{address}"' in page.content.decode() for address in pictures)


def test_result_is_published_for_everybody_and_taken_off(world, sign_in, client, files):
    task = steps.submitted_task(
        world,
        world.brigade_enrolment,
        world.county_officer,
        world.station_officer,
        files.jpg(),
    )
    county = sign_in(world.county_officer)
    text = {"text": "The telephone is answered."}
    assert county.post(url("task-publish", task.pk), text).status_code == 409
    county.post(url("task-accept", task.pk), {"reason": "good"})
    assert county.post(url("task-publish", task.pk), {"text": ""}).status_code == 200
    assert county.post(url("task-publish", task.pk), text).status_code == 302
    public = url("results", "410122-1")
    shown = client.get(public).content.decode()
    assert "The telephone is answered." in shown
    # The finding's own words, which may name somebody, stay inside.
    assert task.finding.text not in shown
    assert county.post(url("task-withdraw", task.pk), {"reason": "a name"}).status_code == 302
    assert "The telephone" not in client.get(public).content.decode()
    assert client.get(url("results", "nobody")).status_code == 404


def test_reopened_in_the_browser(world, sign_in, files):
    task = steps.submitted_task(
        world, world.brigade_enrolment, world.county_officer, world.station_officer, files.jpg()
    )
    county = sign_in(world.county_officer)
    county.post(url("task-accept", task.pk), {"reason": "good"})
    publish_result(task=RectificationTask.objects.get(), text="x", by=world.county_officer, now=NOW)
    data = {"reason": "again", "due_on": "2014-10-24"}
    assert county.post(url("task-reopen", task.pk), data).status_code == 200
    data["due_on"] = "2014-11-03"
    assert county.post(url("task-reopen", task.pk), data).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.due_on, task.reopened) == ("assigned", date(2014, 11, 3), 1)


def test_days_are_set_in_the_browser(world, sign_in):
    client = sign_in(world.province_admin)
    page = client.get(url("rectification-days"))
    days = dict(page.context["form"].initial)
    assert days["working_days"] == 15
    data = {
        "working_days": 10,
        "extension_days": 5,
        "escalation_days": 7,
        "supervision_days": 0,
    }
    assert client.post(url("rectification-days"), data).status_code == 200
    data["supervision_days"] = 2
    assert client.post(url("rectification-days"), data).status_code == 302
    finding = steps.finding(world, world.brigade_enrolment, world.county_officer)
    form = sign_in(world.county_officer).get(url("task-assign", finding.pk)).context["form"]
    # Ten working days from Saturday 25 October.
    assert form["due_on"].value() == date(2014, 11, 7)
