"""A second mail for somebody whom the first one did not reach: from a reserve, by two people.

Nobody learns who has which code, and the ballots never exceed what was issued.
"""

import random

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import AuditEvent
from common import clock
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Delivery, DeliveryState, Enclosure
from deliveries.services import bounce, resend
from surveys import codes, guards, receipts
from surveys.models import Ballot, BallotBatch, BallotRules, Invitation, Replacement
from surveys.services.batches import close_batch, issue_codes
from surveys.services.mixing import mix_if_due
from surveys.services.replacements import (
    decide_replacement,
    not_reached,
    others_waiting,
    propose_replacement,
)
from surveys.tasks import mix_ballots
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import opened
from tests.surveys.test_codes import spend
from tests.surveys.test_mailed_codes import (
    BY_CHANCE,
    MAILS,
    ORDERS,
    code_in,
    everything,
    mailed,
    send_all,
)
from tests.transports import CLOSED, FAILURES, SENT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(monkeypatch, settings):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for kept in (MAILS, SENT, FAILURES, CLOSED):
        kept.clear()
    settings.TRANSPORT_EMAIL_BACKEND = "tests.surveys.test_mailed_codes.Kept"
    guards.install(connection)
    world = small_province()
    opened(world)
    return world


def came_back(mail, world):
    """The ledger's row of a mail that went out, noted as returned."""
    row = Delivery.objects.get(address=mail.to[0])
    return bounce(delivery=row, reason="user unknown", by=world.province_admin, now=NOW)


def proposed(world, batch, delivery, address="right@example.cn", **changes):
    return propose_replacement(
        batch=batch,
        delivery=delivery,
        address=address,
        reason="地址写错一个字母",
        by=world.county_officer,
        now=NOW,
        **changes,
    )


def decided(world, row, approve=True, by=None):
    return decide_replacement(
        replacement=row, approve=approve, reason="核实", by=by or world.leader, now=NOW
    )


def test_one_more_mail_one_more_issued_and_a_code_that_works(world):
    batch = mailed(world, number=20).batch
    assert (batch.issued, batch.reserve, Enclosure.objects.count()) == (20, 5, 25)
    assert send_all() == {"sent": 20}
    lost = MAILS[3]
    row = proposed(world, batch, came_back(lost, world))
    # Nothing goes out before somebody else has agreed.
    assert send_all() == {}
    decided(world, row)
    assert send_all() == {"sent": 1}
    assert MAILS[-1].to == ["right@example.cn"]
    batch.refresh_from_db()
    assert (batch.issued, batch.handed_out, batch.replaced) == (21, 21, 1)
    assert len({code_in(mail) for mail in MAILS}) == 21
    for mail in MAILS:
        spend(world, code_in(mail))
    assert Ballot.objects.count() == 21
    acts = AuditEvent.objects.filter(act__startswith="replacement.").order_by("pk")
    assert [event.act for event in acts] == ["replacement.proposed", "replacement.approved"]


def test_refused_nothing_goes_out_and_it_may_be_asked_again(world):
    batch = mailed(world, number=20).batch
    send_all()
    delivery = came_back(MAILS[0], world)
    decided(world, proposed(world, batch, delivery), approve=False)
    assert send_all() == {}
    batch.refresh_from_db()
    assert (batch.issued, batch.replaced) == (20, 0)
    decided(world, proposed(world, batch, delivery))
    assert send_all() == {"sent": 1}


def test_the_returned_mails_code_becomes_void_when_it_is_handed_in(world):
    batch = mailed(world, number=20).batch
    send_all()
    lost = MAILS[0]
    row = proposed(world, batch, came_back(lost, world), returned_code=code_in(lost))
    with pytest.raises(WrongMoment):
        spend(world, code_in(lost))
    decided(world, row)
    send_all()
    batch.refresh_from_db()
    # One more issued and one void: as many votes as before.
    assert batch.issued - batch.void == 20
    spend(world, code_in(MAILS[-1]))


