"""The self-inspection (自查): saved by criterion, submitted whole, reviewed by the bureau.

Two people may write at once: each answer carries the fingerprint of what its writer saw
(`Answer.seen`). Where nobody else wrote in between it is kept; where somebody did, nothing is
overwritten and the second writer is told what stands there now.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, ObligationKind
from campaign.services import obligations
from common.errors import Incomplete, WrongMoment
from evaluations.models import (
    Criterion,
    Evidence,
    InspectionState,
    SelfInspection,
    SelfInspectionItem,
    Standard,
    fingerprint,
)
from evaluations.policies import check_can_review_self_inspection, check_can_self_inspect
from evaluations.services.evidence import attach_evidence, discard_unused
from evaluations.services.marks import check_mark, check_remark
from evaluations.workflow import INSPECTION

EDITABLE = (InspectionState.DRAFT, InspectionState.RETURNED)
EMPTY = fingerprint(None, "", "")


@dataclass(frozen=True)
class Answer:
    """What is said of one criterion. `self_score` None: not answered yet. `page`: where in the
    files the proof stands. `files`: new evidence. `seen`: fingerprint of what the writer saw."""

    criterion: Criterion
    self_score: Decimal | None
    remark: str = ""
    page: str = ""
    files: tuple = ()
    seen: str = EMPTY


@dataclass
class Saved:
    """What became of answers: the items by criterion, and those where somebody else was faster."""

    inspection: SelfInspection
    items: dict[int, SelfInspectionItem]
    conflicts: list[SelfInspectionItem] = field(default_factory=list)


def standard_for(enrolment: Enrolment, work) -> Standard:
    """The standard of begun work (a self-inspection or a check), else the one in force."""
    standard = work.standard if work else Standard.objects.in_force(enrolment.campaign)
    if standard is None:
        raise Incomplete(_("The province has not yet put a standard in force for this campaign."))
    return standard


@transaction.atomic
def save_self_inspection(
    *, enrolment: Enrolment, answers: list[Answer], by, now: datetime
) -> Saved:
    """Keep any part of the criteria. Answers that collide with somebody else's are left out and
    named in the result. Raises `ValidationError` for bad points."""
    inspection = SelfInspection.objects.filter(enrolment=enrolment).first()
    check_can_self_inspect(by, enrolment, inspection, now)
    for answer in answers:
        if answer.self_score is not None:
            check_mark(answer.self_score, answer.criterion.points)
    begun = inspection is None
    inspection = _claimed(enrolment, standard_for(enrolment, inspection))
    rows = inspection.items.select_related("criterion", "saved_by")
    saved = Saved(inspection, {item.criterion_id: item for item in rows})
    written, attached = [], 0
    for answer in answers:
        item = saved.items.get(answer.criterion.pk)
        if item is None:
            raise ValidationError(_("This criterion is not of the standard in force."))
        if answer.files:
            attached += len(answer.files)
            item.evidence.add(
                *(
                    attach_evidence(enrolment=enrolment, upload=file, by=by, now=now)
                    for file in answer.files
                )
            )
        mine = fingerprint(answer.self_score, answer.remark, answer.page)
        if mine in (answer.seen, item.fingerprint):
            continue
        if item.fingerprint != answer.seen:
            saved.conflicts.append(item)
            continue
        item.self_score, item.remark = answer.self_score, answer.remark.strip()
        item.page, item.saved_by, item.saved_at = answer.page.strip(), by, now
        written.append(item)
    SelfInspectionItem.objects.bulk_update(
        written, ["self_score", "remark", "page", "saved_by", "saved_at"]
    )
    if written or attached or begun:
        audit.record(
            by=by,
            act="self_inspection.saved",
            target=inspection,
            now=now,
            after={
                "criteria": [item.criterion.number for item in written],
                "files": attached,
                "version": inspection.version,
            },
        )
    return saved


def _claimed(enrolment, standard) -> SelfInspection:
    """The self-inspection, ours to change until the transaction ends, with an item for each
    criterion of the station's kind."""
    inspection, created = SelfInspection.objects.get_or_create(
        enrolment=enrolment, defaults={"standard": standard}
    )
    if created:
        SelfInspectionItem.objects.bulk_create(
            SelfInspectionItem(inspection=inspection, criterion=criterion)
            for criterion in standard.criteria_for(enrolment.station.kind)
        )
    # RACE: the counter is raised before anything is read, so that writers take turns.
    rows = SelfInspection.objects.filter(pk=inspection.pk, state__in=EDITABLE)
    if not rows.update(version=F("version") + 1):
        raise WrongMoment(_("The self-inspection is submitted; it can be changed when returned."))
    inspection.refresh_from_db(fields=["version", "state"])
    return inspection


@transaction.atomic
def remove_item_evidence(
    *, item: SelfInspectionItem, evidence: Evidence, by, now: datetime
) -> None:
    """Take a file off a criterion while the self-inspection may be changed. The file itself goes
    when nothing else refers to it."""
    check_can_self_inspect(by, item.inspection.enrolment, item.inspection, now)
    item.evidence.remove(evidence)
    audit.record(
        by=by,
        act="evidence.removed",
        target=evidence,
        now=now,
        before={"criterion": item.criterion.number, "sha256": evidence.sha256},
        rows=[item.inspection, *([evidence] if evidence.is_used() else [])],
    )
    discard_unused(evidence)


def gaps(items) -> list[tuple[Criterion, str]]:
    """What stands between a draft and its submission: (criterion, what it lacks)."""
    found = []
    for item in items:
        criterion = item.criterion
        if item.self_score is None:
            found.append((criterion, _("not answered yet")))
            continue
        try:
            check_remark(item.self_score, criterion.points, item.remark)
        except ValidationError as error:
            found.append((criterion, error.messages[0]))
    return found


def last_years_answers(enrolment: Enrolment, criteria) -> dict[int, SelfInspectionItem]:
    """What the station said of the same criteria in its latest earlier campaign, by the pk of this
    year's criterion. Criteria are the same when their Chinese names are."""
    earlier = (
        SelfInspection.objects.filter(
            enrolment__station=enrolment.station,
            enrolment__campaign__year__lt=enrolment.campaign.year,
            submitted_at__isnull=False,
        )
        .order_by("-enrolment__campaign__year")
        .first()
    )
    if earlier is None:
        return {}
    said = {
        item.criterion.name_zh: item
        for item in earlier.items.filter(self_score__isnull=False).select_related("criterion")
    }
    return {
        criterion.pk: said[criterion.name_zh]
        for criterion in criteria
        if criterion.name_zh in said and said[criterion.name_zh].self_score <= criterion.points
    }


@transaction.atomic
def submit_self_inspection(*, enrolment: Enrolment, by, now: datetime) -> SelfInspection:
    """Hand the self-inspection in: every criterion answered, every deduction with its problem; the
    score is the sum. Raises `Incomplete` with the numbers of the criteria that lack something."""
    # RACE: the row is held, so that nobody saves between the sum and the move.
    inspection = SelfInspection.objects.select_for_update().filter(enrolment=enrolment).first()
    check_can_self_inspect(by, enrolment, inspection, now)
    if inspection is None:
        raise Incomplete(_("Nothing is saved yet: answer every criterion first."))
    items = list(inspection.items.select_related("criterion"))
    if missing := gaps(items):
        raise Incomplete(
            _("These criteria are not complete yet: %(numbers)s.")
            % {"numbers": ", ".join(criterion.number for criterion, _why in missing)}
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
        now=now,
    )
    return inspection
