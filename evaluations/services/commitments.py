"""What a station promises (承诺)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, ObligationKind
from campaign.services import obligations
from common.errors import Incomplete, WrongMoment
from evaluations.models import Commitment, CommitmentState
from evaluations.policies import (
    check_can_change_commitment,
    check_can_commit,
    check_can_review_commitments,
)
from evaluations.services.evidence import attach_evidence
from evaluations.workflow import COMMITMENT

FIELDS = (
    "area",
    "content",
    "measure",
    "time_limit",
    "responsible",
    "supervision_phone",
    "letter_box",
    "web",
    "supervision",
    "published_where",
)
# The states in which the station may still change it.
WRITABLE = (CommitmentState.DRAFT, CommitmentState.RETURNED)


@transaction.atomic
def add_commitment(
    *, enrolment: Enrolment, values: dict, by, now: datetime, key: str | None = None, photo=None
) -> Commitment:
    """Write a commitment (`values`: `FIELDS`), with a photo of where it hangs (an upload). The same
    `key` again gives the same row."""
    check_can_commit(by, enrolment, now)
    values = values | _photo(enrolment, photo, by, now)
    if key:
        commitment, created = Commitment.objects.get_or_create(
            key=f"{enrolment.pk}:{key}", defaults={"enrolment": enrolment, **values}
        )
    else:
        commitment, created = Commitment.objects.create(enrolment=enrolment, **values), True
    if created:
        audit.record(
            by=by, act="commitment.added", target=commitment, now=now, after=_plain(commitment)
        )
    return commitment


@transaction.atomic
def change_commitment(
    *, commitment: Commitment, values: dict, by, now: datetime, photo=None
) -> Commitment:
    """Change a commitment that is with the station; a `photo` (an upload) takes the place of the
    one before."""
    check_can_change_commitment(by, commitment, now)
    values = values | _photo(commitment.enrolment, photo, by, now)
    before = _plain(Commitment.objects.get(pk=commitment.pk))
    # RACE: submitted or published in the meantime means that its words stand.
    rows = Commitment.objects.filter(pk=commitment.pk, state__in=WRITABLE)
    if not rows.update(**values):
        raise WrongMoment(_("What has been handed in or published cannot be changed."))
    commitment.refresh_from_db()
    audit.record(
        by=by,
        act="commitment.changed",
        target=commitment,
        now=now,
        before=before,
        after=_plain(commitment),
    )
    return commitment


@transaction.atomic
def delete_commitment(*, commitment: Commitment, by, now: datetime) -> None:
    """Delete a commitment that is with the station; the trail keeps its words."""
    check_can_change_commitment(by, commitment, now)
    audit.record(
        by=by, act="commitment.deleted", target=commitment, now=now, before=_plain(commitment)
    )
    rows = Commitment.objects.filter(pk=commitment.pk, state__in=WRITABLE)
    deleted, _by_model = rows.delete()
    if not deleted:
        raise WrongMoment(_("What has been handed in or published cannot be changed."))


@transaction.atomic
def submit_commitments(*, enrolment: Enrolment, by, now: datetime) -> int:
    """Hand all that are with the station to the bureau above; how many. What is owed is met."""
    check_can_commit(by, enrolment, now)
    rows = list(enrolment.commitments.filter(state__in=WRITABLE))
    if not rows:
        raise Incomplete(_("Write at least one commitment before handing them in."))
    for row in rows:
        if not row.channels:
            raise Incomplete(
                _("Say how the public can supervise this one: %(commitment)s") % {"commitment": row}
            )
    for row in rows:
        COMMITMENT.apply(row, "submitted", by=by, now=now, submitted_by=by, submitted_at=now)
    obligations.meet(
        campaign=enrolment.campaign,
        kind=ObligationKind.COMMITMENTS,
        keys=[(enrolment.pk,)],
        now=now,
    )
    return len(rows)


@transaction.atomic
def publish_commitments(*, enrolment: Enrolment, by, now: datetime) -> int:
    """The bureau above finds what was handed in good: the public sees it. How many."""
    rows = _handed_in(enrolment, by, now)
    for row in rows:
        COMMITMENT.apply(row, "published", by=by, now=now, published_at=now, review_reason="")
    audit.record(
        by=by,
        act="commitments.published",
        target=enrolment,
        now=now,
        after={"published": len(rows)},
    )
    return len(rows)


@transaction.atomic
def return_commitments(*, enrolment: Enrolment, reason: str, by, now: datetime) -> int:
    """The bureau above returns what was handed in, with the reason; it is owed again."""
    rows = _handed_in(enrolment, by, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    for row in rows:
        COMMITMENT.apply(
            row, "returned", by=by, now=now, reason=reason.strip(), review_reason=reason.strip()
        )
    obligations.reopen(
        campaign=enrolment.campaign,
        kind=ObligationKind.COMMITMENTS,
        keys=[(enrolment.pk,)],
        now=now,
    )
    return len(rows)


def _handed_in(enrolment, by, now) -> list[Commitment]:
    rows = list(enrolment.commitments.filter(state=CommitmentState.SUBMITTED))
    check_can_review_commitments(by, enrolment, rows, now)
    return rows


def _photo(enrolment, upload, by, now) -> dict:
    if upload is None:
        return {}
    return {"photo": attach_evidence(enrolment=enrolment, upload=upload, by=by, now=now)}


def _plain(commitment) -> dict:
    return {name: str(getattr(commitment, name)) for name in FIELDS}
