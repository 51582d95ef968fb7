"""The outbox: no double, no silent miss, whatever dies."""

import smtplib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.utils import timezone
from django.utils.translation import override

from common import clock
from deliveries import services
from deliveries.models import Delivery, DeliveryKind, DeliveryState
from tests.factories import NOW
from tests.threads import together
from tests.transports import CLOSED, FAILURES, SENT, KilledAfterHandover

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _transport(settings):
    SENT.clear()
    FAILURES.clear()
    CLOSED.clear()
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    with clock.standing_at(NOW):
        yield


def plan(key="one", kind=DeliveryKind.OTHER, address="a@example.com"):
    return services.plan_delivery(
        key=key,
        kind=kind,
        user=None,
        address=address,
        subject="主题",
        text="正文",
        now=NOW,
    )


def state_of(delivery):
    return Delivery.objects.get(pk=delivery.pk).state


def stale(delivery):
    """The lease of a claimed delivery ran out."""
    old = timezone.now() - services.LEASE - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk).update(claimed_at=old)


def test_a_planned_message_is_sent_once():
    delivery = plan()
    assert services.send_due() == {"sent": 1}
    assert services.send_due() == {}
    assert [("a@example.com", delivery.message_id)] == SENT


def test_the_same_cause_plans_one_message():
    assert plan().pk == plan().pk
    assert Delivery.objects.count() == 1


def test_a_second_sender_finds_nothing_to_claim():
    delivery = plan()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SENDING, claimed_at=timezone.now()
    )
    assert services.send_one(delivery.pk) is None
    assert SENT == []


def test_without_the_claim_two_senders_double_the_message():
    """Negative control: handing over what was seen as planned, without claiming, doubles."""
    delivery = plan()
    seen_by_both = [Delivery.objects.get(pk=delivery.pk) for _ in range(2)]
    assert [services.hand_over(row) for row in seen_by_both] == [("sent", None)] * 2
    assert len(SENT) == 2


@pytest.mark.parametrize("kind", [DeliveryKind.OTHER, DeliveryKind.REPORT])
def test_a_formal_message_whose_sender_died_waits_for_a_person(settings, kind):
    delivery = plan(kind=kind)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Killing"
    with pytest.raises(KilledAfterHandover):
        services.send_due()
    assert state_of(delivery) == DeliveryState.SENDING
    stale(delivery)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    services.send_due()
    assert state_of(delivery) == DeliveryState.UNSURE
    assert len(SENT) == 1


def test_a_reminder_whose_sender_died_goes_out_again_with_the_same_message_id(settings):
    delivery = plan(kind=DeliveryKind.REMINDER)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Killing"
    with pytest.raises(KilledAfterHandover):
        services.send_due()
    stale(delivery)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    assert services.send_due() == {"sent": 1}
    assert [message_id for _, message_id in SENT] == [delivery.message_id] * 2


def test_a_reminder_is_sent_again_unasked_only_once(settings):
    delivery = plan(kind=DeliveryKind.REMINDER)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Killing"
    for _ in range(2):
        with pytest.raises(KilledAfterHandover):
            services.send_due()
        stale(delivery)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    assert services.send_due() == {}
    assert (state_of(delivery), len(SENT)) == (DeliveryState.UNSURE, 2)


@pytest.mark.parametrize(
    ("kind", "state"),
    [(DeliveryKind.REPORT, DeliveryState.UNSURE), (DeliveryKind.REMINDER, DeliveryState.PLANNED)],
)
def test_a_line_that_breaks_before_the_answer_tells_nothing(kind, state):
    """The server may have taken the message: a formal one must not go out a second time."""
    delivery = plan(kind=kind)
    FAILURES.append(smtplib.SMTPServerDisconnected("Connection unexpectedly closed"))
    services.send_due()
    assert state_of(delivery) == state


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPServerDisconnected("please run connect() first"),
        smtplib.SMTPAuthenticationError(535, b"wrong password"),
        smtplib.SMTPConnectError(554, b"no service"),
        TimeoutError("timed out"),
    ],
)
def test_a_server_that_cannot_be_entered_costs_no_message(error):
    """Nothing has been handed over: also a 5xx on entering is about the server, not the message."""
    delivery = plan(kind=DeliveryKind.REPORT)
    CLOSED.append(error)
    services.send_due()
    assert state_of(delivery) == DeliveryState.PLANNED
    Delivery.objects.update(try_after=timezone.now())
    assert services.send_due() == {"sent": 1}


def test_a_strange_error_holds_nobody_up():
    strange, good = plan("strange"), plan("good")
    FAILURES.append(ValueError("unheard of"))
    assert services.send_due() == {"unsure": 1, "sent": 1}
    assert (state_of(strange), state_of(good)) == (DeliveryState.UNSURE, DeliveryState.SENT)


@override("en")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"address": "somebody"}, "This is not an e-mail address."),
        ({"attachment": "reports/gone"}, "The attachment is no longer there."),
    ],
)
def test_what_cannot_be_written_fails_in_plain_words_and_holds_nobody_up(fields, reason):
    bad, good = plan("bad"), plan("good")
    Delivery.objects.filter(pk=bad.pk).update(**fields)
    assert services.send_due() == {"failed": 1, "sent": 1}
    assert (Delivery.objects.get(pk=bad.pk).error, state_of(good)) == (reason, "sent")


