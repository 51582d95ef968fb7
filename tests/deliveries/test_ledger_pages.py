"""The mail ledger's pages: who reads them, what they show, what a person may send again."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from deliveries.models import Delivery, DeliveryState
from deliveries.services import plan_delivery
from tests.factories import NOW, small_province


@pytest.fixture
def world(db):
    return small_province()


def plan(key, **fields):
    message = {"kind": "other", "user": None, "address": f"{key}@example.com", "text": "正文"}
    return plan_delivery(key=key, now=NOW, **(message | {"subject": f"主题{key}"} | fields))


def listed(client, **filters):
    page = client.get(reverse("deliveries:list"), filters).context["page"]
    return [row.key for row in page]


@pytest.mark.parametrize("name", ["list", "detail", "attachment"])
def test_only_the_provincial_administrator_reads_mail(client, world, name):
    place = default_storage.save("reports/read", ContentFile(b"pdf"))
    row = plan("one", attachment=place, attachment_name="a.pdf")
    address = reverse(f"deliveries:{name}", args=[] if name == "list" else [row.pk])
    statuses = {}
    for person in ("province_officer", "county_officer", "auditor", "province_admin"):
        client.force_login(getattr(world, person))
        statuses[person] = client.get(address).status_code
    assert statuses == {
        "province_officer": 403,
        "county_officer": 403,
        "auditor": 403,
        "province_admin": 200,
    }


def test_the_list_filters(client, world):
    plan("one", kind="report")
    failed = plan("two")
    Delivery.objects.filter(pk=failed.pk).update(state=DeliveryState.FAILED)
    client.force_login(world.province_admin)
    assert listed(client) == ["two", "one"]
    assert listed(client, state="failed") == ["two"]
    assert listed(client, kind="report") == ["one"]
    assert listed(client, q="主题one") == ["one"]
    assert listed(client, q="two@example") == ["two"]


def test_the_list_costs_the_same_for_one_and_for_more(client, world):
    client.force_login(world.province_admin)
    plan("one", user=world.county_officer)
    listed(client)
    with CaptureQueriesContext(connection) as few:
        listed(client)
    for key in ("two", "three"):
        plan(key, user=world.county_officer)
    with CaptureQueriesContext(connection) as more:
        assert len(listed(client)) == 3
    assert len(more) == len(few)


def test_a_message_is_shown_and_its_markup_stays_text(client, world):
    row = plan("one", text="<script>alert(1)</script>")
    client.force_login(world.province_admin)
    html = client.get(reverse("deliveries:detail", args=[row.pk])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_the_attachment_is_downloaded_under_its_name(client, world):
    place = default_storage.save("reports/paper", ContentFile(b"pdf"))
    row = plan("one", attachment=place, attachment_name="paper.pdf")
    client.force_login(world.province_admin)
    response = client.get(reverse("deliveries:attachment", args=[row.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="paper.pdf"'
    assert b"".join(response.streaming_content) == b"pdf"


def test_a_message_without_attachment_has_none_to_download(client, world):
    row = plan("one")
    client.force_login(world.province_admin)
    assert client.get(reverse("deliveries:attachment", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    ("state", "status", "after"),
    [
        (DeliveryState.FAILED, 302, DeliveryState.PLANNED),
        (DeliveryState.UNSURE, 302, DeliveryState.PLANNED),
        (DeliveryState.PLANNED, 409, DeliveryState.PLANNED),
        (DeliveryState.SENDING, 409, DeliveryState.SENDING),
    ],
)
def test_a_person_sends_again_what_failed_or_is_undecided(client, world, state, status, after):
    row = plan("one")
    Delivery.objects.filter(pk=row.pk).update(state=state, attempts=12)
    client.force_login(world.province_admin)
    assert client.post(reverse("deliveries:resend", args=[row.pk])).status_code == status
    now = Delivery.objects.get(pk=row.pk)
    assert (now.state, now.message_id) == (after, row.message_id)
    by = AuditEvent.objects.filter(act="delivery.resent").values_list("user__username", flat=True)
    assert list(by) == (["province_admin"] if status == 302 else [])


def test_nobody_else_sends_again(client, world):
    row = plan("one")
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.FAILED)
    client.force_login(world.province_officer)
    assert client.post(reverse("deliveries:resend", args=[row.pk])).status_code == 403
