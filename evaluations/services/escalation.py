"""Overdue rectification is told level by level (督办): the bureau, the prefecture, the province.

Each level told owes a follow-up, so that it stands on its desk and in its reminders, until the
problem is mended or has a new day.
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts import audit
from campaign.models import Campaign, CampaignState, ObligationKind
from campaign.services import obligations
from campaign.working_days import due_after
from common import clock
from evaluations.models import RectificationRule, RectificationTask
from evaluations.services.deadlines import rule_of

LEVELS = 3  # bureau, prefecture, province: as many as stand above any station


def stage_on(task: RectificationTask, rule: RectificationRule, today: date) -> int:
    """How many levels above the station have to know on `today`: none before the day is over, one
    on the first day after it, then one more every `rule.escalation_days` days."""
    days = (today - task.due_on).days
    if days <= 0:
        return 0
    return min(1 + (days - 1) // rule.escalation_days, len(_units_above(task)))


def escalate_overdue(*, now: datetime) -> int:
    """Tell the next level of every open campaign's overdue tasks; of how many tasks it was told.
    May be repeated: a level is told once for each day that was missed."""
    today, told = clock.today(now), 0
    for campaign in Campaign.objects.filter(state=CampaignState.OPEN):
        rule = rule_of(campaign)
        follow_up_by = due_after(today, rule.supervision_days)
        for task in _candidates(campaign, rule, now):
            if (stage := stage_on(task, rule, today)) > task.stage:
                told += _tell(task, stage, follow_up_by, now)
    return told


def release_supervisors(task: RectificationTask, now: datetime) -> None:
    """What the levels above owed for the task's present day is done: call it before a new day."""
    obligations.meet(
        campaign=task.enrolment.campaign,
        kind=ObligationKind.SUPERVISION,
        keys=[_key(task, stage) for stage in range(1, LEVELS + 1)],
        now=now,
    )


def _candidates(campaign, rule, now):
    """Overdue tasks that may have reached another level."""
    waited = timedelta(days=rule.escalation_days)
    rows = RectificationTask.objects.overdue_at(now).filter(enrolment__campaign=campaign)
    due = [
        rows.filter(stage=stage, due_on__lt=clock.today(now) - stage * waited)
        for stage in range(LEVELS)
    ]
    return (due[0] | due[1] | due[2]).select_related(
        "finding",
        "enrolment__campaign",
        "enrolment__station__organisation__supervisor__supervisor__supervisor",
    )


@transaction.atomic
def _tell(task, stage, follow_up_by, now) -> bool:
    # RACE: whoever mended it or gave it another day in between has changed the row.
    rows = RectificationTask.objects.overdue_at(now).filter(
        pk=task.pk, stage=task.stage, due_on=task.due_on
    )
    if not rows.update(stage=stage):
        return False
    units = _units_above(task)
    for level in range(task.stage + 1, stage + 1):
        obligations.open_obligation(
            campaign=task.enrolment.campaign,
            organisation=units[level - 1],
            kind=ObligationKind.SUPERVISION,
            parts=_key(task, level),
            due_on=follow_up_by,
            now=now,
            enrolment=task.enrolment,
        )
    audit.record(
        by=None,
        act="task.escalated",
        target=task,
        now=now,
        before={"stage": task.stage},
        after={"stage": stage, "told": units[stage - 1].code},
    )
    task.stage = stage
    return True


def _units_above(task) -> list:
    """The units above the station, the nearest first."""
    units, unit = [], task.enrolment.organisation.supervisor
    while unit is not None:
        units.append(unit)
        unit = unit.supervisor
    return units


def _key(task, level) -> tuple:
    return task.pk, task.due_on.isoformat(), level
