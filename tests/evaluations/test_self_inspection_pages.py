"""Self-inspection in the browser: what was typed is never lost, two editors see both values."""

import io
from decimal import Decimal

from evaluations.models import Evidence, Finding, RectificationTask, SelfInspection
from tests.evaluations import evaluation_steps as steps
from tests.evaluations.test_evaluation_pages import url


def typed(criterion, value, text="", seen="", **more):
    """The fields of one criterion as a browser sends them."""
    fields = {"value": value, "text": text, "page": "", "seen": seen, **more}
    return {f"{name}_{criterion.pk}": entry for name, entry in fields.items()}


def test_self_inspection_in_the_browser(world, sign_in, files):
    client, pk = sign_in(world.station_officer), world.brigade_enrolment.pk
    first, second, third = steps.criteria(world)
    area = url("self-inspection-area", pk, 1)
    data = typed(first, "2.5", "problem", files=[files.jpg(), files.pdf()])
    assert client.post(area, data | typed(second, "")).status_code == 302
    page = client.get(area)
    assert (page.context["answered"], page.context["total"]) == (1, 3)
    line = page.context["lines"][0]
    assert sorted(row.name for row in line.item.evidence.all()) == ["photo.jpg", "report.pdf"]
    assert client.post(url("self-inspection-submit", pk)).status_code == 409
    # Continue: the next area, and the overview after the last.
    after = client.post(area, typed(second, "2") | {"next": "1"})
    assert after.url == url("self-inspection-area", pk, 2)
    after = client.post(after.url, typed(third, "5") | {"next": "1"})
    assert after.url == url("self-inspection", pk)
    overview = client.get(after.url)
    assert (overview.context["answered"], overview.context["gaps"]) == (3, [])
    assert client.post(url("self-inspection-submit", pk)).status_code == 302
    row = SelfInspection.objects.get()
    assert (row.state, row.score) == ("submitted", Decimal("9.5"))
    assert client.post(area, data).status_code == 409
    assert client.get(url("self-inspection-print", pk)).status_code == 200
    assert client.get(url("self-inspection-area", pk, 9)).status_code == 409


def test_area_that_does_not_exist(world, sign_in):
    client, pk = sign_in(world.station_officer), world.brigade_enrolment.pk
    assert client.get(url("self-inspection-area", pk, 9)).status_code == 404
    assert client.get(url("self-inspection-area", pk, 2)).status_code == 200


def test_faulty_criterion_keeps_what_was_typed_and_holds_up_no_other(world, sign_in, files):
    client, pk = sign_in(world.station_officer), world.brigade_enrolment.pk
    first, second, _third = steps.criteria(world)
    bad = files.pdf("page.html")
    bad.file, bad.size = io.BytesIO(b"<html><script>alert(1)</script>"), 31
    data = typed(first, "3.5", "typed text", files=bad) | typed(second, "1", "good")
    response = client.post(url("self-inspection-area", pk, 1), data)
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors.keys() == {f"value_{first.pk}", f"files_{first.pk}"}
    assert form[f"text_{first.pk}"].value() == "typed text"
    rows = SelfInspection.objects.get().items.order_by("criterion__position")
    assert [row.self_score for row in rows] == [None, Decimal(1), None]


def test_two_editors_see_both_values(world, sign_in):
    pk = world.brigade_enrolment.pk
    first, second, _third = steps.criteria(world)
    area = url("self-inspection-area", pk, 1)
    station, county = sign_in(world.station_officer), sign_in(world.county_officer)
    lines = county.get(area).context["lines"]
    seen = {line.criterion: line.seen for line in lines}
    station.post(area, typed(first, "2", "theirs", seen[first]))
    answer = county.post(
        area, typed(first, "1", "mine", seen[first]) | typed(second, "2", "", seen[second])
    )
    assert answer.status_code == 409
    line = answer.context["lines"][0]
    assert (line.theirs.remark, line.text.value()) == ("theirs", "mine")
    assert "theirs" in answer.content.decode()
    rows = SelfInspection.objects.get().items.order_by("criterion__position")
    assert [row.remark for row in rows][:1] == ["theirs"]
    assert rows[1].self_score == 2
    # Saving the page that shows both is a decision.
    assert county.post(area, typed(first, "1", "mine", line.seen)).status_code == 302
    assert rows.get(criterion=first).remark == "mine"


