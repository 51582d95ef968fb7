"""Later days, re-opening and publication of rectifications: may this person, now?"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Activity, Campaign, Enrolment
from common.errors import Denied, WrongMoment
from evaluations.models import (
    Finding,
    Postponement,
    PostponementKind,
    PostponementState,
    RectificationTask,
    TaskState,
)
from evaluations.policies import check_can_work_for_station, check_reviewer, is_above
from evaluations.workflow import POSTPONEMENT, TASK


def check_can_set_days(user, campaign: Campaign) -> None:
    """Set how long rectification takes."""
    check_may(user, Permission.CAMPAIGN_EDIT)


def check_can_ask_postponement(user, task: RectificationTask, kind: str, now: datetime) -> None:
    """Ask for a later day: one request at a time, one extension, and that before the day is over.
    What cannot be solved may be deferred at any time."""
    check_can_work_for_station(user, task.enrolment)
    task.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    TASK.check(task, "deferred")
    if task.postponements.filter(state=PostponementState.ASKED).exists():
        raise WrongMoment(_("A later day is already asked for; the bureau has to decide first."))
    if kind == PostponementKind.EXTENSION:
        if task.is_overdue(now):
            raise WrongMoment(_("An extension is asked for before the day is over, not after it."))
        if task.postponements.filter(kind=kind, state=PostponementState.APPROVED).exists():
            raise WrongMoment(_("This task was extended once; it cannot be extended again."))


def check_can_withdraw_postponement(user, postponement: Postponement, now: datetime) -> None:
    """Take a request back before it is decided."""
    check_can_work_for_station(user, postponement.enrolment)
    POSTPONEMENT.check(postponement, "withdrawn")


def check_can_decide_postponement(user, postponement: Postponement, now: datetime) -> None:
    """Approve or refuse a later day: above the station, and not who asked for it."""
    check_reviewer(user, postponement.enrolment, postponement.asked_by_id)
    postponement.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    POSTPONEMENT.check(postponement, "approved")


def check_can_reopen(user, task: RectificationTask, now: datetime) -> None:
    """Open an accepted rectification again, because the problem came back."""
    _check_above(user, task.enrolment)
    check_moment_to_reopen(task, now)


def check_moment_to_reopen(task: RectificationTask, now: datetime) -> None:
    """Whether phase and state allow it, whoever brings the problem back."""
    task.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    TASK.check(task, "reopened")


def check_can_publish(user, task: RectificationTask) -> None:
    """Tell the public the result of a rectification (通报整改情况), or take it off again."""
    _check_above(user, task.enrolment)
    if task.state != TaskState.ACCEPTED:
        raise WrongMoment(_("Only the result of an accepted rectification is published."))


def check_can_link(user, finding: Finding) -> None:
    """Say that findings are alike."""
    check_may(user, Permission.FINDING_RECORD)


def _check_above(user, enrolment: Enrolment) -> None:
    check_may(user, Permission.RECTIFICATION_REVIEW)
    if not is_above(user, enrolment):
        raise Denied(_("Nobody accepts their own unit's work; the bureau above the station does."))
