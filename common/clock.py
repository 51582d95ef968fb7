"""The portal's time. Read once per request or task (`now()`), then passed down as `now`.

A date such as "by 31 October" ends at 24:00 that day in Asia/Shanghai, that is at 00:00 of the
next day, exclusive.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from common.models import DemonstrationClock

DEMONSTRATION_TODAY = date(2014, 10, 25)


_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


@contextmanager
def standing_at(moment: datetime):
    """Within the block the portal's time is `moment`: for rehearsals, never for a request."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)


def now() -> datetime:
    """This moment, aware, in local time; in the demonstration: its day at the real time of day."""
    if standing := _standing.get():
        return standing
    real = timezone.localtime()
    if not settings.DEMONSTRATION:
        return real
    return datetime.combine(demonstration_today(), real.timetz())


def demonstration_today() -> date:
    """The demonstration's day: PORTAL_TODAY, else the clock's row, else 2014-10-25."""
    if settings.PORTAL_TODAY:
        return date.fromisoformat(settings.PORTAL_TODAY)
    row = DemonstrationClock.objects.first()
    return row.today if row else DEMONSTRATION_TODAY


def start_of(day: date) -> datetime:
    """00:00 of `day`, local time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """24:00 of `day`, local time: the first instant that is too late (exclusive)."""
    return start_of(day + timedelta(days=1))


def today(now: datetime) -> date:
    """The local date of `now`."""
    return timezone.localdate(now)