@override("en")
def test_a_refusal_is_told_in_plain_words():
    plan()
    FAILURES.append(smtplib.SMTPRecipientsRefused({"a@example.com": (550, b"no such user")}))
    services.send_due()
    assert Delivery.objects.get().error == "The mail server refuses the address: 550 no such user"


def test_a_sender_that_was_given_up_for_dead_changes_nothing_more(settings):
    """It comes back after its message was declared undecided: a person decides, not it."""
    delivery = plan(kind=DeliveryKind.REPORT)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Overtaken"
    assert services.send_one(delivery.pk) is None
    assert state_of(delivery) == DeliveryState.UNSURE


def test_the_tries_come_later_and_later():
    delivery = plan()
    waits = []
    for _ in range(5):
        FAILURES.append(ConnectionRefusedError("refused"))
        before = timezone.now()
        services.send_due()
        row = Delivery.objects.get(pk=delivery.pk)
        waits.append(round((row.try_after - before).total_seconds() / 60))
        Delivery.objects.update(try_after=before)
    assert waits == [1, 5, 15, 60, 60]


def test_a_sender_that_lives_keeps_its_claim():
    delivery = plan()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SENDING, claimed_at=timezone.now()
    )
    services.send_due()
    assert state_of(delivery) == DeliveryState.SENDING


@override("en")
def test_a_server_that_is_down_postpones():
    delivery = plan()
    FAILURES.append(ConnectionRefusedError("refused"))
    assert services.send_due() == {"planned": 1}
    row = Delivery.objects.get(pk=delivery.pk)
    assert (row.attempts, row.error) == (1, "The mail server cannot be reached: refused")
    assert row.try_after > timezone.now()
    Delivery.objects.update(try_after=timezone.now())
    assert services.send_due() == {"sent": 1}


def test_a_refused_address_fails_and_holds_nobody_up():
    bad, good = plan("bad", address="bad@example.com"), plan("good", address="good@example.com")
    FAILURES.append(smtplib.SMTPRecipientsRefused({"bad@example.com": (550, b"no such user")}))
    assert services.send_due() == {"failed": 1, "sent": 1}
    assert (state_of(bad), state_of(good)) == (DeliveryState.FAILED, DeliveryState.SENT)


def test_a_greylisted_address_is_tried_again():
    delivery = plan()
    FAILURES.append(smtplib.SMTPRecipientsRefused({"a@example.com": (450, b"later")}))
    services.send_due()
    assert state_of(delivery) == DeliveryState.PLANNED


def test_a_message_is_given_up_after_the_last_try():
    delivery = plan()
    Delivery.objects.update(attempts=services.MAX_ATTEMPTS - 1)
    FAILURES.append(TimeoutError("slow"))
    services.send_due()
    assert state_of(delivery) == DeliveryState.FAILED


def test_headers_stay_one_line():
    delivery = plan(address="a@example.com\nBcc: x@example.com")
    assert "\n" not in delivery.address
    delivery = services.plan_delivery(
        key="two", kind="other", user=None, address="b@example.com",
        subject="a\r\nBcc: x@example.com", text="", now=NOW,
    )  # fmt: skip
    assert delivery.subject == "a Bcc: x@example.com"


def test_every_mail_of_django_enters_the_ledger(settings):
    # pytest-django swaps the backend for its own; the product's is what is tested here.
    settings.EMAIL_BACKEND = "deliveries.backends.LedgerBackend"
    send_mail("主题", "正文", None, ["a@example.com", "b@example.com"])
    assert SENT == []
    assert services.send_due() == {"sent": 2}


def test_the_ledger_keeps_the_attachment_and_the_html(settings):
    settings.EMAIL_BACKEND = "deliveries.backends.LedgerBackend"
    message = EmailMultiAlternatives("主题", "正文", to=["a@example.com"])
    message.attach_alternative("<p>正文</p>", "text/html")
    message.attach("总结.txt", "内容")
    message.send()
    row = Delivery.objects.get()
    assert (row.html, row.attachment_name) == ("<p>正文</p>", "总结.txt")
    with default_storage.open(row.attachment) as file:
        assert file.read().decode() == "内容"


def test_the_ledger_refuses_what_it_cannot_keep(settings):
    settings.EMAIL_BACKEND = "deliveries.backends.LedgerBackend"
    message = EmailMessage("主题", "正文", to=["a@example.com"])
    message.attach("1.txt", "一")
    message.attach("2.txt", "二")
    with pytest.raises(ValueError, match="one attachment"):
        message.send()
    assert not Delivery.objects.exists()


def test_a_message_handed_in_twice_is_planned_once_an_address(settings):
    settings.EMAIL_BACKEND = "deliveries.backends.LedgerBackend"
    for _ in range(2):
        EmailMessage(
            "主题", "正文", to=["a@example.com", "b@example.com"], headers={"Message-ID": "<1@x>"}
        ).send()
    addresses = Delivery.objects.order_by("pk").values_list("address", flat=True)
    assert list(addresses) == ["a@example.com", "b@example.com"]


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_message_once():
    for number in range(20):
        plan(str(number))
    together([services.send_due, services.send_due])
    assert len(SENT) == len({message_id for _, message_id in SENT}) == 20
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_the_folder_backend_writes_a_whole_message(settings, tmp_path):
    settings.MAIL_DIR = tmp_path
    settings.TRANSPORT_EMAIL_BACKEND = "deliveries.backends.FolderBackend"
    delivery = plan()
    services.send_due()
    (file,) = tmp_path.glob("*.eml")
    assert delivery.message_id.encode() in file.read_bytes()
