"""One-time codes: issued above the station, kept as hashes, spent once, never more than issued."""

import os
import re

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEvent
from common import clock
from common.errors import Denied, Incomplete, WrongMoment
from surveys import codes, draw, guards, receipts
from surveys.models import Ballot, BallotBatch, Invitation
from surveys.services.ballots import cast_ballot
from surveys.services.batches import close_batch, hand_out, issue_codes, void_codes
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import answers, opened, posted
from tests.threads import together

pytestmark = pytest.mark.django_db
PAGE = "/s/code/?lang=en"
# PORTAL_DRILL=full: the goal's size, some minutes long.
CODES, PHONES = (500, 12) if os.environ.get("PORTAL_DRILL") == "full" else (8, 6)


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    guards.install(connection)
    world = small_province()
    opened(world)
    return world


def issue(world, number=6, group="service", **changes):
    fields = {
        "enrolment": world.brigade_enrolment,
        "group": group,
        "number": number,
        "key": receipts.new_key(),
        "by": world.county_officer,
        "now": NOW,
    }
    return issue_codes(**(fields | changes))


def spend(world, code, key=None, **changes):
    fields = {
        "enrolment": world.brigade_enrolment,
        "group": "",
        "answers": answers(),
        "comment": "",
        "channel": "code",
        "key": key or receipts.new_key(),
        "code": code,
        "now": NOW,
    }
    return cast_ballot(**(fields | changes))


def text_of(response):
    return response.content.decode()


# --- issuing -------------------------------------------------------------------------------------


def test_codes_are_nowhere_but_in_the_answer(world):
    issued = issue(world)
    assert len(set(issued.codes)) == 6
    assert all(codes.cleaned(code) == code and len(code) == 12 for code in issued.codes)
    stored = {row.code_digest for row in Invitation.objects.all()}
    assert stored == {codes.code_digest(code) for code in issued.codes}
    everything = str([list(m.objects.values()) for m in (BallotBatch, Invitation, AuditEvent)])
    assert not any(code in everything for code in issued.codes)
    assert str(issued.batch) == "2014-0001"
    assert str(issue(world).batch) == "2014-0002"


@pytest.mark.parametrize(
    "name", ["station_officer", "prefecture_assessor", "auditor", "leader", "system_admin"]
)
def test_never_by_the_station_that_is_judged(world, name):
    with pytest.raises(Denied):
        issue(world, by=getattr(world, name))
    for above in (world.county_officer, world.prefecture_officer, world.province_officer):
        issue(world, by=above)


def test_a_batch_has_five_codes_or_more_and_a_known_group_and_one_form(world):
    with pytest.raises(Incomplete):
        issue(world, number=4)
    with pytest.raises(Incomplete):
        issue(world, group="nobody")
    key = receipts.new_key()
    issue(world, number=5, key=key)
    with pytest.raises(WrongMoment):
        issue(world, number=5, key=key)
    with pytest.raises(WrongMoment):
        issue(world, now=at("2014-12-01 00:00"))
    assert Invitation.objects.count() == 5


def test_a_drawing_can_be_repeated_from_the_same_list(world):
    people = [f"{number}\t客户{number}" for number in range(50)]
    issued = issue(world, number=10, people=people)
    batch = issued.batch
    assert (batch.frame_size, len(issued.places)) == (50, 10)
    assert batch.frame_digest == draw.frame_digest(reversed(people))
    assert draw.drawn(people, 10, batch.seed) == issued.places
    moved = people[20:] + people[:20]
    assert {moved[i] for i in draw.drawn(moved, 10, batch.seed)} == {
        people[i] for i in issued.places
    }
    assert draw.drawn(people, 10, "another") != issued.places
    assert "客户" not in str(list(BallotBatch.objects.values()))
    with pytest.raises(Incomplete):
        issue(world, number=51, people=people)
    with pytest.raises(Incomplete):
        issue(world, number=5, people=[*people, people[0]])


def test_every_line_has_the_same_chance():
    """2,000 drawings of 5 from 20: each line expects 500, standard deviation 19.4."""
    lines, hits = [str(n) for n in range(20)], [0] * 20
    for seed in range(2_000):
        for place in draw.drawn(lines, 5, str(seed)):
            hits[place] += 1
    assert sum(hits) == 10_000
    assert all(abs(count - 500) < 97 for count in hits)  # five standard deviations


