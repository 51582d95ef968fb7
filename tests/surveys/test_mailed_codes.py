"""One-time codes by mail: each person one code, and nobody, the portal included, knows which."""

import random
import re
import smtplib

import pytest
from django.apps import apps
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent
from common import clock
from common.codes import grouped
from common.errors import WrongMoment
from deliveries import enclosures, services
from deliveries.models import Delivery, DeliveryState, Enclosure
from surveys import codes, guards, receipts
from surveys.models import Ballot, BallotRules, Invitation
from surveys.services.batches import close_batch, issue_codes
from surveys.services.mixing import mix_if_due
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import opened
from tests.surveys.test_codes import spend
from tests.threads import together
from tests.transports import CLOSED, FAILURES, SENT, KilledAfterHandover, Transport

pytestmark = pytest.mark.django_db(transaction=True)
CODE = re.compile(r"#([0-9A-Z]{12})\b")
MAILS: list[EmailMultiAlternatives] = []
NUMBER = 40
# Of 40 wrong guesses among 40 one hits on average (Poisson, 99.9%).
BY_CHANCE = 6


class Kept(Transport):
    """Keeps what goes out, as readers of the mails do."""

    def send_messages(self, email_messages):
        MAILS.extend(email_messages)
        return super().send_messages(email_messages)


class KillingKept(Kept):
    def send_messages(self, email_messages):
        super().send_messages(email_messages)
        raise KilledAfterHandover


@pytest.fixture
def world(monkeypatch, settings):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for kept in (MAILS, SENT, FAILURES, CLOSED):
        kept.clear()
    settings.TRANSPORT_EMAIL_BACKEND = f"{__name__}.Kept"
    guards.install(connection)
    world = small_province()
    opened(world)
    # As many codes as people, to count by; what a reserve changes: test_replacements.py.
    BallotRules.objects.create(campaign=world.campaign, reserve_percent=0)
    return world


def mailed(world, number=NUMBER, people=60):
    lines = [f"A-{place}\t客户{place}" for place in range(people)]
    return issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=number,
        key=receipts.new_key(),
        people=lines,
        addresses=[f"p{place}@example.cn" for place in range(people)],
        by=world.county_officer,
        now=NOW,
    )


def send_all():
    Delivery.objects.update(try_after=timezone.now())
    return services.send_due(limit=1_000)


def code_in(mail):
    return CODE.search(mail.body)[1]


def everything():
    """All rows of the portal as text: what a dump holds."""
    return "\n".join(str(list(model.objects.values())) for model in apps.get_models())


def test_each_person_drawn_gets_one_code_that_works_once(world):
    issued = mailed(world)
    assert issued.codes == []
    assert (issued.batch.issued, issued.batch.handed_out) == (NUMBER, NUMBER)
    drawn = {f"p{place}@example.cn" for place in issued.places}
    assert set(Delivery.objects.values_list("address", flat=True)) == drawn
    assert AuditEvent.objects.filter(act="batch.mailed").count() == 1
    assert send_all() == {"sent": NUMBER}
    sent = {mail.to[0]: code_in(mail) for mail in MAILS}
    assert set(sent) == drawn
    assert len(set(sent.values())) == NUMBER
    assert codes.cleaned(MAILS[0].body.split("code: ")[1].split()[0]) == code_in(MAILS[0])
    for code in sent.values():
        spend(world, code)
    with pytest.raises(WrongMoment):
        spend(world, next(iter(sent.values())))
    assert Ballot.objects.count() == NUMBER


def test_no_row_holds_a_code_before_or_after_sending(world):
    mailed(world)
    before = everything()
    send_all()
    after = everything()
    assert len(MAILS) == NUMBER
    for mail in MAILS:
        code = code_in(mail)
        for shape in (code, grouped(code)):
            assert shape not in before
            assert shape not in after
    assert Enclosure.objects.count() == 0
    assert enclosures.PLACE in Delivery.objects.first().text


def test_a_code_written_into_the_ledger_would_be_found(world):
    """The negative control of the search: the plain way, code and address in one row."""
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=5,
        key=receipts.new_key(),
        by=world.county_officer,
        now=NOW,
    )
    services.plan_delivery(
        key="plain",
        kind="code",
        user=None,
        address="a@example.cn",
        subject="",
        text=f"Code: {issued.codes[0]}",
        now=NOW,
    )
    assert issued.codes[0] in everything()


def joined(order_of_mails, order_of_codes):
    """How many codes the attacker gives to the right person, taking both tables in some order."""
    truth = {mail.to[0]: codes.code_digest(code_in(mail)) for mail in MAILS}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT address FROM deliveries_delivery ORDER BY {order_of_mails}")
        addresses = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT code_digest FROM surveys_invitation ORDER BY {order_of_codes}")
        digests = [row[0] for row in cursor.fetchall()]
    return sum(truth[a] == digest for a, digest in zip(addresses, digests, strict=True))


ORDERS = {
    "postgresql": ("id", "ctid", "xmin::text::bigint, ctid"),
    "sqlite": ("id", "rowid", "id DESC"),
}


