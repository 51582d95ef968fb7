"""Working days, by the State Council's calendar of 2014."""

from datetime import date

import pytest

from campaign.models import CalendarDay
from campaign.working_days import add_working_days, due_after, is_working_day

# National Day 2014: 1 to 7 October off; Sunday 28 September and Saturday 11 October worked.
NATIONAL_DAY = {
    **{date(2014, 10, day): False for day in range(1, 8)},
    date(2014, 9, 28): True,
    date(2014, 10, 11): True,
}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2014, 9, 26), True),  # Friday
        (date(2014, 9, 27), False),  # Saturday
        (date(2014, 9, 28), True),  # Sunday, make-up
        (date(2014, 10, 1), False),  # Wednesday, holiday
        (date(2014, 10, 11), True),  # Saturday, make-up
        (date(2014, 10, 12), False),  # Sunday
    ],
)
def test_is_working_day(day, expected):
    assert is_working_day(day, NATIONAL_DAY) is expected


def test_plain_weeks_skip_weekends():
    assert add_working_days(date(2014, 11, 3), 5, {}) == date(2014, 11, 10)


def test_no_days_is_the_day_itself():
    assert add_working_days(date(2014, 10, 4), 0, NATIONAL_DAY) == date(2014, 10, 4)


def test_over_national_day_with_both_make_up_days():
    # 23-26 Sep (4), 28 (5), 29, 30 (7), 8-10 Oct (10), 11 (11), 13-16 (15).
    assert add_working_days(date(2014, 9, 22), 15, NATIONAL_DAY) == date(2014, 10, 16)


@pytest.mark.django_db
def test_due_after_reads_the_calendar():
    assert due_after(date(2014, 9, 22), 15) == date(2014, 10, 13)
    CalendarDay.objects.bulk_create(
        CalendarDay(date=day, is_workday=worked) for day, worked in NATIONAL_DAY.items()
    )
    assert due_after(date(2014, 9, 22), 15) == date(2014, 10, 16)