# --- spending ------------------------------------------------------------------------------------


def test_a_code_gives_one_ballot_in_its_group(world):
    issued = issue(world, group="supervisor")
    key = receipts.new_key()
    receipt = spend(world, issued.codes[0], key=key, group="service")
    ballot = Ballot.objects.get()
    assert (ballot.group, ballot.channel, ballot.batch) == ("supervisor", "code", issued.batch)
    # The same form again gets its receipt, another one nothing, with the same words as an unknown.
    assert spend(world, issued.codes[0], key=key) == receipt
    refusals = []
    for code in (issued.codes[0], codes.new_code(), None):
        with pytest.raises(WrongMoment) as refusal:
            spend(world, code)
        refusals.append(refusal.value.reason)
    assert len(set(refusals)) == 1
    assert Ballot.objects.count() == 1
    with pytest.raises(WrongMoment):
        spend(world, issued.codes[1], enrolment=world.township_enrolment)
    assert Invitation.objects.filter(state="used").count() == 1


def test_a_ballot_that_fails_leaves_its_code_unspent(world):
    issued = issue(world, group="")
    with pytest.raises(Incomplete):
        spend(world, issued.codes[0], group="")
    assert not Invitation.objects.filter(state="used").exists()
    # Nor does a second code fall to a form that has its ballot already.
    key = receipts.new_key()
    spend(world, issued.codes[0], key=key, group="service")
    spend(world, issued.codes[1], key=key, group="service")
    assert Invitation.objects.filter(state="used").count() == Ballot.objects.count() == 1


