"""Files that back a statement of an enrolment."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction

from accounts import audit
from campaign.models import Enrolment
from common.uploads import CheckedFile, examine
from evaluations.models import Evidence
from evaluations.policies import check_can_attach


@transaction.atomic
def attach_evidence(
    *, enrolment: Enrolment, upload, by, now: datetime, withheld: bool = False
) -> Evidence:
    """Store a file (an upload, or a `CheckedFile`) as evidence of the enrolment.

    The same content again gives the row that is already there. `withheld`: the province's alone
    until it is released. Raises `ValidationError`.
    """
    check_can_attach(by, enrolment)
    checked = upload if isinstance(upload, CheckedFile) else examine(upload)
    evidence = Evidence.objects.filter(
        enrolment=enrolment,
        sha256=checked.sha256,
        uploaded_by=by,
        name=checked.name,
        withheld=withheld,
    ).first()
    if evidence is not None and evidence.file.storage.exists(evidence.file.name):
        return evidence
    evidence = new_evidence(enrolment=enrolment, checked=checked, by=by, now=now)
    evidence.withheld = withheld
    evidence.save()
    audit.record(
        by=by,
        act="evidence.attached",
        target=evidence,
        now=now,
        after={"sha256": evidence.sha256, "size": evidence.size, "enrolment": enrolment.pk},
    )
    return evidence


def discard_unused(evidence: Evidence) -> None:
    """Delete a file that no row refers to any more, once that is committed."""
    if evidence.is_used():
        return
    file = evidence.file
    evidence.delete()
    transaction.on_commit(lambda: file.storage.delete(file.name))


def new_evidence(*, enrolment: Enrolment, checked: CheckedFile, by, now: datetime) -> Evidence:
    """The unsaved row of a checked file; the file itself is in the store."""
    evidence = Evidence(
        enrolment=enrolment,
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=checked.sha256,
        uploaded_by=by,
        uploaded_at=now,
    )
    evidence.file.save(checked.name, ContentFile(checked.content), save=False)
    return evidence
