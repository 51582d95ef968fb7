"""Whether what was promised is kept (兑现)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from common import clock
from common.errors import Incomplete
from evaluations.models import (
    Commitment,
    FindingCategory,
    FindingSource,
    Fulfilment,
    FulfilmentStatus,
    Severity,
)
from evaluations.policies import check_can_record_fulfilment
from evaluations.services.evidence import attach_evidence
from evaluations.services.findings import CATEGORY_OF_AREA, record_finding


@transaction.atomic
def record_fulfilment(
    *,
    commitment: Commitment,
    status: str,
    seen_on: date,
    text: str,
    by,
    now: datetime,
    files=(),
    key: str | None = None,
) -> Fulfilment:
    """Write down how a published commitment stood on a day, with its evidence. A broken one becomes
    a finding by itself. The same `key` again gives the row that is there."""
    check_can_record_fulfilment(by, commitment, now)
    key = f"{commitment.pk}:{key}" if key else None
    # RACE: the commitment's row is held, so that a double click makes one row and one finding.
    Commitment.objects.select_for_update().get(pk=commitment.pk)
    present = Fulfilment.objects.filter(key=key).first() if key else None
    if present is not None:
        return present
    if not text.strip():
        raise Incomplete(_("Say what was seen."))
    if seen_on > clock.today(now):
        raise ValidationError(_("The day lies in the future."))
    finding = None
    if status == FulfilmentStatus.BROKEN:
        finding = record_finding(
            enrolment=commitment.enrolment,
            source=FindingSource.COMMITMENT,
            category=CATEGORY_OF_AREA.get(commitment.area.number, FindingCategory.MANAGEMENT),
            severity=Severity.MAJOR,
            text=_("Promised: %(promise)s Seen on %(day)s: %(seen)s")
            % {"promise": commitment.content, "day": seen_on, "seen": text.strip()},
            by=by,
            now=now,
        )
    row = Fulfilment.objects.create(
        commitment=commitment,
        status=status,
        seen_on=seen_on,
        text=text.strip(),
        finding=finding,
        recorded_by=by,
        recorded_at=now,
        key=key,
    )
    row.evidence.add(
        *(
            attach_evidence(enrolment=commitment.enrolment, upload=file, by=by, now=now)
            for file in files
        )
    )
    audit.record(
        by=by,
        act="fulfilment.recorded",
        target=commitment,
        now=now,
        after={"status": status, "seen_on": str(seen_on)},
        reason=row.text,
    )
    return row
