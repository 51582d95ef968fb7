"""The self-inspection (自查): saved in parts, submitted whole, reviewed by the bureau."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, ObligationKind
from campaign.services import obligations
from common.errors import Incomplete
from evaluations.models import (
    Criterion,
    InspectionState,
    SelfInspection,
    SelfInspectionItem,
    Standard,
)
from evaluations.policies import check_can_review_self_inspection, check_can_self_inspect
from evaluations.services.evidence import attach_evidence
from evaluations.services.marks import check_mark, check_remark
from evaluations.services.versions import Stale, claim
from evaluations.workflow import INSPECTION

EDITABLE = (InspectionState.DRAFT, InspectionState.RETURNED)


@dataclass(frozen=True)
class Answer:
    """What is said of one criterion. `self_score` None: not answered yet. `files`: new evidence."""

    criterion: Criterion
    self_score: Decimal | None
    remark: str = ""
    files: tuple = ()


def standard_for(enrolment: Enrolment, work) -> Standard:
    """The standard of begun work (a self-inspection or a check), else the one in force."""
    standard = work.standard if work else Standard.objects.in_force(enrolment.campaign)
    if standard is None:
        raise Incomplete(_("The province has not yet put a standard in force for this campaign."))
    return standard


def check_answer(answer: Answer) -> None:
    """Raise `ValidationError` unless the answer keeps the rules of its criterion."""
    if answer.self_score is not None:
        check_mark(answer.self_score, answer.criterion.points)
        check_remark(answer.self_score, answer.criterion.points, answer.remark)


@transaction.atomic
def save_self_inspection(
    *, enrolment: Enrolment, answers: list[Answer], version: int, by, now: datetime
) -> SelfInspection:
    """Keep a draft: any part of the criteria. `version`: of the form, 0 when nothing was saved
    before. Raises `Stale` when somebody else saved in between, `ValidationError` for bad points."""
    inspection = SelfInspection.objects.filter(enrolment=enrolment).first()
    check_can_self_inspect(by, enrolment, inspection, now)
    standard = standard_for(enrolment, inspection)
    known = {criterion.pk for criterion in standard.criteria_for(enrolment.station.kind)}
    for answer in answers:
        if answer.criterion.pk not in known:
            raise ValidationError(_("This criterion is not of the standard in force."))
        check_answer(answer)
    inspection = _claimed(enrolment, standard, version)
    items = {item.criterion_id: item for item in inspection.items.all()}
    for answer in answers:
        item = items[answer.criterion.pk]
        item.self_score, item.remark = answer.self_score, answer.remark.strip()
        if answer.files:
            item.evidence.add(
                *(
                    attach_evidence(enrolment=enrolment, upload=file, by=by, now=now)
                    for file in answer.files
                )
            )
    SelfInspectionItem.objects.bulk_update(items.values(), ["self_score", "remark"])
    answered = sum(item.self_score is not None for item in items.values())
    audit.record(
        by=by,
        act="self_inspection.saved",
        target=inspection,
        now=now,
        after={"answered": answered, "version": inspection.version},
    )
    return inspection


def _claimed(enrolment, standard, version) -> SelfInspection:
    """The self-inspection, ours to change, with an item for each criterion."""
    if version:
        claim(SelfInspection.objects.filter(enrolment=enrolment, state__in=EDITABLE), version)
        return SelfInspection.objects.get(enrolment=enrolment)
    try:
        with transaction.atomic():
            inspection = SelfInspection.objects.create(enrolment=enrolment, standard=standard)
    except IntegrityError as error:
        raise Stale from error
    SelfInspectionItem.objects.bulk_create(
        SelfInspectionItem(inspection=inspection, criterion=criterion)
        for criterion in standard.criteria_for(enrolment.station.kind)
    )
    return inspection


@transaction.atomic
def submit_self_inspection(*, enrolment: Enrolment, by, now: datetime) -> SelfInspection:
    """Hand the self-inspection in: every criterion answered; the score is their sum.

    Raises `Incomplete` with the numbers of the criteria that are missing.
    """
    # RACE: the row is held, so that nobody saves between the sum and the move.
    inspection = SelfInspection.objects.select_for_update().filter(enrolment=enrolment).first()
    check_can_self_inspect(by, enrolment, inspection, now)
    if inspection is None:
        raise Incomplete(_("Nothing is saved yet: answer every criterion first."))
    items = list(inspection.items.select_related("criterion"))
    missing = [item.criterion.number for item in items if item.self_score is None]
    if missing:
        raise Incomplete(
            _("These criteria are not answered yet: %(numbers)s.") % {"numbers": ", ".join(missing)}
        )
    INSPECTION.apply(
        inspection,
        "submitted",
        by=by,
        now=now,
        submitted_at=now,
        submitted_by=by,
        score=sum((item.self_score for item in items), Decimal(0)),
        version=inspection.version + 1,
    )
    obligations.meet(
        campaign=enrolment.campaign,
        kind=ObligationKind.SELF_INSPECTION,
        keys=[(enrolment.pk,)],
        now=now,
    )
    return inspection


@transaction.atomic
def accept_self_inspection(
    *, inspection: SelfInspection, by, reason: str, now: datetime
) -> SelfInspection:
    """The bureau agrees with the self-inspection."""
    check_can_review_self_inspection(by, inspection.enrolment, inspection, now)
    return INSPECTION.apply(
        inspection, "accepted", by=by, now=now, reason=reason, review_reason=reason
    )


@transaction.atomic
def return_self_inspection(
    *, inspection: SelfInspection, by, reason: str, now: datetime
) -> SelfInspection:
    """The bureau hands it back with a reason: it is owed again."""
    check_can_review_self_inspection(by, inspection.enrolment, inspection, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    INSPECTION.apply(inspection, "returned", by=by, now=now, reason=reason, review_reason=reason)
    obligations.reopen(
        campaign=inspection.enrolment.campaign,
        kind=ObligationKind.SELF_INSPECTION,
        keys=[(inspection.enrolment_id,)],
    )
    return inspection
