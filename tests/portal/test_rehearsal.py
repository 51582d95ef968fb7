"""A rehearsed campaign: every obligation gets exactly its steps."""

from datetime import date, timedelta

import pytest
from django.test import override_settings

from campaign.models import Obligation, ObligationKind, Reminder
from campaign.services import obligations
from common import clock
from portal.rehearsal.days import rehearse, steps_between, wrong_steps
from tests.factories import at, small_province

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2014, 9, 20), date(2014, 10, 20)


def live(world, acts):
    with override_settings(
        DEMONSTRATION=True,
        TRANSPORT_EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    ):
        return list(rehearse(campaign=world.campaign, acts=acts, first=FIRST, last=LAST))


@pytest.fixture
def world():
    """The brigade's self-inspection and the township's, both due on 30 September."""
    world = small_province()
    kept = Obligation.objects.filter(
        kind=ObligationKind.SELF_INSPECTION,
        enrolment__in=[world.brigade_enrolment, world.township_enrolment],
    )
    Obligation.objects.exclude(pk__in=[row.pk for row in kept]).delete()
    return world


def test_the_days_tell_what_was_reminded_escalated_and_met(world):
    def acts(day, now):
        if day == date(2014, 10, 2):
            obligations.meet(
                campaign=world.campaign,
                kind=ObligationKind.SELF_INSPECTION,
                keys=[(world.brigade_enrolment.pk,)],
                now=now,
            )

    days = {row.day: row for row in live(world, acts)}
    told = {str(day)[5:]: row.reminded for day, row in days.items() if row.reminded}
    # Both officers until the brigade has done it; the township's goes on.
    assert told == {
        "09-23": 2, "09-27": 2, "09-29": 2, "09-30": 2, "10-01": 2, "10-03": 1, "10-10": 1,
        "10-17": 1,
    }  # fmt: skip
    above = {str(day)[5:]: row.escalated for day, row in days.items() if row.escalated}
    assert above == {"10-01": 2, "10-03": 1, "10-10": 1, "10-17": 1}
    assert [str(day) for day, row in days.items() if row.met] == ["2014-10-02"]
    assert days[date(2014, 10, 2)].late == 1
    assert (days[date(2014, 10, 1)].overdue, days[LAST].overdue) == (2, 1)
    assert sum(row.mails for row in days.values()) == 13 + 4
    opened_on = dict.fromkeys(Obligation.objects.values_list("pk", flat=True), FIRST)
    assert wrong_steps(world.campaign, LAST, opened_on) == []


@pytest.mark.one_database
def test_a_step_too_few_or_too_many_is_found(world):
    """Negative control: one reminder less, and one that nobody planned."""
    live(world, lambda day, now: None)
    opened_on = dict.fromkeys(Obligation.objects.values_list("pk", flat=True), FIRST)
    assert wrong_steps(world.campaign, LAST, opened_on) == []
    first = Reminder.objects.filter(own=True).order_by("pk").first()
    Reminder.objects.filter(pk=first.pk).update(step_day=first.step_day + timedelta(days=1))
    assert len(wrong_steps(world.campaign, LAST, opened_on)) == 1
    first.delete()
    assert len(wrong_steps(world.campaign, LAST, opened_on)) == 1


STEPS = [(-7, None), (-3, None), (-1, None), (0, None), (1, None), (3, 7)]


@pytest.mark.parametrize(
    ("opened", "closed", "days"),
    [
        ("2014-09-01", "2014-09-28", ["09-23", "09-27"]),
        ("2014-09-30", "2014-10-14", ["09-30", "10-01", "10-03", "10-10"]),
        # It arose between two steps: the one before is caught up.
        ("2014-09-28", "2014-09-29", ["09-27", "09-29"]),
        ("2014-09-26", "2014-09-27", ["09-23", "09-27"]),
        ("2014-10-08", "2014-10-09", []),
    ],
)
def test_the_steps_of_an_obligation(opened, closed, days):
    found = steps_between(
        date(2014, 9, 30), STEPS, date.fromisoformat(opened), date.fromisoformat(closed)
    )
    assert [str(day)[5:] for day in found] == days


def test_the_clock_stands_only_where_it_is_told_to():
    with clock.standing_at(at("2014-08-01 08:00")):
        assert clock.now() == at("2014-08-01 08:00")
    assert clock.now().year > 2014
