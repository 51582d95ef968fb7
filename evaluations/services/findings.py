"""The register of problems (问题), whatever brought them to light."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment
from common.errors import Incomplete, allowed
from evaluations.acceptance_policies import check_can_find_from_spot_check
from evaluations.models import (
    Area,
    CheckScore,
    Criterion,
    Evidence,
    Finding,
    FindingCategory,
    FindingSource,
    SelfInspectionItem,
    Severity,
    SpotScore,
)
from evaluations.policies import (
    check_can_assign,
    check_can_find_from_check,
    check_can_find_from_self_inspection,
    check_can_record_finding,
)
from evaluations.services.deadlines import usual_due_day
from evaluations.services.evidence import attach_evidence
from evaluations.services.tasks import assign_task
from evaluations.task_policies import check_can_link

# Which of the four kinds to mend first (notice part 4 (2) 3) an area of the notice falls under.
CATEGORY_OF_AREA = {
    1: FindingCategory.WORK,
    2: FindingCategory.SERVICE,
    3: FindingCategory.SERVICE,
    5: FindingCategory.THINKING,
}


@transaction.atomic
def record_finding(
    *,
    enrolment: Enrolment,
    source: str,
    category: str,
    text: str,
    by,
    now: datetime,
    severity: str = Severity.MINOR,
    criterion: Criterion | None = None,
    area: Area | None = None,
    files=(),
    evidence: Iterable[Evidence] = (),
    key: str | None = None,
) -> Finding:
    """Write a problem into the register. With a `criterion` the area is its own. `files`: how it
    looks (uploads, `CheckedFile`s); `evidence`: files that are there. The same `key` at the same
    station again gives the row that is already there."""
    check_can_record_finding(by, enrolment, now, source)
    values = {
        "enrolment": enrolment,
        "source": source,
        "category": category,
        "severity": severity,
        "criterion": criterion,
        "area": criterion.area if criterion else area,
        "text": text.strip(),
        "recorded_by": by,
        "recorded_at": now,
    }
    if key:
        finding, created = Finding.objects.get_or_create(
            key=f"{enrolment.pk}:{key}", defaults=values
        )
    else:
        finding, created = Finding.objects.create(**values), True
    if created:
        finding.evidence.add(
            *evidence,
            *(attach_evidence(enrolment=enrolment, upload=file, by=by, now=now) for file in files),
        )
        audit.record(
            by=by,
            act="finding.recorded",
            target=finding,
            now=now,
            after={"source": source, "category": category, "severity": severity},
        )
    return finding


@transaction.atomic
def find_from_item(*, item: SelfInspectionItem, by, now: datetime) -> Finding:
    """Make a finding and its task of a criterion on which the station found a problem itself."""
    inspection = item.inspection
    check_can_find_from_self_inspection(by, inspection, now)
    if item.self_score is None or item.self_score >= item.criterion.points:
        raise Incomplete(_("No problem was found on this criterion."))
    return _found_and_dispatched(
        inspection.enrolment, FindingSource.SELF_INSPECTION, item, item.remark, by, now
    )


@transaction.atomic
def find_from_score(*, score: CheckScore, by, now: datetime) -> Finding:
    """Make a finding and its task of a deduction of the acceptance check."""
    check = score.check_of
    check_can_find_from_check(by, check, now)
    if not score.deduction:
        raise Incomplete(_("Nothing was deducted on this criterion."))
    return _found_and_dispatched(
        check.enrolment, FindingSource.ACCEPTANCE, score, score.reason, by, now
    )


@transaction.atomic
def find_from_spot_score(*, score: SpotScore, by, now: datetime) -> Finding:
    """Make a finding and its task of a deduction of a spot check."""
    check_can_find_from_spot_check(by, score.spot_check, now)
    if not score.deduction:
        raise Incomplete(_("Nothing was deducted on this criterion."))
    return _found_and_dispatched(
        score.spot_check.enrolment, FindingSource.SPOT_CHECK, score, score.reason, by, now
    )


@transaction.atomic
def link_findings(*, findings: list[Finding], by, now: datetime) -> None:
    """Say that all of `findings` are alike: the same problem elsewhere or from another source."""
    if len(findings) < 2:
        raise Incomplete(_("Choose two findings or more that are alike."))
    for finding in findings:
        check_can_link(by, finding)
        others = [other for other in findings if other.pk != finding.pk]
        finding.similar.add(*others)
        audit.record(
            by=by,
            act="finding.linked",
            target=finding,
            now=now,
            after={"similar": [other.pk for other in others]},
        )


@transaction.atomic
def unlink_finding(*, finding: Finding, other: Finding, by, now: datetime) -> None:
    """Say that two findings are not alike after all."""
    check_can_link(by, finding)
    finding.similar.remove(other)
    audit.record(
        by=by,
        act="finding.unlinked",
        target=finding,
        now=now,
        before={"similar": other.pk},
        rows=[other],
    )


def _found_and_dispatched(enrolment, source, line, text, by, now) -> Finding:
    """`line`: the item or score with its criterion and evidence."""
    criterion = line.criterion
    finding = record_finding(
        enrolment=enrolment,
        source=source,
        category=CATEGORY_OF_AREA.get(criterion.area.number, FindingCategory.MANAGEMENT),
        severity=Severity.MAJOR if criterion.veto else Severity.MINOR,
        criterion=criterion,
        text=text,
        by=by,
        now=now,
        key=f"{source}:{criterion.pk}",
        evidence=line.evidence.all(),
    )
    if allowed(check_can_assign, by, finding, now):
        assign_task(
            finding=finding,
            requirement=_("Mend the problem and report with evidence: %(problem)s")
            % {"problem": finding.text},
            due_on=usual_due_day(enrolment.campaign, now),
            by=by,
            now=now,
        )
    return finding
