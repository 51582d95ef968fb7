"""The acceptance check (检查验收): recorded item by item, signed off, frozen."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, ObligationKind
from campaign.services import obligations
from common import clock
from common.errors import Incomplete
from evaluations.models import (
    AcceptanceCheck,
    CheckInspector,
    CheckScore,
    CheckState,
    Criterion,
)
from evaluations.policies import check_can_edit_check
from evaluations.services.evidence import attach_evidence
from evaluations.services.marks import check_mark, check_reason
from evaluations.services.self_inspections import standard_for
from evaluations.services.versions import Stale, claim
from evaluations.workflow import CHECK

TEAM = 2  # a check is never one person's word


@dataclass(frozen=True)
class Mark:
    """What is deducted on one criterion. `deduction` None: not looked at yet. `files`: new ones."""

    criterion: Criterion
    deduction: Decimal | None
    reason: str = ""
    files: tuple = ()


def check_the_mark(mark: Mark) -> None:
    """Raise `ValidationError` unless the deduction keeps the rules of its criterion."""
    if mark.deduction is not None:
        check_mark(mark.deduction, mark.criterion.points)
        check_reason(mark.deduction, mark.criterion.points, mark.reason)


@transaction.atomic
def save_check(
    *,
    enrolment: Enrolment,
    checked_on: date,
    inspectors: list[str],
    marks: list[Mark],
    version: int,
    by,
    now: datetime,
) -> AcceptanceCheck:
    """Keep a draft of the check. `version`: of the form, 0 when nothing was saved before.
    Raises `Stale` when somebody else saved in between, `ValidationError` for bad deductions."""
    check = AcceptanceCheck.objects.filter(enrolment=enrolment).first()
    check_can_edit_check(by, enrolment, check, now)
    standard = standard_for(enrolment, check)
    known = {criterion.pk for criterion in standard.criteria_for(enrolment.station.kind)}
    if checked_on > clock.today(now):
        raise ValidationError(_("The day of the check must not lie in the future."))
    for mark in marks:
        if mark.criterion.pk not in known:
            raise ValidationError(_("This criterion is not of the standard in force."))
        check_the_mark(mark)
    check = _claimed(enrolment, standard, checked_on, version)
    _name_inspectors(check, inspectors)
    scores = {score.criterion_id: score for score in check.scores.all()}
    for mark in marks:
        score = scores[mark.criterion.pk]
        score.deduction, score.reason = mark.deduction, mark.reason.strip()
        if mark.files:
            score.evidence.add(
                *(
                    attach_evidence(enrolment=enrolment, upload=file, by=by, now=now)
                    for file in mark.files
                )
            )
    CheckScore.objects.bulk_update(scores.values(), ["deduction", "reason"])
    audit.record(
        by=by,
        act="check.saved",
        target=check,
        now=now,
        after={
            "checked_on": checked_on.isoformat(),
            "looked_at": sum(score.deduction is not None for score in scores.values()),
            "version": check.version,
        },
    )
    return check


def _claimed(enrolment, standard, checked_on, version) -> AcceptanceCheck:
    """The check, ours to change, with a score for each criterion."""
    if version:
        rows = AcceptanceCheck.objects.filter(enrolment=enrolment, state=CheckState.DRAFT)
        claim(rows, version)
        rows.update(checked_on=checked_on)
        return rows.get()
    try:
        with transaction.atomic():
            check = AcceptanceCheck.objects.create(
                enrolment=enrolment,
                standard=standard,
                authority=enrolment.acceptance_authority,
                checked_on=checked_on,
            )
    except IntegrityError as error:
        raise Stale from error
    CheckScore.objects.bulk_create(
        CheckScore(check_of=check, criterion=criterion)
        for criterion in standard.criteria_for(enrolment.station.kind)
    )
    return check


def _name_inspectors(check, names) -> None:
    names = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if [row.name for row in check.inspectors.all()] != names:
        check.inspectors.all().delete()
        CheckInspector.objects.bulk_create(
            CheckInspector(check_of=check, name=name) for name in names
        )


@transaction.atomic
def sign_check(*, enrolment: Enrolment, by, now: datetime) -> AcceptanceCheck:
    """Sign the check off: every criterion looked at, two inspectors or more. Nothing changes after.

    Score = the points of the check's criteria less all deductions. Raises `Incomplete` with what
    is missing.
    """
    # RACE: the row is held, so that nobody saves between the sum and the move.
    check = AcceptanceCheck.objects.select_for_update().filter(enrolment=enrolment).first()
    check_can_edit_check(by, enrolment, check, now)
    if check is None:
        raise Incomplete(_("Nothing is saved yet: record the check first."))
    scores = list(check.scores.select_related("criterion"))
    missing = [score.criterion.number for score in scores if score.deduction is None]
    if missing:
        raise Incomplete(
            _("These criteria have not been looked at yet: %(numbers)s.")
            % {"numbers": ", ".join(missing)}
        )
    if check.inspectors.count() < TEAM:
        raise Incomplete(_("Name two inspectors or more."))
    CHECK.apply(
        check,
        "signed",
        by=by,
        now=now,
        signed_by=by,
        signed_at=now,
        score=sum(score.criterion.points - score.deduction for score in scores),
        version=check.version + 1,
    )
    obligations.meet(
        campaign=enrolment.campaign,
        kind=ObligationKind.ACCEPTANCE,
        keys=[(enrolment.pk,)],
        now=now,
    )
    return check
