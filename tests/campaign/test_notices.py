"""Told in the portal, by mail, not at night, and as the person wants it."""

from datetime import date, time

import pytest

from campaign.models import Obligation, ObligationKind, Receipt, Reminder, ReminderPreference
from campaign.services.obligations import due_days, obligations_of_unit, open_obligations
from campaign.services.receipts import sign_receipt
from campaign.services.registry import confirm_registry
from campaign.services.reminders import plan_reminders
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Delivery, DeliveryKind, Notice, QuietHours
from deliveries.notices import mark_read, set_quiet_hours
from deliveries.services import plan_delivery, send_due
from stations.models import Station
from tests.factories import NOW, at, small_province
from tests.transports import SENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Only one thing is owed: the brigade's self-inspection, by 30 September."""
    world = small_province()
    kept = Obligation.objects.get(
        kind=ObligationKind.SELF_INSPECTION, enrolment=world.brigade_enrolment
    )
    Obligation.objects.exclude(pk=kept.pk).delete()
    world.obligation = kept
    return world


def no_mail_before_due(user):
    ReminderPreference.objects.create(user=user, mail_before_due=False)


def test_who_wants_no_mail_is_told_in_the_portal_until_it_is_overdue(world):
    no_mail_before_due(world.station_officer)
    for day in ("2014-09-29", "2014-09-30"):
        assert plan_reminders(now=at(f"{day} 08:00")) == 1
    assert not Delivery.objects.exists()
    assert Notice.objects.filter(user=world.station_officer).count() == 2
    plan_reminders(now=at("2014-10-01 08:00"))
    assert Delivery.objects.filter(user=world.station_officer).count() == 1
    assert {row.own for row in Reminder.objects.filter(user=world.county_officer)} == {False}


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "quiet", "loud"),
    [
        ("21:00", "07:00", ["21:00", "23:59", "00:00", "06:59"], ["07:00", "20:59"]),
        ("12:00", "14:00", ["12:00", "13:59"], ["11:59", "14:00"]),
    ],
)
def test_nothing_is_said_in_the_quiet_hours_and_all_of_it_afterwards(
    world, starts_at, ends_at, quiet, loud
):
    QuietHours.objects.create(
        starts_at=time.fromisoformat(starts_at), ends_at=time.fromisoformat(ends_at)
    )
    for moment in quiet:
        assert plan_reminders(now=at(f"2014-09-30 {moment}")) == 0
    assert plan_reminders(now=at(f"2014-09-30 {loud[0]}")) == 1
    assert plan_reminders(now=at(f"2014-09-30 {loud[1]}")) == 0


def test_at_night_the_outbox_holds_reminders_back_and_nothing_else(world, settings, monkeypatch):
    SENT.clear()
    settings.TRANSPORT_EMAIL_BACKEND = "tests.transports.Transport"
    for kind in (DeliveryKind.REMINDER, DeliveryKind.OTHER):
        plan_delivery(
            key=kind, kind=kind, user=None, address=f"{kind}@example.com", subject="主题",
            text="正文", now=NOW,
        )  # fmt: skip
    set_quiet_hours(starts_at=time(21), ends_at=time(23), by=world.province_admin, now=NOW)
    monkeypatch.setattr("common.clock.now", lambda: at("2014-10-25 22:00"))
    assert send_due() == {"sent": 1}
    assert [address for address, _ in SENT] == ["other@example.com"]
    monkeypatch.setattr("common.clock.now", lambda: at("2014-10-25 23:00"))
    assert send_due() == {"sent": 1}


def test_one_reads_ones_own_notices_alone(world):
    plan_reminders(now=at("2014-10-01 08:00"))
    assert mark_read(by=world.station_officer, now=NOW) == 1
    assert mark_read(by=world.station_officer, now=NOW) == 0
    assert Notice.objects.get(user=world.county_officer).read_at is None


# --- signing for the notice, confirming the registry ----------------------------------------------


@pytest.fixture
def owing(world):
    due = due_days(world.campaign)
    for unit in (world.prefecture, world.county, world.direct_county, world.jiyuan):
        open_obligations(obligations_of_unit(world.campaign, unit, due), now=NOW)
    return world


def test_what_a_bureau_owes_follows_from_where_it_stands(owing):
    def kinds(unit):
        rows = Obligation.objects.filter(organisation=unit, enrolment=None)
        return sorted(rows.values_list("kind", flat=True))

    assert kinds(owing.prefecture) == ["plan", "receipt", "summary"]
    assert kinds(owing.county) == ["plan", "receipt", "registry"]
    assert kinds(owing.direct_county) == ["plan", "receipt", "registry", "summary"]
    assert kinds(owing.jiyuan) == ["plan", "receipt", "registry", "summary"]
    receipt = Obligation.objects.get(organisation=owing.county, kind="receipt")
    # Five working days after Friday 1 August.
    assert (receipt.due_on, receipt.due_unit) == (date(2014, 8, 8), "working")


def test_an_officer_signs_for_the_bureau_once(owing):
    row = sign_receipt(campaign=owing.campaign, by=owing.county_officer, now=NOW)
    assert (row.organisation, row.signed_at) == (owing.county, NOW)
    owed = Obligation.objects.get(organisation=owing.county, kind="receipt")
    assert (owed.state, owed.was_late) == ("met", True)
    with pytest.raises(WrongMoment):
        sign_receipt(campaign=owing.campaign, by=owing.county_officer, now=NOW)
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("who", ["province_officer", "county_assessor", "station_officer"])
def test_nobody_else_signs(owing, who):
    with pytest.raises(Denied):
        sign_receipt(campaign=owing.campaign, by=getattr(owing, who), now=NOW)


def test_station_data_are_confirmed_once_they_are_complete(owing):
    with pytest.raises(Incomplete):
        confirm_registry(campaign=owing.campaign, by=owing.county_officer, now=NOW)
    stations = Station.objects.filter(organisation__supervisor=owing.county)
    for number, station in enumerate(stations):
        station.phone, station.address, station.staff_count = f"0371-6216000{number}", "路", 3
        station.save()
    confirm_registry(campaign=owing.campaign, by=owing.county_officer, now=NOW)
    assert Obligation.objects.get(organisation=owing.county, kind="registry").state == "met"
