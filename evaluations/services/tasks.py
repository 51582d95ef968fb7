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
from evaluations.models import Finding, RectificationTask, TaskState
from evaluations.policies import check_can_assign, check_can_rectify, check_can_review_task
from evaluations.services.deadlines import usual_due_day
from evaluations.services.escalation import release_supervisors
from evaluations.services.evidence import attach_evidence
from evaluations.services.postponements import withdraw_open_requests
from evaluations.services.results import tell_who_raised_it
from evaluations.task_policies import (
    check_can_publish,
    check_can_reopen,
    check_moment_to_reopen,
)
from evaluations.workflow import TASK


@transaction.atomic
def assign_task(
    *,
    finding: Finding,
    requirement: str,
    due_on: date,
    by,
    now: datetime,
    owner: str = "",
    to_publish: bool = False,
) -> RectificationTask:
    """Dispatch a finding: the station owes its rectification by the end of `due_on`. `owner`: who
    at the station answers for it; `to_publish`: the public is to be told the result."""
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
                owner=owner.strip(),
                to_publish=to_publish,
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
        now=now,
        enrolment=enrolment,
    )
    audit.record(
        by=by, act="task.assigned", target=task, now=now, after={"due_on": due_on.isoformat()}
    )
    return task


@transaction.atomic
def start_task(
    *, task: RectificationTask, by, now: datetime, owner: str = "", measure: str = ""
) -> RectificationTask:
    """The station takes the task up, for the first time, after a return or a deferral. `owner` and
    `measure`: who answers for it and what they mean to do; empty: as before."""
    check_can_rectify(by, task, now, "started")
    return TASK.apply(
        task,
        "started",
        by=by,
        now=now,
        owner=owner.strip() or task.owner,
        measure=measure.strip() or task.measure,
    )


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
    with TASK.moving(
        task, "submitted", by=by, now=now, result=result.strip(), submitted_by=by, submitted_at=now
    ):
        task.evidence.add(
            *(
                attach_evidence(enrolment=task.enrolment, upload=file, by=by, now=now)
                for file in files
            )
        )
    # The station has done its part; a return makes it owed again.
    obligations.meet(**_owed(task), now=now)
    withdraw_open_requests(task, by, now)
    return task


@transaction.atomic
def accept_task(*, task: RectificationTask, by, reason: str, now: datetime) -> RectificationTask:
    """Somebody above the station is satisfied: what was owed is met, and who raised the problem is
    told."""
    _review(task, "accepted", by, reason, now)
    release_supervisors(task, now)
    tell_who_raised_it(task=task, by=by, now=now)
    return task


@transaction.atomic
def reopen_task(
    *, task: RectificationTask, reason: str, now: datetime, by=None, due_on: date | None = None
) -> RectificationTask:
    """The problem came back: the station owes its rectification again, by `due_on` (None: the usual
    number of working days from now). A published result is taken off.

    `by` None: whoever raised the problem says so, and the caller has checked that it is they.
    """
    if by is None:
        check_moment_to_reopen(task, now)
    else:
        check_can_reopen(by, task, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    campaign = task.enrolment.campaign
    due_on = due_on or usual_due_day(campaign, now)
    if due_on < clock.today(now):
        raise ValidationError(_("The day must not lie in the past."))
    TASK.apply(
        task,
        "reopened",
        by=by,
        now=now,
        reason=reason,
        due_on=due_on,
        reopened=task.reopened + 1,
        stage=0,
        published_at=None,
    )
    obligations.reopen(**_owed(task), now=now)
    obligations.put_off(**_owed(task), due_on=due_on, now=now)
    return task


@transaction.atomic
def publish_result(*, task: RectificationTask, text: str, by, now: datetime) -> RectificationTask:
    """Tell the public what was mended (通报整改情况), in words that name nobody who complained."""
    check_can_publish(by, task)
    if not text.strip():
        raise Incomplete(_("Write what the public is told."))
    _set_publication(task, published_at=now, public_text=text.strip())
    audit.record(
        by=by, act="task.published", target=task, now=now, after={"public_text": task.public_text}
    )
    return task


@transaction.atomic
def withdraw_result(*, task: RectificationTask, by, reason: str, now: datetime):
    """Take a published result off the public page."""
    check_can_publish(by, task)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    _set_publication(task, published_at=None)
    audit.record(by=by, act="task.withdrawn", target=task, now=now, reason=reason)
    return task


def _set_publication(task, **changes) -> None:
    # RACE: re-opened in the meantime means that there is no result to tell.
    rows = RectificationTask.objects.filter(pk=task.pk, state=TaskState.ACCEPTED)
    if not rows.update(**changes):
        raise WrongMoment(_("Only the result of an accepted rectification is published."))
    for name, value in changes.items():
        setattr(task, name, value)


@transaction.atomic
def return_task(*, task: RectificationTask, by, reason: str, now: datetime) -> RectificationTask:
    """Hand the task back with a reason; it is owed again by its day."""
    _review(task, "returned", by, reason, now)
    obligations.reopen(**_owed(task), now=now)
    return task


def _owed(task) -> dict:
    """The obligation of the task, as the obligations' services name it."""
    campaign = task.enrolment.campaign
    return {"campaign": campaign, "kind": ObligationKind.RECTIFICATION, "keys": [(task.pk,)]}


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
