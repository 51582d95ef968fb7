"""How long a rectification may take: the campaign's rule, and the days that follow from it."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from campaign.models import Campaign
from campaign.working_days import due_after
from common import clock
from evaluations.models import RectificationRule, RectificationTask
from evaluations.task_policies import check_can_set_days

DAYS = ("working_days", "extension_days", "escalation_days", "supervision_days")


def rule_of(campaign: Campaign) -> RectificationRule:
    """The campaign's rule; the defaults, unsaved, where it has none."""
    rule = RectificationRule.objects.filter(campaign=campaign).first()
    return rule or RectificationRule(campaign=campaign)


def usual_due_day(campaign: Campaign, now: datetime) -> date:
    """The day that a task dispatched now is given unless somebody says otherwise."""
    return due_after(clock.today(now), rule_of(campaign).working_days)


def last_extended_day(task: RectificationTask) -> date:
    """The latest day to which the task may be extended."""
    return due_after(task.due_on, rule_of(task.enrolment.campaign).extension_days)


@transaction.atomic
def set_days(*, campaign: Campaign, values: dict, by, now: datetime) -> RectificationRule:
    """Set the campaign's numbers of days (`values`: `DAYS`); dispatched tasks keep theirs."""
    check_can_set_days(by, campaign)
    before = rule_of(campaign)
    rule, _created = RectificationRule.objects.update_or_create(campaign=campaign, defaults=values)
    audit.record(
        by=by,
        act="rectification_rule.changed",
        target=rule,
        now=now,
        before={name: getattr(before, name) for name in DAYS},
        after={name: getattr(rule, name) for name in DAYS},
    )
    return rule
