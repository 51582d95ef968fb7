"""What the mail server's log and the returned mail say of messages."""

import mailbox
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from common.errors import Incomplete, WrongMoment
from deliveries import services
from deliveries.mail_log import confirm_from_log, ids_of_log, note_returned
from deliveries.models import Delivery
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def message(key, state):
    row = services.plan_delivery(
        key=key, kind="other", user=None, address="a@example.com", subject="主题", text="正文",
        now=NOW,
    )  # fmt: skip
    sent_at = NOW if state == "sent" else None
    Delivery.objects.filter(pk=row.pk).update(state=state, sent_at=sent_at)
    row.refresh_from_db()
    return row


def test_the_log_of_a_postfix_names_message_ids():
    line = "Oct 25 09:00:00 mail postfix/cleanup[1]: 4F: message-id=<abc@henan.example>"
    assert list(ids_of_log([line, "nothing"])) == ["<abc@henan.example>"]


def test_undecided_messages_in_the_log_are_sent_and_the_others_stay():
    taken, lost = message("a", "unsure"), message("b", "unsure")
    assert confirm_from_log([taken.message_id, "<x@y>"], now=NOW) == 1
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {taken.pk: "sent", lost.pk: "unsure"}


def report(message_id, action="failed"):
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole.attach(MIMEText("Sorry", "plain"))
    status = Message()
    status.add_header("Content-Type", "message/delivery-status")
    server, recipient = Message(), Message()
    server["Reporting-MTA"] = "dns; mail.example.com"
    recipient["Action"], recipient["Diagnostic-Code"] = action, "smtp; 550 no such user"
    status.set_payload([server, recipient])
    whole.attach(status)
    original = Message()
    original.add_header("Content-Type", "message/rfc822")
    inner = Message()
    inner["Message-ID"], inner["Subject"] = message_id, "x"
    original.set_payload([inner])
    whole.attach(original)
    return whole


def test_what_came_back_is_bounced_with_the_servers_words(tmp_path):
    back, delayed = message("a", "sent"), message("b", "sent")
    box = mailbox.mbox(tmp_path / "returned")
    box.add(report(back.message_id))
    box.add(report(delayed.message_id, action="delayed"))
    box.add(MIMEText("an ordinary answer"))
    box.close()
    assert note_returned(str(tmp_path / "returned"), now=NOW) == 1
    back.refresh_from_db()
    delayed.refresh_from_db()
    assert (back.state, delayed.state) == ("bounced", "sent")
    assert "550 no such user" in back.error


def test_only_a_sent_message_bounces_and_with_a_reason():
    row = message("a", "sent")
    with pytest.raises(Incomplete):
        services.bounce(delivery=row, reason=" ", by=None, now=NOW)
    services.bounce(delivery=row, reason="550", by=None, now=NOW)
    with pytest.raises(WrongMoment):
        services.bounce(delivery=row, reason="550", by=None, now=NOW)
