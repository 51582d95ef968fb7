"""Secret visits (暗访): entered and kept by the province, then released to those concerned."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment
from common import clock
from common.errors import Incomplete
from evaluations.acceptance_policies import check_can_change_visit, check_can_visit
from evaluations.models import (
    Criterion,
    Evidence,
    Finding,
    FindingSource,
    SecretVisit,
    Severity,
    VisitObservation,
)
from evaluations.services.evidence import attach_evidence
from evaluations.workflow import SECRET_VISIT


@dataclass(frozen=True)
class Seen:
    """One problem that was seen. `files`: evidence."""

    category: str
    text: str
    severity: str = Severity.MINOR
    criterion: Criterion | None = None
    files: tuple = ()


@transaction.atomic
def record_visit(
    *,
    enrolment: Enrolment,
    visited_on: date,
    visitors: str,
    summary: str,
    by,
    now: datetime,
    key: str | None = None,
) -> SecretVisit:
    """Write a visit down; nobody below the province learns of it before its release. The same
    `key` again gives the row that is already there."""
    check_can_visit(by, enrolment.campaign, now)
    if visited_on > clock.today(now):
        raise ValidationError(_("The day of the visit must not lie in the future."))
    if not summary.strip() or not visitors.strip():
        raise Incomplete(_("Say who went and what was seen."))
    values = {
        "enrolment": enrolment,
        "visited_on": visited_on,
        "visitors": visitors.strip(),
        "summary": summary.strip(),
        "recorded_by": by,
        "recorded_at": now,
    }
    if key:
        visit, created = SecretVisit.objects.get_or_create(key=key, defaults=values)
    else:
        visit, created = SecretVisit.objects.create(**values), True
    if created:
        audit.record(by=by, act="secret_visit.recorded", target=visit, now=now)
    return visit


@transaction.atomic
def add_observation(
    *, visit: SecretVisit, seen: Seen, by, now: datetime, key: str | None = None
) -> VisitObservation:
    """Add a problem with its evidence; the files are withheld until the release."""
    check_can_change_visit(by, visit, now)
    if not seen.text.strip():
        raise Incomplete(_("Say what the problem is."))
    values = {
        "visit": visit,
        "criterion": seen.criterion,
        "category": seen.category,
        "severity": seen.severity,
        "text": seen.text.strip(),
    }
    if key:
        row, created = VisitObservation.objects.get_or_create(
            key=f"{visit.pk}:{key}", defaults=values
        )
    else:
        row, created = VisitObservation.objects.create(**values), True
    if not created:
        return row
    for file in seen.files:
        row.evidence.add(
            attach_evidence(enrolment=visit.enrolment, upload=file, by=by, now=now, withheld=True)
        )
    audit.record(by=by, act="secret_visit.observed", target=visit, now=now)
    return row


@transaction.atomic
def release_visit(*, visit: SecretVisit, reason: str, by, now: datetime) -> SecretVisit:
    """Show the visit to those concerned: each observation becomes a finding, its files open."""
    check_can_change_visit(by, visit, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    with SECRET_VISIT.moving(
        visit, "released", by=by, now=now, reason=reason, released_by=by, released_at=now
    ) as written:
        for row in visit.observations.all():
            row.finding = Finding.objects.create(
                enrolment=visit.enrolment,
                source=FindingSource.SECRET_VISIT,
                category=row.category,
                severity=row.severity,
                criterion=row.criterion,
                text=row.text,
                recorded_by=by,
                recorded_at=now,
                key=f"secret_visit:{row.pk}",
            )
            row.save(update_fields=["finding"])
            written.append(row.finding)
        files = Evidence.objects.filter(pk__in=visit.observations.values("evidence"))
        files.update(withheld=False)
        written += files
    return visit