@pytest.mark.parametrize("vendor_rule", ["one more ballot", "shrinking the batch", "moving one"])
def test_the_database_refuses_more_ballots_than_were_issued(world, vendor_rule):
    issued = issue(world, number=5)
    for code in issued.codes:
        spend(world, code)
    model = Ballot.objects.filter(batch=issued.batch).first()
    one_more = {
        field.attname: getattr(model, field.attname) for field in Ballot._meta.concrete_fields
    } | {"id": 7, "key_digest": "0" * 32}
    acts = {
        "one more ballot": lambda: Ballot.objects.create(**one_more),
        "shrinking the batch": lambda: BallotBatch.objects.update(void=1),
        "moving one": lambda: Ballot.objects.filter(pk=model.pk).update(batch=issue(world).batch),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        acts[vendor_rule]()
    assert Ballot.objects.filter(batch=issued.batch).count() == 5
    # The same row without a batch is fine: it is the batch that is full.
    Ballot.objects.create(**(one_more | {"batch_id": None, "channel": "open"}))


@pytest.mark.django_db(transaction=True)
def test_one_code_one_ballot_for_many_phones_at_once(world):
    """G2. The control looks first and writes then."""
    issued = issue(world, number=CODES)

    def try_it(code):
        try:
            return spend(world, code)
        except WrongMoment:
            return None

    for code in issued.codes:
        got = together([lambda code=code: try_it(code)] * PHONES)
        assert sum(receipt is not None for receipt in got) == 1
    assert Ballot.objects.filter(batch=issued.batch).count() == CODES


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_writing_then_would_count_a_code_twice(world):
    """The negative control of the test above."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's writers queue, so that even the careless way is right there")
    issued = issue(world, number=8)

    def carelessly(code):
        invitation = Invitation.objects.get(code_digest=codes.code_digest(code))
        if invitation.state == "used":
            return 0
        Invitation.objects.filter(pk=invitation.pk).update(state="used")
        return 1

    got = [sum(together([lambda code=code: carelessly(code)] * 6)) for code in issued.codes]
    assert max(got) > 1


# --- custody -------------------------------------------------------------------------------------


def test_custody_adds_up_or_is_refused(world):
    issued = issue(world, number=10)
    batch, by = issued.batch, world.county_officer
    hand_out(batch=batch, number=8, to="服务大厅", by=by, now=NOW)
    with pytest.raises(Incomplete):
        hand_out(batch=batch, number=3, to="服务大厅", by=by, now=NOW)
    spend(world, issued.codes[0])
    back = [receipts.grouped(code).lower() for code in issued.codes[:3]]
    # One of the three was used: it is passed over, and nobody learns which.
    void = {"batch": batch, "by": by, "now": NOW, "reason": "未发出", "returned": True}
    assert void_codes(typed=back, **void) == 2
    batch.refresh_from_db()
    assert (batch.handed_out, batch.returned, batch.void) == (8, 2, 2)
    with pytest.raises(WrongMoment):
        spend(world, issued.codes[1])
    with pytest.raises(Incomplete):
        void_codes(typed=[codes.new_code()], **void)
    close_batch(batch=batch, reason="丢失", by=by, now=NOW)
    with pytest.raises(WrongMoment):
        spend(world, issued.codes[5])
    acts = AuditEvent.objects.filter(target_type="surveys.ballotbatch").order_by("pk")
    assert [event.act for event in acts] == [
        "batch.issued",
        "batch.handed_out",
        "batch.voided",
        "batch.closed",
    ]


# --- the page ------------------------------------------------------------------------------------


def test_from_the_code_over_the_form_into_the_box(client, world):
    issued = issue(world)
    typed = receipts.grouped(issued.codes[0]).lower().replace("0", "o")
    form = client.post(PAGE, {"code": typed})
    html = text_of(form)
    assert "Unit 410122-1" in html
    assert 'name="group"' not in html
    assert "Regulated enterprises and service users" in html
    key = re.search(r'name="key" value="([^"]+)"', html)[1]
    fields = posted("review", key=key, group=None) | {"code": typed}
    review = client.post(PAGE, fields)
    assert f'name="code" value="{issued.codes[0]}"' in text_of(review)
    thanks = client.post(PAGE, fields | {"step": "send"})
    assert "Thank you" in text_of(thanks)
    assert issued.codes[0] not in text_of(thanks)
    assert Ballot.objects.get().channel == "code"
    # Sent again by the same form: the receipt. By any other: as if it had never been.
    assert "received already" in text_of(client.post(PAGE, fields | {"step": "send"}))
    used = client.post(PAGE, {"code": issued.codes[0]})
    unknown = client.post(PAGE, {"code": codes.new_code()})
    assert used.status_code == unknown.status_code == 409
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    assert token.sub("", text_of(used)) == token.sub("", text_of(unknown))
    assert set(client.cookies) == {"csrftoken"}


def test_used_and_unknown_codes_cost_the_same_queries(client, world, django_assert_num_queries):
    issued = issue(world)
    spend(world, issued.codes[0])
    client.post(PAGE, {"code": codes.new_code()})
    for extra in ({}, {"key": receipts.new_key()}):
        for code in (issued.codes[0], codes.new_code()):
            with django_assert_num_queries(3 + len(extra)):  # the code, and a limit of two queries
                client.post(PAGE, {"code": code} | extra)


def test_a_mistyped_code_is_found_without_asking_the_database(
    client, world, django_assert_num_queries
):
    code = issue(world).codes[0]
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    client.post(PAGE, {"code": wrong})
    with django_assert_num_queries(0):
        response = client.post(PAGE, {"code": wrong})
    assert "not a whole code" in text_of(response)


def test_guessing_is_stopped_and_a_hall_is_not(client, world):
    issued = issue(world, number=60)
    for code in issued.codes:
        assert client.post(PAGE, {"code": code}).status_code == 200
    statuses = [client.post(PAGE, {"code": codes.new_code()}).status_code for _ in range(52)]
    assert statuses == [409] * 50 + [429] * 2


@pytest.mark.one_database
def test_a_million_guesses_hit_nothing():
    """T2, at the checker: 254,000 live codes among 2⁵⁵."""
    live = {codes.new_code() for _ in range(254_000)}
    assert len(live) == 254_000
    assert not any(codes.new_code() in live for _ in range(1_000_000))
    letters = {letter for code in live for letter in code}
    assert letters == set(receipts.ALPHABET)


def test_the_code_is_never_in_an_address(client, world):
    code = issue(world).codes[0]
    assert client.get(f"/s/code/?code={code}").status_code == 200
    assert code not in text_of(client.get(f"/s/code/?code={code}"))
    form = client.post(PAGE, {"code": code})
    assert not re.search(rf'(?:href|action|formaction)="[^"]*{code}', text_of(form))
