"""Findings with their rectification tasks, many at once, in any state of their history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import (
    Activity,
    Campaign,
    Enrolment,
    Obligation,
    ObligationKind,
    ObligationState,
)
from campaign.services import obligations
from common import clock
from common.errors import Denied, WrongMoment
from common.uploads import CheckedFile
from evaluations.models import (
    Criterion,
    Evidence,
    Finding,
    FindingSource,
    RectificationTask,
    Severity,
    TaskState,
)
from evaluations.policies import (
    check_can_record_many,
    check_can_work_for_station,
    check_reviewer,
    sources_for,
)
from evaluations.services.evidence import new_evidence

BATCH = 1000


@dataclass(frozen=True)
class FindingRecord:
    """A finding and the history of its task.

    `state`: where the task stands; "assigned" past `due_on` is an overdue one. From "submitted" on,
    `result`, `submitted_by`, `submitted_at` and at least one of `files` are needed; "accepted" and
    "returned" need `reviewed_by`, `reviewed_at` and `review_reason` as well. `recorded_at` None:
    the batch's `now`.
    """

    enrolment: Enrolment
    source: str
    category: str
    text: str
    requirement: str
    due_on: date
    severity: str = Severity.MINOR
    criterion: Criterion | None = None
    recorded_at: datetime | None = None
    state: str = TaskState.ASSIGNED
    result: str = ""
    submitted_by: User | None = None
    submitted_at: datetime | None = None
    files: tuple[CheckedFile, ...] = ()
    reviewed_by: User | None = None
    reviewed_at: datetime | None = None
    review_reason: str = ""


SUBMITTED = (TaskState.SUBMITTED, TaskState.ACCEPTED, TaskState.RETURNED)
REVIEWED = (TaskState.ACCEPTED, TaskState.RETURNED)


@transaction.atomic
def record_findings_with_tasks(
    *, campaign: Campaign, rows: Iterable[FindingRecord], by, now: datetime
) -> list[RectificationTask]:
    """Write findings, their tasks and what is owed for them. `by` recorded and dispatched them."""
    rows = list(rows)
    check_can_record_many(
        by, campaign, [row.enrolment for row in rows], Activity.RECTIFY, now, lambda *_: None
    )
    importing = by.may(Permission.CAMPAIGN_EDIT)
    for row in rows:
        if not importing and row.source not in sources_for(by, row.enrolment):
            label = FindingSource(row.source).label
            raise Denied(
                _("Your unit does not record findings from: %(source)s.") % {"source": label}
            )
        _check_history(row, now)
    findings = Finding.objects.bulk_create(
        (
            Finding(
                enrolment=row.enrolment,
                source=row.source,
                criterion=row.criterion,
                area_id=row.criterion.area_id if row.criterion else None,
                category=row.category,
                severity=row.severity,
                text=row.text,
                recorded_by=by,
                recorded_at=row.recorded_at or now,
            )
            for row in rows
        ),
        batch_size=BATCH,
    )
    tasks = RectificationTask.objects.bulk_create(
        (_task(row, finding, by, now) for row, finding in zip(rows, findings, strict=True)),
        batch_size=BATCH,
    )
    evidence = _attach(rows, tasks)
    obligations.open_obligations(
        [_obligation(campaign, row, task) for row, task in zip(rows, tasks, strict=True)], now=now
    )
    audit.record(
        by=by,
        act="findings.imported",
        target=campaign,
        now=now,
        after={"findings": len(rows)},
        rows=[*findings, *tasks, *evidence],
    )
    return tasks


def _check_history(row: FindingRecord, now) -> None:
    """The rules of dispatching, submitting and reviewing, on a history told at once."""
    enrolment, recorded_at = row.enrolment, row.recorded_at or now

    def refuse(reason):
        raise ValidationError(f"{enrolment.organisation.code}: {reason}")

    if not row.text.strip() or not row.requirement.strip():
        refuse(_("The problem and what is to be done are needed."))
    if row.due_on < clock.today(recorded_at):
        refuse(_("The day must not lie in the past."))
    moments = [recorded_at]
    if row.state in SUBMITTED:
        if not (row.result.strip() and row.submitted_by and row.submitted_at):
            refuse(_("Say what was done."))
        if not row.files:
            refuse(_("Attach at least one file as evidence."))
        check_can_work_for_station(row.submitted_by, enrolment)
        moments.append(row.submitted_at)
    if row.state in REVIEWED:
        if not (row.review_reason.strip() and row.reviewed_by and row.reviewed_at):
            refuse(_("Give the reason."))
        check_reviewer(row.reviewed_by, enrolment, row.submitted_by.pk)
        moments.append(row.reviewed_at)
    if sorted([*moments, now]) != [*moments, now]:
        refuse(_("The moments of this history are not in order."))


def _task(row: FindingRecord, finding, by, now) -> RectificationTask:
    return RectificationTask(
        finding=finding,
        enrolment=row.enrolment,
        requirement=row.requirement,
        due_on=row.due_on,
        state=row.state,
        assigned_by=by,
        assigned_at=row.recorded_at or now,
        result=row.result,
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        review_reason=row.review_reason,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
    )


def _attach(rows, tasks) -> list[Evidence]:
    pairs = [
        (
            task,
            new_evidence(
                enrolment=row.enrolment, checked=file, by=row.submitted_by, now=row.submitted_at
            ),
        )
        for row, task in zip(rows, tasks, strict=True)
        if row.submitted_by
        for file in row.files
    ]
    rows = [evidence for _task, evidence in pairs]
    Evidence.objects.bulk_create(rows, batch_size=BATCH)
    link = RectificationTask.evidence.through
    link.objects.bulk_create(
        (link(rectificationtask=task, evidence=evidence) for task, evidence in pairs),
        batch_size=BATCH,
    )
    return rows


def _obligation(campaign, row: FindingRecord, task) -> Obligation:
    met = row.state in (TaskState.SUBMITTED, TaskState.ACCEPTED)
    return Obligation(
        campaign=campaign,
        organisation=row.enrolment.organisation,
        kind=ObligationKind.RECTIFICATION,
        enrolment=row.enrolment,
        key=obligations.key_of(ObligationKind.RECTIFICATION, task.pk),
        due_on=row.due_on,
        state=ObligationState.MET if met else ObligationState.OPEN,
        met_at=row.submitted_at if met else None,
    )


@transaction.atomic
def dispatch_findings(
    *,
    findings: list[Finding],
    requirement: str,
    due_on: date,
    by,
    now: datetime,
    to_publish: bool = False,
) -> list[RectificationTask]:
    """Dispatch many findings with one requirement and day. All or none: raises `WrongMoment` when
    one is dispatched already. `findings` with their enrolment, station and campaign."""
    check_may(by, Permission.FINDING_RECORD)
    if due_on < clock.today(now):
        raise ValidationError(_("The day must not lie in the past."))
    campaigns = {finding.enrolment.campaign_id: finding.enrolment.campaign for finding in findings}
    for campaign in campaigns.values():
        campaign.check_allows(Activity.RECTIFY, now)
    if any(not by.organisation.covers(finding.enrolment.organisation) for finding in findings):
        raise Denied(_("A station of this batch lies outside your area or campaign."))
    _check_undispatched(findings)
    tasks = RectificationTask.objects.bulk_create(
        (
            RectificationTask(
                finding=finding,
                enrolment=finding.enrolment,
                requirement=requirement.strip(),
                due_on=due_on,
                to_publish=to_publish,
                assigned_by=by,
                assigned_at=now,
            )
            for finding in findings
        ),
        batch_size=BATCH,
    )
    obligations.open_obligations(
        [
            Obligation(
                campaign=task.enrolment.campaign,
                organisation=task.enrolment.organisation,
                kind=ObligationKind.RECTIFICATION,
                enrolment=task.enrolment,
                key=obligations.key_of(ObligationKind.RECTIFICATION, task.pk),
                due_on=due_on,
            )
            for task in tasks
        ],
        now=now,
    )
    for campaign in campaigns.values():
        audit.record(
            by=by,
            act="findings.dispatched",
            target=campaign,
            now=now,
            after={
                "findings": [finding.pk for finding in findings],
                "due_on": due_on.isoformat(),
            },
            rows=[task for task in tasks if task.enrolment.campaign_id == campaign.pk],
        )
    return tasks


def _check_undispatched(findings) -> None:
    # RACE: the findings are held, so that nobody else dispatches one before the tasks are written.
    keys = [finding.pk for finding in findings]
    list(Finding.objects.select_for_update().filter(pk__in=keys).values_list("pk", flat=True))
    there = RectificationTask.objects.filter(finding__in=keys)
    texts = [task.finding.text[:30] for task in there.select_related("finding")[:5]]
    if texts:
        raise WrongMoment(
            _("Already dispatched: %(findings)s. Nothing was dispatched; choose again.")
            % {"findings": "; ".join(texts)}
        )
