"""Chinese working days: weekdays less public holidays, plus make-up days (调休)."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from campaign.models import CalendarDay

SATURDAY = 5


def is_working_day(day: date, differing: Mapping[date, bool]) -> bool:
    """Whether `day` is worked; `differing` holds the days that differ from their weekday."""
    return differing.get(day, day.weekday() < SATURDAY)


def add_working_days(start: date, count: int, differing: Mapping[date, bool]) -> date:
    """The `count`-th working day after `start` (the day itself is not counted)."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, differing)
    return day


def differing_days(first: date, last: date) -> dict[date, bool]:
    """The calendar's holidays (False) and make-up days (True) from `first` to `last`."""
    rows = CalendarDay.objects.filter(date__range=(first, last))
    return dict(rows.values_list("date", "is_workday"))


def due_after(start: date, count: int) -> date:
    """`add_working_days` by the calendar in the database."""
    # Holidays never stretch so far: three calendar days for a working day, and a month on top.
    return add_working_days(
        start, count, differing_days(start, start + timedelta(days=3 * count + 31))
    )


def reach_days(start: date, end: date) -> list[tuple[date, int | None, str]]:
    """(day, its number among the working days or None, why it is not worked) for each day after
    `start` up to `end`, by the calendar in the database."""
    named = CalendarDay.objects.filter(date__range=(start, end)).in_bulk(field_name="date")
    rows, number = [], 0
    for offset in range(1, (end - start).days + 1):
        day = start + timedelta(days=offset)
        entry = named.get(day)
        if is_working_day(day, {day: entry.is_workday} if entry else {}):
            number += 1
            rows.append((day, number, ""))
        else:
            rows.append((day, None, entry.name_zh if entry and entry.name_zh else _("weekend")))
    return rows
