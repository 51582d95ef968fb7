"""What a station promises (承诺)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, ObligationKind
from campaign.services import obligations
from common.errors import Incomplete, WrongMoment
from evaluations.models import Commitment
from evaluations.policies import check_can_change_commitment, check_can_commit

FIELDS = ("area", "content", "measure", "time_limit", "responsible", "supervision")


@transaction.atomic
def add_commitment(
    *, enrolment: Enrolment, values: dict, by, now: datetime, key: str | None = None
) -> Commitment:
    """Write a commitment (`values`: `FIELDS`). The same `key` again gives the same row."""
    check_can_commit(by, enrolment, now)
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
def change_commitment(*, commitment: Commitment, values: dict, by, now: datetime) -> Commitment:
    """Change an unpublished commitment."""
    check_can_change_commitment(by, commitment, now)
    before = _plain(Commitment.objects.get(pk=commitment.pk))
    # RACE: published in the meantime means that the promise stands.
    if not Commitment.objects.filter(pk=commitment.pk, published_at=None).update(**values):
        raise WrongMoment(_("This commitment is published; what was promised cannot be changed."))
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
    """Delete an unpublished commitment; the trail keeps its words."""
    check_can_change_commitment(by, commitment, now)
    audit.record(
        by=by, act="commitment.deleted", target=commitment, now=now, before=_plain(commitment)
    )
    deleted, _by_model = Commitment.objects.filter(pk=commitment.pk, published_at=None).delete()
    if not deleted:
        raise WrongMoment(_("This commitment is published; what was promised cannot be changed."))


@transaction.atomic
def publish_commitments(*, enrolment: Enrolment, by, now: datetime) -> int:
    """Show all commitments to the public and meet what is owed; how many became public."""
    check_can_commit(by, enrolment, now)
    if not enrolment.commitments.exists():
        raise Incomplete(_("Write at least one commitment before publishing."))
    published = enrolment.commitments.filter(published_at=None).update(published_at=now)
    obligations.meet(
        campaign=enrolment.campaign,
        kind=ObligationKind.COMMITMENTS,
        keys=[(enrolment.pk,)],
        now=now,
    )
    if published:
        audit.record(
            by=by,
            act="commitments.published",
            target=enrolment,
            now=now,
            after={"published": published},
        )
    return published


def _plain(commitment) -> dict:
    return {name: str(getattr(commitment, name)) for name in FIELDS}
