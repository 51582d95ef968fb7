"""The register of problems (问题), whatever brought them to light."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete, allowed
from evaluations.models import (
    CheckScore,
    Criterion,
    Finding,
    FindingCategory,
    FindingSource,
    SelfInspectionItem,
    Severity,
)
from evaluations.policies import (
    check_can_assign,
    check_can_find_from_check,
    check_can_find_from_self_inspection,
    check_can_record_finding,
)
from evaluations.services.tasks import assign_task

# What a task is given by default, in working days; the person who dispatches it may change it.
USUAL_WORKING_DAYS = 15
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
    key: str | None = None,
) -> Finding:
    """Write a problem into the register. The same `key` at the same station again gives the row
    that is already there."""
    check_can_record_finding(by, enrolment, now, source)
    values = {
        "enrolment": enrolment,
        "source": source,
        "category": category,
        "severity": severity,
        "criterion": criterion,
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
        inspection.enrolment, FindingSource.SELF_INSPECTION, item.criterion, item.remark, by, now
    )


@transaction.atomic
def find_from_score(*, score: CheckScore, by, now: datetime) -> Finding:
    """Make a finding and its task of a deduction of the acceptance check."""
    check = score.check_of
    check_can_find_from_check(by, check, now)
    if not score.deduction:
        raise Incomplete(_("Nothing was deducted on this criterion."))
    return _found_and_dispatched(
        check.enrolment, FindingSource.ACCEPTANCE, score.criterion, score.reason, by, now
    )


def _found_and_dispatched(enrolment, source, criterion, text, by, now) -> Finding:
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
    )
    if allowed(check_can_assign, by, finding, now):
        assign_task(
            finding=finding,
            requirement=_("Mend the problem and report with evidence: %(problem)s")
            % {"problem": finding.text},
            due_on=due_after(clock.today(now), USUAL_WORKING_DAYS),
            by=by,
            now=now,
        )
    return finding
