"""A later day for a rectification: the one extension, or "cannot be solved now"."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import ObligationKind
from campaign.services import obligations
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations.models import (
    Postponement,
    PostponementKind,
    PostponementState,
    RectificationTask,
    TaskState,
)
from evaluations.services.deadlines import last_extended_day
from evaluations.services.escalation import release_supervisors
from evaluations.task_policies import (
    check_can_ask_postponement,
    check_can_decide_postponement,
    check_can_withdraw_postponement,
)
from evaluations.workflow import POSTPONEMENT, TASK


def check_new_day(task: RectificationTask, kind: str, new_due_on: date, now: datetime) -> None:
    """Raise `ValidationError` unless the day asked for lies after the present one, not in the past,
    and for an extension within the campaign's limit."""
    if new_due_on <= task.due_on or new_due_on < clock.today(now):
        raise ValidationError(_("The new day must lie after the present one, and not in the past."))
    if kind == PostponementKind.EXTENSION and new_due_on > (last := last_extended_day(task)):
        raise ValidationError(
            _("An extension may run until %(day)s at the latest.") % {"day": last}
        )


@transaction.atomic
def ask_postponement(
    *,
    task: RectificationTask,
    kind: str,
    reason: str,
    plan: str,
    new_due_on: date,
    by,
    now: datetime,
    interim_measure: str = "",
) -> Postponement:
    """Ask the bureau for a later day. A deferral also says what is done meanwhile."""
    check_can_ask_postponement(by, task, kind, now)
    check_new_day(task, kind, new_due_on, now)
    if not reason.strip() or not plan.strip():
        raise Incomplete(_("Give the reason, and what is planned until the new day."))
    if kind == PostponementKind.DEFERRAL and not interim_measure.strip():
        raise Incomplete(_("Say what is done meanwhile."))
    try:
        with transaction.atomic():
            postponement = Postponement.objects.create(
                task=task,
                enrolment=task.enrolment,
                kind=kind,
                reason=reason.strip(),
                interim_measure=interim_measure.strip(),
                plan=plan.strip(),
                old_due_on=task.due_on,
                new_due_on=new_due_on,
                asked_by=by,
                asked_at=now,
            )
    except IntegrityError as error:
        raise WrongMoment(
            _("A later day is already asked for; the bureau has to decide first.")
        ) from error
    audit.record(
        by=by,
        act="postponement.asked",
        target=postponement,
        now=now,
        reason=reason,
        after={"task": task.pk, "kind": kind, "new_due_on": new_due_on.isoformat()},
    )
    return postponement


@transaction.atomic
def approve_postponement(
    *, postponement: Postponement, by, reason: str, now: datetime
) -> Postponement:
    """Grant the later day: the task and what the station owes move to it. A deferred task rests
    until the station takes it up again."""
    _decide(postponement, "approved", by, reason, now)
    task = RectificationTask.objects.select_related("enrolment__campaign").get(
        pk=postponement.task_id
    )
    release_supervisors(task, now)
    new_day, before = postponement.new_due_on, {"due_on": task.due_on.isoformat()}
    if postponement.kind == PostponementKind.DEFERRAL:
        TASK.apply(task, "deferred", by=by, now=now, reason=reason, due_on=new_day, stage=0)
    else:
        # RACE: accepted in the meantime means that there is nothing left to extend.
        rows = RectificationTask.objects.filter(pk=task.pk).exclude(state=TaskState.ACCEPTED)
        if not rows.update(due_on=new_day, stage=0):
            raise WrongMoment(_("The rectification is already accepted."))
        audit.record(
            by=by,
            act="task.extended",
            target=task,
            now=now,
            reason=reason,
            before=before,
            after={"due_on": new_day.isoformat()},
        )
    obligations.put_off(
        campaign=task.enrolment.campaign,
        kind=ObligationKind.RECTIFICATION,
        keys=[(task.pk,)],
        due_on=new_day,
        now=now,
    )
    return postponement


@transaction.atomic
def refuse_postponement(
    *, postponement: Postponement, by, reason: str, now: datetime
) -> Postponement:
    """Keep the present day."""
    return _decide(postponement, "refused", by, reason, now)


@transaction.atomic
def withdraw_postponement(*, postponement: Postponement, by, now: datetime) -> Postponement:
    """Take the request back."""
    check_can_withdraw_postponement(by, postponement, now)
    return POSTPONEMENT.apply(postponement, "withdrawn", by=by, now=now)


def withdraw_open_requests(task: RectificationTask, by, now: datetime) -> None:
    """A rectification that is handed in needs no later day any more."""
    for postponement in task.postponements.filter(state=PostponementState.ASKED):
        POSTPONEMENT.apply(postponement, "withdrawn", by=by, now=now)


def _decide(postponement, move, by, reason, now):
    check_can_decide_postponement(by, postponement, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return POSTPONEMENT.apply(
        postponement,
        move,
        by=by,
        now=now,
        reason=reason,
        decision_reason=reason,
        decided_by=by,
        decided_at=now,
    )
