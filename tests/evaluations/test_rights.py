"""Who may reply to a check or a veto is told at once and again in time, and owes nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Membership
from campaign.models import Campaign, CampaignState, Obligation, ReminderPreference
from deliveries.models import Delivery, Notice, QuietHours
from evaluations.services.reopenings import decide_reopening, request_reopening
from evaluations.services.replies import reply_to_check
from evaluations.services.rights import remind_of_rights
from evaluations.services.secret_visits import release_visit
from evaluations.services.vetoes import propose_veto, reply_to_veto
from tests.evaluations import evaluation_steps as steps
from tests.evaluations.test_secret_visits import observed, visit
from tests.factories import NOW, at, person

# Signed on Saturday 25 October 2014; five working days later is Friday the 31st. Steps: 7, 3 and
# 1 days before and the day itself; the first of them (the 24th) was over when the right began.
STEPS = ["2014-10-28", "2014-10-30", "2014-10-31"]
BOTH = ["county_officer", "station_officer"]


def signed(world, enrolment=None, by=None):
    return steps.signed_check(
        world, enrolment or world.brigade_enrolment, by or world.prefecture_officer, "1", "0", "0"
    )


def told():
    return sorted(Notice.objects.values_list("user__username", flat=True))


def mailed():
    return sorted(Delivery.objects.values_list("user__username", flat=True))


def forgotten():
    Notice.objects.all().delete()
    Delivery.objects.all().delete()


def test_signing_tells_those_who_may_reply_by_bell_and_mail(world):
    signed(world)
    assert told() == mailed() == BOTH
    row = Notice.objects.get(user=world.station_officer)
    assert "2014-10-31 24:00" in row.text
    assert row.address == f"/evaluations/{world.brigade_enrolment.pk}/acceptance/"
    assert row.address in Delivery.objects.get(user=world.station_officer).text


def test_each_reminder_day_is_said_once_and_nothing_after_the_last_day(world):
    signed(world)
    forgotten()
    found, now = [], NOW
    while now < at("2014-11-10 00:00"):
        for _beat in range(2):
            if remind_of_rights(now=now):
                found.append(f"{now:%Y-%m-%d}")
        now += timedelta(hours=12)
    assert found == STEPS
    assert told() == mailed() == sorted(BOTH * 3)
    assert AuditEvent.objects.filter(act="rights.reminded").count() == 3


def test_a_beat_that_slept_catches_up(world):
    signed(world)
    forgotten()
    assert remind_of_rights(now=at("2014-10-27 08:00")) == 0
    assert remind_of_rights(now=at("2014-10-29 08:00")) == 2
    assert remind_of_rights(now=at("2014-10-29 09:00")) == 0


def test_nothing_is_owed_and_nothing_is_ever_overdue(world):
    late = at("2014-11-01 08:00")
    overdue = set(Obligation.objects.overdue_at(late))
    acceptance = Obligation.objects.get(kind="acceptance", enrolment=world.brigade_enrolment)
    signed(world)
    # The acceptance is met, and nothing has taken its place.
    assert set(Obligation.objects.overdue_at(late)) == overdue - {acceptance}


def test_whoever_has_replied_is_reminded_no_more(world):
    reply = signed(world).replies.get()
    forgotten()
    reply_to_check(reply=reply, points=[], by=world.station_officer, now=NOW)
    assert remind_of_rights(now=at("2014-10-28 08:00")) == 0


def test_a_check_opened_again_is_reminded_of_no_more(world):
    check = signed(world)
    second = person("second", world.prefecture, "prefecture_officer")
    row = request_reopening(check=check, reason="r", by=world.prefecture_officer, now=NOW)
    decide_reopening(reopening=row, approve=True, reason="r", by=second, now=NOW)
    forgotten()
    assert remind_of_rights(now=at("2014-10-28 08:00")) == 0


def test_reminders_keep_to_the_quiet_hours_and_to_what_was_chosen(world):
    signed(world)
    forgotten()
    ReminderPreference.objects.create(user=world.county_officer, mail_before_due=False)
    QuietHours.objects.create(starts_at="21:00", ends_at="07:00")
    assert remind_of_rights(now=at("2014-10-28 06:59")) == 0
    assert remind_of_rights(now=at("2014-10-28 07:00")) == 2
    assert (told(), mailed()) == (BOTH, ["station_officer"])


def test_a_closed_campaign_reminds_nobody(world):
    signed(world)
    forgotten()
    Campaign.objects.update(state=CampaignState.CLOSED)
    assert remind_of_rights(now=at("2014-10-28 08:00")) == 0


def test_a_bureau_is_not_told_of_what_it_signed_itself(world):
    station = person("jiyuan_station", world.jiyuan_brigade.organisation, "station_officer")
    signed(world, world.jiyuan_enrolment, world.jiyuan_officer)
    assert told() == [station.username]


def test_whoever_left_is_not_told(world):
    Membership.objects.filter(user=world.station_officer).update(active=False)
    signed(world)
    assert told() == ["county_officer"]


def test_several_rights_of_one_person_are_one_message(world):
    signed(world)
    signed(world, world.township_enrolment)
    forgotten()
    assert remind_of_rights(now=at("2014-10-28 08:00")) == 3
    assert told() == ["county_officer", "station_officer", "township_officer"]
    row = Notice.objects.get(user=world.county_officer)
    assert row.text.count("2014-10-31 24:00") == 2


def test_a_proposed_veto_is_told_and_reminded_until_the_reply(world, files):
    # Three working days after Saturday the 25th is Wednesday the 29th: steps on the 26th, the 28th
    # and the 29th.
    row = propose_veto(
        enrolment=world.brigade_enrolment, reason="took money", by=world.province_officer, now=NOW
    )
    assert told() == mailed() == BOTH
    assert "took money" not in "".join(Delivery.objects.values_list("text", flat=True))
    forgotten()
    assert remind_of_rights(now=at("2014-10-26 08:00")) == 2
    reply_to_veto(veto=row, text="no", files=[], by=world.station_officer, now=NOW)
    assert remind_of_rights(now=at("2014-10-28 08:00")) == 0


def test_a_secret_visit_tells_nobody_anything(world, files):
    row = visit(world)
    observed(world, row, files)
    remind_of_rights(now=at("2014-10-28 08:00"))
    assert told() == mailed() == []
    # The twin: released, with a veto proposed on it, those concerned hear of the veto.
    release_visit(visit=row, reason="checked", by=world.province_officer, now=NOW)
    propose_veto(
        enrolment=world.brigade_enrolment,
        reason="r",
        visit=row,
        by=world.province_officer,
        now=NOW,
    )
    assert told() == BOTH


@pytest.mark.parametrize(
    ("who", "hears"),
    [("station_officer", 1), ("county_officer", 1), ("township_officer", 0), ("leader", 0)],
)
def test_the_desk_shows_what_may_be_said(world, sign_in, who, hears):
    signed(world)
    page = sign_in(getattr(world, who)).get(reverse("portal:desk"))
    assert len(page.context["rights"]) == hears
    address = reverse("evaluations:check", args=[world.brigade_enrolment.pk])
    assert (f'href="{address}"' in page.content.decode()) == bool(hears)


def test_rights_cost_the_same_for_one_and_for_two(world, sign_in):
    counts = []
    for enrolment in (world.brigade_enrolment, world.township_enrolment):
        signed(world, enrolment)
        client = sign_in(world.county_officer)
        client.get(reverse("portal:desk"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("portal:desk"))
        with CaptureQueriesContext(connection) as beat:
            remind_of_rights(now=at(f"2014-10-{28 + 2 * len(counts)} 08:00"))
        counts.append((len(page.context["rights"]), len(queries), len(beat)))
    (one, *first), (two, *second) = counts
    assert (one, two) == (1, 2) and first == second
