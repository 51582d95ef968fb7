"""Moves the clock day by day. Each day the tasks of beat's schedule run early, at eight and in the
afternoon; in between people do what falls to them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from celery import current_app
from django.utils import timezone

from campaign.models import Campaign, Obligation, ObligationState, Reminder
from common import clock
from deliveries.models import Delivery, DeliveryState

# Local times of a day: the tasks run, people work, the tasks run again.
EARLY, MORNING, WORK, AFTERNOON = time(0, 5), time(8), time(10), time(16)


@dataclass(frozen=True)
class Day:
    """What happened on a day; the counts are obligations, reminders and mails."""

    day: date
    phases: tuple[str, ...]
    opened: int
    met: int
    late: int
    reminded: int
    escalated: int
    mails: int
    overdue: int


def rehearse(
    *, campaign: Campaign, acts: Callable[[date, datetime], None], first: date, last: date
) -> Iterator[Day]:
    """Live through the days from `first` to `last`; `acts(day, now)` is what people do."""
    # Tasks are known once their modules are imported, as a worker does when it starts.
    current_app.loader.import_default_modules()
    seen = Tally.of(campaign)
    day = first
    while day <= last:
        for moment in (EARLY, MORNING):
            ring(at(day, moment))
        with clock.standing_at(at(day, WORK)):
            acts(day, at(day, WORK))
        ring(at(day, AFTERNOON))
        now = Tally.of(campaign)
        yield Day(
            day=day,
            phases=tuple(_turns(campaign, day)),
            opened=now.opened - seen.opened,
            met=now.met - seen.met,
            late=now.late - seen.late,
            reminded=now.reminded - seen.reminded,
            escalated=now.escalated - seen.escalated,
            mails=now.mails - seen.mails,
            overdue=Obligation.objects.filter(campaign=campaign)
            .overdue_at(at(day, AFTERNOON))
            .count(),
        )
        seen = now
        day += timedelta(days=1)


@dataclass(frozen=True)
class Tally:
    """How much there has been of everything until now."""

    opened: int
    met: int
    late: int
    reminded: int
    escalated: int
    mails: int

    @classmethod
    def of(cls, campaign) -> "Tally":
        owed = Obligation.objects.filter(campaign=campaign)
        met = owed.filter(state=ObligationState.MET)
        told = Reminder.objects.filter(obligation__campaign=campaign)
        return cls(
            opened=owed.count(),
            met=met.count(),
            late=sum(row.was_late for row in met.only("state", "met_at", "due_on").iterator(1000)),
            reminded=told.filter(own=True).count(),
            escalated=told.filter(own=False).count(),
            mails=Delivery.objects.filter(state=DeliveryState.SENT).count(),
        )


def at(day: date, moment: time) -> datetime:
    """A local moment of `day`."""
    return timezone.make_aware(datetime.combine(day, moment))


def ring(now: datetime) -> None:
    """Run every task of beat's schedule at `now`; the outbox until it is empty."""
    tasks = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    with clock.standing_at(now):
        for name in sorted(tasks):
            current_app.tasks[name].apply(throw=True)
        while _sendable():
            before = _sendable()
            current_app.tasks["deliveries.tasks.send_deliveries"].apply(throw=True)
            if _sendable() == before:
                break


def _sendable() -> int:
    return Delivery.objects.filter(
        state=DeliveryState.PLANNED, try_after__lte=timezone.now()
    ).count()


def _turns(campaign, day) -> Iterator[str]:
    """The phases that open or close on the day."""
    for phase in campaign.phases.all():
        if phase.starts_on == day:
            yield f"{phase} opens at 00:00"
        if phase.ends_on == day:
            yield f"{phase} closes at 24:00"


def wrong_steps(campaign: Campaign, last: date, opened_on: dict[int, date]) -> list[str]:
    """Obligations whose reminders are not exactly their steps, each person once a step; told from
    the rows alone, not with the planner's own code. `opened_on`: the day on which each arose."""
    steps = [
        (row.offset_days, row.repeat_days)
        for row in campaign.reminder_steps.order_by("offset_days")
    ]
    told: dict[int, set] = {}
    doubled = Counter()
    rows = Reminder.objects.filter(obligation__campaign=campaign, own=True)
    for obligation_id, user_id, step_day in rows.values_list(
        "obligation_id", "user_id", "step_day"
    ):
        told.setdefault(obligation_id, set()).add(step_day)
        doubled[obligation_id, user_id, step_day] += 1
    wrong = [f"{key}: told {count} times" for key, count in doubled.items() if count > 1]
    for row in Obligation.objects.filter(campaign=campaign).iterator(1000):
        end = timezone.localdate(row.met_at) if row.met_at else last
        wanted = set(steps_between(row.due_on, steps, opened_on[row.pk], end))
        found = told.get(row.pk, set())
        if wanted != found:
            wrong.append(f"{row.key}: {_days(found)} instead of {_days(wanted)}")
    return wrong


def _days(days) -> str:
    return " ".join(f"{day:%m-%d}" for day in sorted(days)) or "nothing"


def steps_between(due_on: date, steps, opened: date, closed: date) -> list[date]:
    """The step days from `opened` to `closed`; a step that fell up to three days before something
    arose is caught up, the latest one only."""
    days = set()
    for offset, repeat in steps:
        day = due_on + timedelta(days=offset)
        while day <= closed:
            days.add(day)
            if not repeat:
                break
            day += timedelta(days=repeat)
    before = [day for day in days if day < opened]
    caught_up = max(before, default=None)
    kept = sorted(day for day in days if day >= opened)
    first_step_is_today = bool(kept) and kept[0] == opened
    if caught_up and (opened - caught_up).days <= 3 and not first_step_is_today:
        kept.insert(0, caught_up)
    return kept
