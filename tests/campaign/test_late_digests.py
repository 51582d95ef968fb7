"""A digest that could not be mailed on its day: never wrong about the days left, never in vain."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from campaign.models import Campaign, CampaignState, Obligation, ObligationKind, ObligationState
from campaign.services.late_digests import renew_late_digests
from campaign.services.reminders import plan_reminders
from common import clock
from deliveries import services
from deliveries.models import Delivery, DeliveryKind, DeliveryState
from tests.factories import at, small_province
from tests.transports import SENT

pytestmark = pytest.mark.django_db
EVENING, MORNING = at("2014-09-27 21:00"), at("2014-09-28 08:00")


@pytest.fixture
def world():
    """The brigade owes its self-inspection by 30 September; the reminder of the 27th waits."""
    world = small_province()
    world.obligation = Obligation.objects.get(
        kind=ObligationKind.SELF_INSPECTION, enrolment=world.brigade_enrolment
    )
    Obligation.objects.exclude(pk=world.obligation.pk).delete()
    plan_reminders(now=EVENING)
    world.waiting = Delivery.objects.get()
    return world


@pytest.fixture
def sent(settings):
    SENT.clear()
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    return SENT


def test_it_counts_the_days_of_the_day_on_which_it_goes_out(world):
    assert "还有 3 天" in world.waiting.text
    before = world.waiting.message_id
    assert renew_late_digests(now=MORNING) == {"renewed": 1}
    world.waiting.refresh_from_db()
    assert "还有 2 天" in world.waiting.text
    assert (world.waiting.message_id, world.waiting.state) == (before, DeliveryState.PLANNED)
    assert renew_late_digests(now=MORNING) == {}


def test_on_its_own_day_it_stays_as_it_is(world):
    assert renew_late_digests(now=EVENING + timedelta(hours=2)) == {}


def test_it_is_dropped_when_all_that_it_says_is_done(world):
    Obligation.objects.update(state=ObligationState.MET, met_at=EVENING)
    assert renew_late_digests(now=MORNING) == {"dropped": 1}
    world.waiting.refresh_from_db()
    assert world.waiting.state == DeliveryState.DROPPED
    assert world.waiting.error
    assert AuditEvent.objects.filter(act="delivery.dropped").count() == 1


def test_it_is_dropped_when_the_campaign_is_closed(world):
    Campaign.objects.update(state=CampaignState.CLOSED)
    assert renew_late_digests(now=MORNING) == {"dropped": 1}


def test_it_is_not_sent_before_it_is_brought_up_to_date(world, sent):
    with clock.standing_at(MORNING):
        assert services.send_due() == {}
        renew_late_digests(now=MORNING)
        assert services.send_due() == {"sent": 1}
    assert [("station_officer@example.com", world.waiting.message_id)] == sent


def test_on_its_own_day_it_is_sent_as_it_is(world, sent):
    with clock.standing_at(EVENING):
        assert services.send_due() == {"sent": 1}


def test_other_mails_wait_as_long_as_they_must(world):
    other = services.plan_delivery(
        key="other", kind=DeliveryKind.REPORT, user=world.station_officer,
        address="a@example.com", subject="月报", text="见附件", now=EVENING,
    )  # fmt: skip
    renew_late_digests(now=MORNING + timedelta(days=9))
    with clock.standing_at(MORNING + timedelta(days=9)):
        services.send_due()
    other.refresh_from_db()
    assert (other.state, other.text) == (DeliveryState.SENT, "见附件")


def test_one_that_is_just_being_sent_is_left_alone(world):
    Delivery.objects.update(state=DeliveryState.SENDING, claimed_at=timezone.now())
    assert renew_late_digests(now=MORNING) == {}


def test_queries_do_not_grow_with_what_the_digests_name(world):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            renew_late_digests(now=MORNING)
        return len(seen)

    one = queries()
    Delivery.objects.update(written_at=EVENING)
    for number in (1, 2):
        row = Obligation.objects.create(
            campaign=world.campaign, organisation=world.brigade.organisation,
            kind=ObligationKind.RECTIFICATION, enrolment=world.brigade_enrolment,
            key=f"rectification:{number}", due_on=world.obligation.due_on,
        )  # fmt: skip
        row.reminders.create(
            user=world.station_officer, step_day=EVENING.date(), delivery=world.waiting
        )
    assert queries() == one
