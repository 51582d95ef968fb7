"""Rectification tasks (整改任务): dispatched, worked on, submitted, accepted or returned."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import ObligationKind
from campaign.services import obligations
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations.models import Finding, RectificationTask
from evaluations.policies import check_can_assign, check_can_rectify, check_can_review_task
from evaluations.services.evidence import attach_evidence
from evaluations.workflow import TASK


@transaction.atomic
def assign_task(
    *, finding: Finding, requirement: str, due_on: date, by, now: datetime
) -> RectificationTask:
    """Dispatch a finding: the station owes its rectification by the end of `due_on`."""
    check_can_assign(by, finding, now)
    if due_on < clock.today(now):
        raise ValidationError(_("The day must not lie in the past."))
    enrolment = finding.enrolment
    try:
        with transaction.atomic():
            task = RectificationTask.objects.create(
                finding=finding,
                enrolment=enrolment,
                requirement=requirement.strip(),
                due_on=due_on,
                assigned_by=by,
                assigned_at=now,
            )
    except IntegrityError as error:
        raise WrongMoment(
            _("This finding is already dispatched as a rectification task.")
        ) from error
    obligations.open_obligation(
        campaign=enrolment.campaign,
        organisation=enrolment.organisation,
        kind=ObligationKind.RECTIFICATION,
        parts=(task.pk,),
        due_on=due_on,
        enrolment=enrolment,
    )
    audit.record(
        by=by, act="task.assigned", target=task, now=now, after={"due_on": due_on.isoformat()}
    )
    return task


@transaction.atomic
def start_task(*, task: RectificationTask, by, now: datetime) -> RectificationTask:
    """The station takes the task up, for the first time or after a return."""
    check_can_rectify(by, task, now, "started")
    return TASK.apply(task, "started", by=by, now=now)


@transaction.atomic
def submit_task(
    *, task: RectificationTask, result: str, files, by, now: datetime
) -> RectificationTask:
    """Report what was done, with at least one file in evidence. Late is allowed, and stays seen."""
    check_can_rectify(by, task, now, "submitted")
    if not result.strip():
        raise Incomplete(_("Say what was done."))
    if not files and not task.evidence.exists():
        raise Incomplete(_("Attach at least one file as evidence."))
    TASK.apply(
        task, "submitted", by=by, now=now, result=result.strip(), submitted_by=by, submitted_at=now
    )
    task.evidence.add(
        *(attach_evidence(enrolment=task.enrolment, upload=file, by=by, now=now) for file in files)
    )
    return task


@transaction.atomic
def accept_task(*, task: RectificationTask, by, reason: str, now: datetime) -> RectificationTask:
    """Somebody above the station is satisfied: what was owed is met."""
    _review(task, "accepted", by, reason, now)
    obligations.meet(
        campaign=task.enrolment.campaign,
        kind=ObligationKind.RECTIFICATION,
        keys=[(task.pk,)],
        now=now,
    )
    return task


@transaction.atomic
def return_task(*, task: RectificationTask, by, reason: str, now: datetime) -> RectificationTask:
    """Hand the task back with a reason; it stays owed by its day."""
    return _review(task, "returned", by, reason, now)


def _review(task, move, by, reason, now):
    check_can_review_task(by, task, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return TASK.apply(
        task,
        move,
        by=by,
        now=now,
        reason=reason,
        review_reason=reason,
        reviewed_by=by,
        reviewed_at=now,
    )
