"""The working calendar: holidays and make-up days, and what their change moves."""

import csv
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import CalendarDay
from campaign.services import deadlines
from campaign.working_days import SATURDAY
from common.errors import Incomplete

WORKDAYS = Path(settings.BASE_DIR) / "data" / "workdays_cn_2014_2026.csv"


def load_calendar(now: datetime) -> None:
    """Load the public holidays and make-up days that the portal ships (2014–2026); days that are in
    the calendar already stay as they are."""
    with WORKDAYS.open(encoding="utf-8", newline="") as file:
        days = [
            CalendarDay(
                date=row["date"], is_workday=row["kind"] == "workday", name_zh=row["name_zh"]
            )
            for row in csv.DictReader(file)
        ]
    known = set(CalendarDay.objects.values_list("pk", flat=True))
    CalendarDay.objects.bulk_create(days, ignore_conflicts=True)
    new = CalendarDay.objects.exclude(pk__in=known)
    audit.record(by=None, act="calendar.loaded", now=now, after={"days": len(new)}, rows=new)


@transaction.atomic
def set_day(
    *, day: date, is_workday: bool, name_zh: str, reason: str, by, now: datetime
) -> list[deadlines.Shift]:
    """Say that `day` is worked or not. Open deadlines in working days move, and those concerned
    are told. A day that is as its weekday is leaves the calendar."""
    check_may(by, Permission.CAMPAIGN_EDIT)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    before = row = CalendarDay.objects.filter(date=day).first()
    if is_workday == (day.weekday() < SATURDAY):
        CalendarDay.objects.filter(date=day).delete()
    else:
        row, _created = CalendarDay.objects.update_or_create(
            date=day, defaults={"is_workday": is_workday, "name_zh": name_zh.strip()}
        )
    shifts = deadlines.move_by_calendar(reason=reason.strip(), now=now)
    event = audit.record(
        by=by,
        act="calendar.changed",
        now=now,
        reason=reason.strip(),
        before={"day": str(day), "worked": before.is_workday if before else None},
        after={
            "day": str(day),
            "worked": is_workday,
            "moved": sum(len(shift.obligation_ids) for shift in shifts),
        },
        rows=[row] if row else [],
    )
    deadlines.tell_those_concerned(
        cause=str(event.pk), shifts=shifts, reason=reason.strip(), now=now
    )
    return shifts