def test_who_read_the_mail_and_voted_gets_no_second_code(world):
    batch = mailed(world, number=20).batch
    send_all()
    lost = MAILS[0]
    spend(world, code_in(lost))
    with pytest.raises(WrongMoment):
        proposed(world, batch, came_back(lost, world), returned_code=code_in(lost))
    assert not Replacement.objects.exists()


def test_by_two_people_the_second_at_the_province(world):
    batch = mailed(world, number=20).batch
    send_all()
    delivery = came_back(MAILS[0], world)
    with pytest.raises(Denied):
        propose_replacement(
            batch=batch,
            delivery=delivery,
            address="right@example.cn",
            reason="地址写错",
            by=world.station_officer,
            now=NOW,
        )
    row = propose_replacement(
        batch=batch,
        delivery=delivery,
        address="right@example.cn",
        reason="地址写错",
        by=world.province_admin,
        now=NOW,
    )
    for by in (world.province_admin, world.county_officer, world.prefecture_officer):
        with pytest.raises(Denied):
            decided(world, row, by=by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Replacement.objects.filter(pk=row.pk).update(decided_by=world.province_admin)
    assert decided(world, row).state == "approved"


def test_only_for_mail_that_did_not_arrive_once_and_with_a_reason(world):
    batch = mailed(world, number=20).batch
    send_all()
    arrived = Delivery.objects.get(address=MAILS[1].to[0])
    with pytest.raises(WrongMoment):
        proposed(world, batch, arrived)
    delivery = came_back(MAILS[0], world)
    for changes in ({"address": "nobody"}, {"address": arrived.address.upper()}):
        with pytest.raises(Incomplete):
            proposed(world, batch, delivery, **changes)
    row = proposed(world, batch, delivery)
    with pytest.raises(WrongMoment):
        proposed(world, batch, delivery)
    with pytest.raises(Incomplete):
        decide_replacement(replacement=row, approve=True, reason=" ", by=world.leader, now=NOW)
    decided(world, row)
    with pytest.raises(WrongMoment):
        decided(world, row)
    assert not_reached(batch) == []
    # The ledger's own button does not open a second way.
    with pytest.raises(WrongMoment):
        resend(delivery=delivery, by=world.province_admin, now=NOW)


def test_the_reserve_is_the_limit(world):
    BallotRules.objects.create(campaign=world.campaign, reserve_percent=10)
    batch = mailed(world, number=40).batch
    assert batch.reserve == 5
    send_all()
    lost = [came_back(mail, world) for mail in MAILS[:6]]
    for place, delivery in enumerate(lost[:5]):
        decided(world, proposed(world, batch, delivery, address=f"right{place}@example.cn"))
        batch.refresh_from_db()
    with pytest.raises(WrongMoment):
        proposed(world, batch, lost[5])
    with pytest.raises(IntegrityError), transaction.atomic():
        BallotBatch.objects.filter(pk=batch.pk).update(replaced=6)
    assert send_all() == {"sent": 5}


def test_no_reserve_where_the_province_wants_none(world):
    BallotRules.objects.create(campaign=world.campaign, reserve_percent=0)
    batch = mailed(world, number=20).batch
    send_all()
    assert (batch.reserve, Enclosure.objects.count()) == (0, 0)
    with pytest.raises(WrongMoment):
        proposed(world, batch, came_back(MAILS[0], world))


def test_a_late_ballot_hides_among_five_others(world):
    """Of ten people six have voted: the seventh's late ballot would stand nearly alone."""
    batch = mailed(world, number=12).batch
    send_all()
    for mail in MAILS[:6]:
        spend(world, code_in(mail))
    row = proposed(world, batch, came_back(MAILS[6], world))
    assert others_waiting(batch) == 5
    spend(world, code_in(MAILS[7]))
    assert others_waiting(batch) == 4
    with pytest.raises(Incomplete):
        decided(world, row)
    batch.refresh_from_db()
    assert (batch.issued, batch.replaced) == (12, 0)
    assert send_all() == {}


def test_a_message_that_was_refused_at_once_is_given_up(world):
    batch = mailed(world, number=20).batch
    send_all()
    delivery = Delivery.objects.first()
    Delivery.objects.filter(pk=delivery.pk).update(state="failed", sent_at=None, error="550")
    delivery.refresh_from_db()
    decided(world, proposed(world, batch, delivery))
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DROPPED
    with pytest.raises(WrongMoment):
        resend(delivery=delivery, by=world.province_admin, now=NOW)


# --- anonymity -----------------------------------------------------------------------------------


def replaced_for_many(world, number=40, lost=20):
    """`number` people, of whom `lost` get their code by a second mail only."""
    BallotRules.objects.create(campaign=world.campaign, reserve_percent=50)
    batch = mailed(world, number=number).batch
    send_all()
    for mail in MAILS[:lost]:
        row = proposed(world, batch, came_back(mail, world), address=f"new-{mail.to[0]}")
        decided(world, row)
        batch.refresh_from_db()
    send_all()
    return batch


def test_no_row_holds_a_code_of_a_replacement_before_or_after(world):
    replaced_for_many(world)
    assert len(MAILS) == 60
    rows = everything()
    for mail in MAILS:
        assert code_in(mail) not in rows
        assert codes.code_digest(code_in(mail)) in rows


def right_guesses(order_of_replacements, order_of_codes, number=20):
    """The attacker takes replacements in one order, and the last codes of the batch in another."""
    truth = {mail.to[0]: codes.code_digest(code_in(mail)) for mail in MAILS}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT address FROM surveys_replacement ORDER BY {order_of_replacements}")
        addresses = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT code_digest FROM surveys_invitation ORDER BY {order_of_codes}")
        digests = [row[0] for row in cursor.fetchall()][-number:]
    return sum(truth[a] == digest for a, digest in zip(addresses, digests, strict=True))


def test_no_order_of_rows_joins_a_replacement_to_its_code(world):
    replaced_for_many(world)
    answering = MAILS[20:]
    random.Random(5).shuffle(answering)
    for mail in answering:
        spend(world, code_in(mail))
    mix_if_due(world.campaign, closing=True)
    found = {
        (first, second): right_guesses(first, second)
        for first in ("id", "decided_at, id", *ORDERS[connection.vendor])
        for second in ("code_digest", *ORDERS[connection.vendor])
    }
    assert {orders: n for orders, n in found.items() if n > BY_CHANCE} == {}


def test_a_code_made_for_one_replacement_would_be_joined(world, monkeypatch):
    """The negative control: without a reserve each new code is registered with its message."""
    batch = replaced_for_many(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM surveys_invitation")
        last = cursor.fetchone()[0]
    for place, row in enumerate(Replacement.objects.order_by("pk")):
        mail = next(mail for mail in MAILS if mail.to == [row.address])
        digest = codes.code_digest(code_in(mail))
        Invitation.objects.filter(code_digest=digest).delete()
        Invitation.objects.create(id=last + 1 + place, batch=batch, code_digest=digest)
    assert right_guesses("id", "id") == 20


def test_what_is_left_of_a_reserve_goes_with_the_batch_or_the_survey(world, monkeypatch):
    first, second = mailed(world, number=20).batch, mailed(world, number=20).batch
    send_all()
    assert Enclosure.objects.count() == 10
    close_batch(batch=first, reason="名单有误", by=world.county_officer, now=NOW)
    assert set(Enclosure.objects.values_list("pool", flat=True)) == {second.pool}
    mix_ballots()
    assert Enclosure.objects.count() == 5
    monkeypatch.setattr(clock, "now", lambda: at("2014-12-01 00:00"))
    mix_ballots()
    assert Enclosure.objects.count() == 0


def test_slips_have_no_reserve(world):
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="",
        number=20,
        key=receipts.new_key(),
        by=world.county_officer,
        now=NOW,
    )
    assert (issued.batch.reserve, Invitation.objects.count()) == (0, 20)


# --- the pages -----------------------------------------------------------------------------------


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return sign_in


def text_of(response):
    return response.content.decode()


def test_from_the_returned_mail_over_two_people_to_the_published_number(world, as_):
    batch = mailed(world, number=20).batch
    send_all()
    delivery = came_back(MAILS[0], world)
    office = as_(world.county_officer)
    page = text_of(office.get(reverse("surveys:batch", args=[batch.pk])))
    address = reverse("surveys:replace", args=[batch.pk, delivery.pk])
    assert delivery.address in page
    assert address in page
    # Fewer than five were not reached: no new batch for them.
    assert "?after=" not in page
    typed = office.post(address, {"address": "nobody", "reason": "错"})
    assert "nobody" in text_of(typed)
    mistaken = {"address": "right@example.cn", "reason": "错", "returned_code": codes.new_code()}
    html = text_of(office.post(address, mistaken))
    assert "is no code of this batch" in html
    assert 'value="right@example.cn"' in html
    assert office.post(address, {"address": "right@example.cn", "reason": "错"}).status_code == 302
    row = Replacement.objects.get()
    page = reverse("surveys:replacement", args=[row.pk])
    assert "approve" not in text_of(office.get(page))
    leader = as_(world.leader)
    assert "right@example.cn" in text_of(leader.get(reverse("surveys:replacements")))
    assert 'value="approve"' in text_of(leader.get(page))
    leader.post(
        reverse("surveys:replacement-decide", args=[row.pk]),
        {"decision": "approve", "reason": "核实"},
    )
    assert send_all() == {"sent": 1}
    box = text_of(leader.get(reverse("surveys:box")))
    assert "<dd>1</dd>" in box.split("did not arrive")[1][:40]


def test_a_new_batch_for_those_not_reached_begins_with_their_addresses(world, as_):
    batch = mailed(world, number=20).batch
    send_all()
    lost = [came_back(mail, world).address for mail in MAILS[:6]]
    proposed(world, batch, not_reached(batch)[0])
    office = as_(world.county_officer)
    begin = reverse("surveys:issue", args=[world.brigade_enrolment.pk]) + f"?after={batch.pk}"
    assert begin in text_of(office.get(reverse("surveys:batch", args=[batch.pk])))
    form = office.get(begin).context["form"]
    # Without the one for whom a replacement is asked.
    assert form.initial["typed"].split("\n") == sorted(lost)[1:]
    MAILS.clear()
    fields = {"key": "k" * 16, "group": "service", "typed": form.initial["typed"], "note": ""}
    wrong = office.post(begin, fields | {"typed": fields["typed"] + "\nnobody\n" + lost[-1]})
    assert "nobody" in text_of(wrong)
    assert not BallotBatch.objects.exclude(pk=batch.pk).exists()
    assert office.post(begin, fields).status_code == 302
    assert BallotBatch.objects.get(key="k" * 16).issued == 5
    assert send_all() == {"sent": 5}
    assert {mail.to[0] for mail in MAILS} == set(sorted(lost)[1:])


def test_four_typed_addresses_are_too_few(world, as_):
    address = reverse("surveys:issue", args=[world.brigade_enrolment.pk])
    typed = "\n".join(f"p{place}@example.cn" for place in range(4))
    office = as_(world.county_officer)
    fields = {"key": "k" * 16, "group": "", "note": ""}
    assert office.post(address, fields | {"typed": typed}).status_code == 200
    assert not BallotBatch.objects.exists()
    assert office.post(address, fields | {"typed": typed + "\np4@example.cn"}).status_code == 302
