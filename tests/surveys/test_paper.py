"""Paper ballots: typed twice by two people, settled field by field, counted, and then forgotten."""

from datetime import date

import pytest
from django.urls import reverse

from common import clock
from common.codes import new_key
from common.errors import Denied, Incomplete, WrongMoment
from surveys.layout import layout_of
from surveys.models import Ballot, BallotBatch, PaperSheet, Questionnaire, SurveyComment
from surveys.services import paper
from tests.factories import NOW, person, small_province
from tests.surveys.survey_cast import answers, opened

pytestmark = pytest.mark.django_db
DAY = date(2014, 10, 25)


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    world.second = person("second", world.county, "county_officer")
    return world


def batch_of(world, issued=8, returned=6, **changes):
    fields = {"enrolment": world.brigade_enrolment, "note": "", "key": new_key(), "now": NOW}
    fields |= {"issued": issued, "returned": returned, "by": world.county_officer}
    return paper.open_paper_batch(**(fields | changes))


def type_all(batch, by, number=6, **changes):
    for sheet in range(1, number + 1):
        fields = {"is_void": False, "group": "society", "answers": answers(), "comment": ""}
        fields |= changes.get(f"sheet{sheet}", {})
        paper.type_sheet(batch=batch, number=sheet, by=by, now=NOW, **fields)


def found(batch):
    layout = layout_of(Questionnaire.objects.in_force(batch.campaign))
    return [
        (row.sheet, row.field, row.first, row.second) for row in paper.differences(batch, layout)
    ]


def test_two_people_one_difference_and_into_the_box(world):
    batch = batch_of(world)
    void = {"is_void": True, "group": "", "answers": {}}
    type_all(batch, world.county_officer, sheet2={"comment": "好"}, sheet6=void)
    type_all(
        batch,
        world.second,
        sheet2={"comment": " 好 "},
        sheet3={"answers": answers(q4="3"), "group": "service"},
        sheet6=void,
    )
    assert found(batch) == [(3, "group", "society", "service"), (3, "q4", "1", "3")]
    count = {"batch": batch, "day": DAY, "by": world.county_officer, "now": NOW}
    with pytest.raises(Incomplete):
        paper.count_paper(**count)
    # As on two pages that were open at once: each knows the batch as it was.
    act = {"number": 3, "by": world.county_officer, "now": NOW}
    pages = BallotBatch.objects.get(pk=batch.pk), BallotBatch.objects.get(pk=batch.pk)
    paper.repair(batch=pages[0], field="q4", take=2, **act)
    paper.repair(batch=pages[1], field="group", take=1, **act)
    assert paper.count_paper(**count) == 5
    batch.refresh_from_db()
    assert (batch.issued, batch.returned, batch.void, batch.repaired) == (8, 6, 1, 2)
    assert batch.state == "counted"
    rows = Ballot.objects.filter(batch=batch)
    assert sorted(rows.values_list("group", "answers", "channel")) == sorted(
        [("society", "11111111112", "paper")] * 4 + [("society", "11131111112", "paper")]
    )
    assert SurveyComment.objects.get().text == "好"
    # Who typed which sheet in which order is gone.
    assert not PaperSheet.objects.exists()
    with pytest.raises(WrongMoment):
        paper.count_paper(**count)


def test_nobody_types_twice_and_no_third_person_at_all(world):
    batch = batch_of(world)
    type_all(batch, world.county_officer)
    fields = {"is_void": False, "group": "society", "answers": answers(), "comment": ""}
    with pytest.raises(WrongMoment):
        paper.type_sheet(batch=batch, number=1, by=world.county_officer, now=NOW, **fields)
    with pytest.raises(Incomplete):
        paper.count_paper(batch=batch, day=DAY, by=world.county_officer, now=NOW)
    type_all(batch, world.second)
    with pytest.raises(Denied):
        paper.type_sheet(batch=batch, number=1, by=world.prefecture_officer, now=NOW, **fields)
    assert paper.count_paper(batch=batch, day=DAY, by=world.second, now=NOW) == 6


def test_more_returned_than_issued_is_void_and_the_station_has_no_part_in_it(world):
    with pytest.raises(Incomplete):
        batch_of(world, issued=5, returned=6)
    with pytest.raises(Denied):
        batch_of(world, by=world.station_officer)


def test_the_pages_from_registering_to_the_box(client, world):
    for user in (world.county_officer, world.second):
        client.force_login(user)
        if user == world.county_officer:
            page = reverse("surveys:paper", args=[world.brigade_enrolment.pk])
            sent = {"issued": "2", "returned": "1", "key": "x" * 16, "note": ""}
            address = client.post(page, sent)["Location"]
        wrong = client.post(address, {"group": "society", "q1": "9"})
        assert wrong.status_code == 200
        code = "1" if user == world.county_officer else "2"
        sheet = {f"q{number}": "1" for number in range(1, 11)} | {"q11": "2", "q5": code}
        assert client.post(address, sheet | {"group": "society"}).status_code == 302
    html = client.get(address).content.decode()
    assert html.count('name="take"') == 2
    pk = address.split("/")[-3]
    client.post(reverse("surveys:repair", args=[pk]), {"sheet": "1", "field": "q5", "take": "2"})
    client.post(reverse("surveys:count", args=[pk]), {"day": "2014-10-25"})
    assert Ballot.objects.get().answers == "11112111112"


def test_a_difference_is_shown_in_the_words_of_the_sheet(client, world):
    batch = batch_of(world, returned=1)
    type_all(batch, world.county_officer, number=1)
    other = {"answers": answers(q4="3"), "group": "service"}
    type_all(batch, world.second, number=1, sheet1=other)
    client.force_login(world.county_officer)
    page = client.get(
        reverse("surveys:type", args=[batch.pk]), headers={"accept-language": "en"}
    ).content.decode()
    for words in ("Sheet 1 · respondent group", "4. Are you satisfied", "1 Satisfied"):
        assert words in page
    assert "3 Dissatisfied" in page
    assert ">q4<" not in page
    client.post(
        reverse("surveys:repair", args=[batch.pk]), {"sheet": "1", "field": "q4", "take": "2"}
    )
    assert [field for _sheet, field, _first, _second in found(batch)] == ["group"]
