"""G5: what somebody with the whole database could join, before and after mixing.

The attack knows which code was used in which turn (the attacker watches the codes table) and tries
to find each one's ballot by everything that rows carry.
"""

import random

import pytest
from django.db import connection

from accounts.vouching import changed_rows
from common import clock
from surveys import codes, receipts
from surveys.models import Ballot, Invitation, Receipt, SurveyComment
from surveys.services.ballots import cast_ballot
from surveys.services.batches import issue_codes
from surveys.services.comments import show_comment
from surveys.services.mixing import mix_if_due
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import answers, opened

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = 60
# Links found by pure chance: of 60 wrong guesses among 60, one hits on average (Poisson, 99.9%).
BY_CHANCE = 6


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


def answered(world, rounds=1):
    """Codes answered in an order by chance; (code digest, packed answers, comment) of each. Every
    ballot is another one, so that a link can be proved."""
    chance = random.Random(7)
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=NUMBER,
        key=receipts.new_key(),
        by=world.county_officer,
        now=NOW,
    )
    order = issued.codes[:]
    chance.shuffle(order)
    truth = []
    for place, code in enumerate(order):
        sheet = {number: chance.choice("123") for number in range(1, 11)} | {11: "2"}
        cast_ballot(
            enrolment=world.brigade_enrolment,
            group="",
            answers=sheet,
            comment=f"第{place}号的话",
            channel="code",
            key=receipts.new_key(),
            code=code,
            now=NOW,
        )
        truth.append((codes.code_digest(code), "".join(sheet.values()), f"第{place}号的话"))
        if (place + 1) % (NUMBER // rounds) == 0 and rounds > 1:
            mix_if_due(world.campaign, closing=True)
    return truth


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def linked(truth, guesses):
    """How many codes the attacker joins to the right answers."""
    right = {digest: packed for digest, packed, _comment in truth}
    return sum(right.get(digest) == packed for digest, packed in guesses)


def by_order(order_codes, order_ballots):
    codes_query = "SELECT code_digest FROM surveys_invitation WHERE state = 'used' ORDER BY "
    used = rows(codes_query + order_codes)
    packed = rows("SELECT answers FROM surveys_ballot ORDER BY " + order_ballots)
    return [(digest, found) for (digest,), (found,) in zip(used, packed, strict=True)]


def by_transaction():
    pairs = rows(
        "SELECT i.code_digest, b.answers FROM surveys_invitation i JOIN surveys_ballot b "
        "ON i.xmin = b.xmin WHERE i.state = 'used'"
    )
    # A join that gives every pair tells nothing: count only codes that find one ballot.
    found: dict = {}
    for digest, packed in pairs:
        found.setdefault(digest, set()).add(packed)
    return [(digest, packed.pop()) for digest, packed in found.items() if len(packed) == 1]


def attacks():
    """Name → (code digest, answers) pairs that the attack holds for linked."""
    found = {
        "ids": by_order("id", "id"),
        "hashes": by_order("code_digest", "key_digest"),
        "no order at all": by_order("1", "1"),
    }
    if connection.vendor == "postgresql":
        found |= {
            "transactions": by_transaction(),
            "places": by_order("ctid", "ctid"),
            "transactions in order": by_order(
                "xmin::text::bigint, ctid", "xmin::text::bigint, ctid"
            ),
        }
    else:
        found |= {"places": by_order("rowid", "rowid")}
    return found


def comments_linked(truth):
    """A ballot's transaction number follows its comment's: joined in the order of both."""
    right = {packed: comment for _digest, packed, comment in truth}
    order = "xmin::text::bigint, ctid" if connection.vendor == "postgresql" else "rowid"
    packed = rows(f"SELECT answers FROM surveys_ballot ORDER BY {order}")
    texts = rows(f"SELECT text FROM surveys_surveycomment ORDER BY {order}")
    return sum(right[a] == text for (a,), (text,) in zip(packed, texts, strict=True))


@pytest.mark.parametrize("rounds", [1, 3])
def test_after_mixing_nothing_links_a_code_to_its_ballot(world, rounds):
    truth = answered(world, rounds)
    assert len({packed for _digest, packed, _comment in truth}) == NUMBER
    if rounds == 1:
        assert mix_if_due(world.campaign) == NUMBER
    counts = {name: linked(truth, guesses) for name, guesses in attacks().items()}
    assert {name: n for name, n in counts.items() if n > BY_CHANCE} == {}
    assert comments_linked(truth) <= BY_CHANCE
    # Nothing was lost or changed on the way.
    assert sorted(Ballot.objects.values_list("answers", flat=True)) == sorted(
        packed for _digest, packed, _comment in truth
    )
    assert Invitation.objects.filter(state="used").count() == NUMBER
    assert Receipt.objects.count() == SurveyComment.objects.count() == NUMBER
    assert not Ballot.objects.filter(mixed=False).exists()
    assert mix_if_due(world.campaign, closing=True) == 0


def test_without_mixing_every_code_is_linked(world):
    """The negative control: the attack works, as long as nothing is mixed."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's rows carry no transaction, and lie in the order of random ids")
    truth = answered(world)
    counts = {name: linked(truth, guesses) for name, guesses in attacks().items()}
    assert counts["transactions"] == NUMBER
    assert counts["transactions in order"] == NUMBER
    assert comments_linked(truth) == NUMBER


def test_sqlite_keeps_no_old_pages(world):
    """What was deleted or moved is gone from the file and its log, too."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")
    answered(world)
    mix_if_due(world.campaign, closing=True)
    assert rows("PRAGMA wal_checkpoint")[0][1] == 0
    assert rows("PRAGMA freelist_count") == [(0,)]


def test_mixing_waits_for_enough_ballots_and_receipts_still_answer(world):
    world.receipt = None
    for _ in range(49):
        world.receipt = _cast(world)
    assert mix_if_due(world.campaign) == 0
    assert not Ballot.objects.filter(mixed=True).exists()
    _cast(world)
    assert mix_if_due(world.campaign) == 50
    digests = receipts.code_digests(world.receipt)
    assert Receipt.objects.filter(code_digest__in=digests).count() == 1


def _cast(world):
    return cast_ballot(
        enrolment=world.brigade_enrolment,
        group="service",
        answers=answers(),
        comment="",
        channel="open",
        key=receipts.new_key(),
        now=NOW,
    )


def test_a_screened_comment_that_is_mixed_looks_unchanged_to_the_trail(world):
    """Its row is written anew, or marked; what was said and what became of it is as it was."""
    answered(world)
    comment = SurveyComment.objects.first()
    show_comment(comment=comment, text="今日之话", by=world.county_officer, now=NOW)
    mix_if_due(world.campaign, closing=True)
    label = "surveys.surveycomment"
    assert [change for change in changed_rows() if change.kind == label] == []
    # The control: a word put in is a change.
    SurveyComment.objects.filter(pk=comment.pk).update(shown_text="别的话")
    assert [change.what for change in changed_rows() if change.kind == label] == ["changed"]