@pytest.mark.parametrize("mixed", [False, True])
def test_no_order_of_rows_joins_a_person_to_a_code(world, mixed):
    mailed(world)
    send_all()
    sent = MAILS[:]
    assert len(sent) == NUMBER
    random.Random(3).shuffle(sent)
    for mail in sent:
        spend(world, code_in(mail))
    if mixed:
        assert mix_if_due(world.campaign, closing=True) == NUMBER
    found = {
        (mails, order): joined(mails, order)
        for mails in (*ORDERS[connection.vendor], "sent_at, id", "message_id", "key")
        for order in (*ORDERS[connection.vendor], "code_digest")
    }
    assert {orders: n for orders, n in found.items() if n > BY_CHANCE} == {}


def test_codes_made_one_by_one_as_mails_go_out_would_be_joined(world, monkeypatch):
    """The negative control: the usual way, a code's row written when its mail is sent."""
    mailed(world)
    numbers = iter(range(1, NUMBER + 1))
    Invitation.objects.all().delete()

    def made_now(delivery):
        code = codes.new_code()
        batch = world.brigade_enrolment.batches.get()
        digest = codes.code_digest(code)
        Invitation.objects.create(id=next(numbers), batch=batch, code_digest=digest)
        return code

    monkeypatch.setattr(enclosures, "take", made_now)
    send_all()
    assert joined("id", "id") == NUMBER


# --- what goes wrong on the way ------------------------------------------------------------------


def stale():
    old = timezone.now() - 2 * services.LEASE
    Delivery.objects.filter(state=DeliveryState.SENDING).update(claimed_at=old)


def test_a_repeat_carries_the_same_code_under_the_same_message_id(world, settings):
    """The sender died after handing over: the person may have the mail. Sent again by a person."""
    mailed(world, number=5)
    settings.TRANSPORT_EMAIL_BACKEND = f"{__name__}.KillingKept"
    with pytest.raises(KilledAfterHandover):
        services.send_due()
    stale()
    settings.TRANSPORT_EMAIL_BACKEND = f"{__name__}.Kept"
    assert services.send_due() == {"sent": 4}
    unsure = Delivery.objects.get(state=DeliveryState.UNSURE)
    # Another try that fails for certain does not let the code go either.
    services.resend(delivery=unsure, by=world.province_admin, now=NOW)
    CLOSED.append(ConnectionRefusedError("refused"))
    services.send_due()
    Delivery.objects.update(try_after=timezone.now())
    assert services.send_due() == {"sent": 1}
    first, last = MAILS[0], MAILS[-1]
    assert first.to == last.to
    assert first.extra_headers["Message-ID"] == last.extra_headers["Message-ID"]
    assert code_in(first) == code_in(last)
    assert len({code_in(mail) for mail in MAILS}) == 5
    assert Enclosure.objects.count() == 0


def test_an_undecided_message_that_the_server_log_shows_lets_its_seed_go(world):
    mailed(world, number=5)
    FAILURES.append(smtplib.SMTPServerDisconnected("gone"))
    assert send_all() == {"unsure": 1, "sent": 4}
    assert Enclosure.objects.get().held
    unsure = Delivery.objects.get(state=DeliveryState.UNSURE)
    services.confirm_sent(delivery=unsure, reason="log", now=NOW)
    assert Enclosure.objects.count() == 0


def test_a_message_that_did_not_go_out_gives_its_seed_back(world):
    mailed(world, number=5)
    FAILURES.append(smtplib.SMTPRecipientsRefused({"p@example.cn": (550, b"no such user")}))
    assert send_all() == {"failed": 1, "sent": 4}
    assert Enclosure.objects.get().delivery is None
    failed = Delivery.objects.get(state=DeliveryState.FAILED)
    services.resend(delivery=failed, by=world.province_admin, now=NOW)
    assert send_all() == {"sent": 1}
    # The transport refused one of six; each of the five codes went to one person.
    delivered = {mail.to[0]: code_in(mail) for mail in MAILS}
    assert len(set(delivered.values())) == 5


def test_what_came_back_cannot_be_sent_again(world):
    mailed(world, number=5)
    send_all()
    row = Delivery.objects.first()
    services.bounce(delivery=row, reason="user unknown", by=world.province_admin, now=NOW)
    with pytest.raises(WrongMoment, match="no code left|没有|附码|评议码"):
        services.resend(delivery=row, by=world.province_admin, now=NOW)


def test_a_withdrawn_batch_mails_no_more_codes(world):
    issued = mailed(world, number=5)
    close_batch(batch=issued.batch, reason="名单有误", by=world.county_officer, now=NOW)
    assert send_all() == {"failed": 5}
    assert MAILS == []


def test_a_changed_secret_does_not_spoil_codes_that_wait(world, settings):
    mailed(world, number=5)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert send_all() == {"sent": 5}
    for mail in MAILS:
        spend(world, code_in(mail))
    assert Ballot.objects.count() == 5


def test_two_senders_at_once_take_no_code_twice(world):
    mailed(world, number=8)
    rows = list(Delivery.objects.all())
    taken = together([lambda row=row: enclosures.take(row) for row in rows])
    assert len(set(taken)) == 8
    assert Enclosure.objects.filter(delivery=None).count() == 0
