"""The outbox: no double, no silent miss, whatever dies."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail import send_mail
from django.utils import timezone

from deliveries import services
from deliveries.models import Delivery, DeliveryKind, DeliveryState
from tests.factories import NOW
from tests.transports import FAILURES, SENT, KilledAfterHandover

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _transport(settings):
    SENT.clear()
    FAILURES.clear()
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"


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
    for row in seen_by_both:
        services.hand_over(row)
    assert len(SENT) == 2


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(DeliveryKind.OTHER, DeliveryState.UNSURE), (DeliveryKind.REPORT, DeliveryState.UNSURE)],
)
def test_a_formal_message_whose_sender_died_waits_for_a_person(settings, kind, expected):
    delivery = plan(kind=kind)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Killing"
    with pytest.raises(KilledAfterHandover):
        services.send_due()
    assert state_of(delivery) == DeliveryState.SENDING
    stale(delivery)
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    services.send_due()
    assert state_of(delivery) == expected
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


def test_a_sender_that_lives_keeps_its_claim():
    delivery = plan()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SENDING, claimed_at=timezone.now()
    )
    services.send_due()
    assert state_of(delivery) == DeliveryState.SENDING


def test_a_server_that_is_down_postpones():
    delivery = plan()
    FAILURES.append(ConnectionRefusedError("refused"))
    assert services.send_due() == {"planned": 1}
    row = Delivery.objects.get(pk=delivery.pk)
    assert (row.attempts, row.error) == (1, "refused")
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


def test_the_folder_backend_writes_a_whole_message(settings, tmp_path):
    settings.MAIL_DIR = tmp_path
    settings.TRANSPORT_EMAIL_BACKEND = "deliveries.backends.FolderBackend"
    delivery = plan()
    services.send_due()
    (file,) = tmp_path.glob("*.eml")
    assert delivery.message_id.encode() in file.read_bytes()