def test_autosave_acknowledges_each_criterion(world, sign_in, files):
    client, pk = sign_in(world.station_officer), world.brigade_enrolment.pk
    first, second, third = steps.criteria(world)
    address = url("self-inspection-autosave", pk)
    empty = client.get(url("self-inspection-area", pk, 1)).context["lines"][0].seen
    sent = typed(first, "2", "a", empty) | typed(second, "9", "", empty)
    answer = client.post(address, sent)
    assert answer.status_code == 200
    body = answer.json()
    states = {key: row["state"] for key, row in body["criteria"].items()}
    assert states == {str(first.pk): "saved", str(second.pk): "error"}
    assert (body["answered"], body["total"]) == (1, 3)
    # Sent again after an answer that was lost on its way: nothing changes, nothing collides.
    assert client.post(address, sent).status_code == 200
    assert SelfInspection.objects.get().items.get(criterion=first).remark == "a"
    other = sign_in(world.county_officer).post(address, typed(first, "1", "b", empty))
    assert other.status_code == 409
    theirs = other.json()["criteria"][str(first.pk)]["theirs"]
    assert theirs == {"value": "2.0", "text": "a", "page": "", "by": "station_officer"}
    photo = client.post(address, typed(third, "", "", empty, files=files.jpg())).json()
    assert [row["name"] for row in photo["criteria"][str(third.pk)]["files"]] == ["photo.jpg"]
    assert sign_in(world.township_officer).post(address, sent).status_code == 404
    assert sign_in(world.prefecture_officer).post(address, sent).status_code == 403


def test_file_of_a_draft_is_removed_without_losing_what_was_typed(world, sign_in, files):
    client, pk = sign_in(world.station_officer), world.brigade_enrolment.pk
    first = steps.criteria(world)[0]
    area = url("self-inspection-area", pk, 1)
    client.post(area, typed(first, "2", "a", files=files.jpg()))
    line = client.get(area).context["lines"][0]
    file = line.item.evidence.get()
    client.post(area, typed(first, "2", "changed", line.seen) | {"remove": file.pk})
    assert Evidence.objects.count() == 0
    assert SelfInspection.objects.get().items.get(criterion=first).remark == "changed"


def test_self_inspection_review(world, sign_in):
    enrolment = world.brigade_enrolment
    steps.submitted_inspection(world, enrolment, world.station_officer)
    address = url("self-inspection-review", enrolment.pk)
    data = {"decision": "return", "reason": "thin"}
    assert sign_in(world.station_officer).post(address, data).status_code == 403
    county = sign_in(world.county_officer)
    without = county.post(address, {"decision": "return", "reason": ""})
    assert without.status_code == 200
    assert list(without.context["review_form"].errors) == ["reason"]
    assert county.post(address, {"reason": "thin"}).status_code == 400
    assert county.post(address, data).status_code == 302
    assert SelfInspection.objects.get().state == "returned"
    assert county.post(address, data).status_code == 409


def test_problem_found_becomes_a_task(world, sign_in):
    row = steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    short = row.items.get(remark="problem")
    client = sign_in(world.station_officer)
    for _twice in range(2):
        assert client.post(url("finding-from-item", short.pk)).status_code == 302
    assert (Finding.objects.count(), RectificationTask.objects.count()) == (1, 1)
    assert (
        sign_in(world.township_officer).post(url("finding-from-item", short.pk)).status_code == 404
    )
