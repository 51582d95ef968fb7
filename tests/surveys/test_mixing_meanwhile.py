"""G1 while the box is mixed: a ballot that comes between two of its statements stays in the box."""

import pytest
from django.db import connection

from surveys import receipts
from surveys.models import Ballot, Receipt, SurveyComment
from surveys.services import mixing
from surveys.services.ballots import cast_ballot
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import answers, opened
from tests.threads import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite marks the rows, it does not write them anew"
    ),
]


@pytest.fixture
def world():
    world = small_province()
    opened(world)
    return world


def cast(world):
    return cast_ballot(
        enrolment=world.brigade_enrolment,
        group="service",
        answers=answers(),
        comment="一句话",
        channel="open",
        key=receipts.new_key(),
        now=NOW,
    )


def mixed_while_ballots_come(world):
    """Mix the box; before each statement that touches rows somebody casts a ballot. Receipts."""
    given = [cast(world) for _ in range(3)]

    def before(execute, sql, params, many, context):
        if "mixing" in sql or sql.startswith(("DELETE", "INSERT")):
            given.extend(together([lambda: cast(world)]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before):
        mixing.mix_if_due(world.campaign, closing=True)
    return given


def test_a_ballot_that_comes_while_the_box_is_mixed_stays_in_it(world):
    given = mixed_while_ballots_come(world)
    assert len(set(given)) > 15
    assert Ballot.objects.count() == SurveyComment.objects.count() == len(given)
    digests = {receipts.code_digest(receipts.cleaned(code)) for code in given}
    assert set(Receipt.objects.values_list("code_digest", flat=True)) == digests
    # What came too late for this round is there for the next one.
    assert Ballot.objects.filter(mixed=True).count() >= 3
    mixing.mix_if_due(world.campaign, closing=True)
    assert Ballot.objects.filter(mixed=True).count() == len(given)


def test_copied_first_and_deleted_then_ballots_are_lost(world, monkeypatch):
    """The negative control: what came between the copy and the deletion goes with the deleted."""

    def in_two_looks(cursor, table, condition, values):
        cursor.execute(f"INSERT INTO mixing SELECT * FROM {table} WHERE {condition}", values)
        cursor.execute(f"DELETE FROM {table} WHERE {condition}", values)

    monkeypatch.setattr(mixing, "_take_out", in_two_looks)
    given = mixed_while_ballots_come(world)
    assert Ballot.objects.count() < len(given)
