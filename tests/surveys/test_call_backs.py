"""T1: people for whom codes were drawn are called, by somebody who did not issue the codes."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from common import clock
from common.errors import Denied, Incomplete, WrongMoment
from surveys import draw, receipts
from surveys.models import Ballot, BallotFlag, CallBack
from surveys.services.batches import issue_codes
from surveys.services.call_backs import draw_call_back, note_call_back
from surveys.services.integrity import ballots_of
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import opened
from tests.surveys.test_codes import spend
from tests.surveys.test_office_pages import text_of, workbook

pytestmark = pytest.mark.django_db
PEOPLE = [f"A-{place}\t客户{place}" for place in range(60)]


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


def issued(world, people=tuple(PEOPLE), number=40):
    return issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=number,
        key=receipts.new_key(),
        by=world.county_officer,
        now=NOW,
        people=people,
    )


def called(world, batch, people=tuple(PEOPLE), size=10, by=None):
    by = by or world.prefecture_officer
    return draw_call_back(batch=batch, people=people, size=size, by=by, now=NOW)


def noted(world, row, reached=8, without_code=0, by_others=0):
    return note_call_back(
        call_back=row,
        reached=reached,
        without_code=without_code,
        by_others=by_others,
        by=world.prefecture_officer,
        now=NOW,
    )


def test_only_people_for_whom_codes_were_drawn_are_called(world):
    made = issued(world)
    sample = called(world, made.batch)
    assert len(set(sample.places)) == 10
    assert set(sample.places) <= set(made.places)
    # Whoever kept the list can repeat both drawings.
    lines = [PEOPLE[place] for place in draw.drawn(PEOPLE, 40, made.batch.seed)]
    again = {lines[place] for place in draw.drawn(lines, 10, sample.call_back.seed)}
    assert again == {PEOPLE[place] for place in sample.places}


def test_by_a_level_above_that_did_not_issue_and_with_the_same_list(world):
    batch = issued(world).batch
    for name in ("county_officer", "station_officer", "sibling_county_officer"):
        with pytest.raises(Denied):
            called(world, batch, by=getattr(world, name))
    for changes in ({"people": PEOPLE[:-1]}, {"size": 4}, {"size": 41}):
        with pytest.raises(Incomplete):
            called(world, batch, **changes)
    with pytest.raises(WrongMoment):
        called(world, issued(world, people=(), number=5).batch)
    assert not CallBack.objects.exists()
    assert called(world, batch, people=PEOPLE[::-1]).call_back.size == 10


def test_who_got_no_code_flags_the_batch_and_changes_no_ballot(world):
    made = issued(world)
    for code in made.codes[:6]:
        spend(world, code)
    first, second = (called(world, made.batch).call_back for _ in range(2))
    noted(world, first)
    assert not BallotFlag.objects.exists()
    noted(world, second, reached=8, without_code=1, by_others=1)
    flag = BallotFlag.objects.get()
    assert (flag.kind, str(flag.measured), flag.ballots) == ("call_back", "25.0", 6)
    assert ballots_of(flag).count() == 6
    assert not Ballot.objects.filter(set_aside=True).exists()
    with pytest.raises(WrongMoment):
        noted(world, second)


@pytest.mark.parametrize("numbers", [(11, 0, 0), (8, 5, 4), (0, 1, 0)])
def test_numbers_that_do_not_add_up_are_refused(world, numbers):
    row = called(world, issued(world).batch).call_back
    with pytest.raises(Incomplete):
        noted(world, row, *numbers)
    with pytest.raises(IntegrityError), transaction.atomic():
        names = ("reached", "without_code", "by_others")
        CallBack.objects.filter(pk=row.pk).update(**dict(zip(names, numbers, strict=True)))
    assert noted(world, row, 10, 5, 5).odd == 10


@pytest.mark.parametrize(("kept", "at_least", "at_most"), [(12, 190, 200), (2, 60, 110), (0, 0, 0)])
def test_how_often_ten_calls_find_a_clerk_who_keeps_codes(kept, at_least, at_most):
    """Of 40 people `kept` never got their code: 200 samples of ten, by known seeds. By the
    hypergeometric law 98.5%, 43.8% and none of them hold such a person."""
    lines = PEOPLE[:40]
    found = sum(
        any(place < kept for place in draw.drawn(lines, 10, f"seed-{turn}")) for turn in range(200)
    )
    assert at_least <= found <= at_most


def test_from_the_list_over_the_calls_to_the_flag(client, world):
    batch = issued(world).batch
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(world.county_officer)
    page, draw_page = (
        reverse(name, args=[batch.pk]) for name in ("surveys:batch", "surveys:call-back")
    )
    assert draw_page not in text_of(client.get(page))
    assert client.get(draw_page).status_code == 403
    client.force_login(world.prefecture_officer)
    assert draw_page in text_of(client.get(page))
    rows = [line.split("\t") for line in PEOPLE]
    other = workbook(["case number", "name"], *rows[:50])
    assert "not the list" in text_of(client.post(draw_page, {"size": "10", "workbook": other}))
    same = workbook(["case number", "name"], *rows)
    html = text_of(client.post(draw_page, {"size": "10", "workbook": same}))
    assert len(re.findall(r"<td>A-\d+</td>", html)) == 10
    row = CallBack.objects.get()
    note = reverse("surveys:call-back-note", args=[row.pk])
    assert note in html
    numbers = {"reached": "11", "without_code": "1", "by_others": "0"}
    wrong = text_of(client.post(note, numbers))
    assert "do not add up" in wrong
    assert 'value="11"' in wrong
    assert client.post(note, numbers | {"reached": "9"}).status_code == 302
    assert BallotFlag.objects.get().batch == batch
    html = text_of(client.get(page))
    assert "9 of 10 reached; 1 got no code" in html
    # Who was called stands nowhere.
    assert "A-1" not in html
