"""The veto (一票否决): proposed by one person, decided by another (notice part 6 (2))."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment
from common.errors import Incomplete, WrongMoment
from evaluations.models import Veto
from evaluations.policies import (
    check_can_decide_veto,
    check_can_lift_veto,
    check_can_propose_veto,
)
from evaluations.workflow import VETO


@transaction.atomic
def propose_veto(*, enrolment: Enrolment, reason: str, by, now: datetime) -> Veto:
    """Propose to bar the station; nothing happens before somebody else decides."""
    check_can_propose_veto(by, enrolment)
    _check_reason(reason)
    try:
        with transaction.atomic():
            veto = Veto.objects.create(
                enrolment=enrolment, reason=reason, proposed_by=by, proposed_at=now
            )
    except IntegrityError as error:
        raise WrongMoment(_("A veto is already proposed or in effect for this station.")) from error
    audit.record(by=by, act="veto.proposed", target=veto, now=now, reason=reason)
    return veto


@transaction.atomic
def decide_veto(*, veto: Veto, confirm: bool, reason: str, by, now: datetime) -> Veto:
    """Put a proposed veto into effect, or reject it."""
    check_can_decide_veto(by, veto)
    return _decided(veto, "confirmed" if confirm else "rejected", reason, by, now)


@transaction.atomic
def lift_veto(*, veto: Veto, reason: str, by, now: datetime) -> Veto:
    """End a veto that is in effect."""
    check_can_lift_veto(by, veto)
    return _decided(veto, "lifted", reason, by, now)


def _decided(veto, move, reason, by, now):
    _check_reason(reason)
    return VETO.apply(
        veto,
        move,
        by=by,
        now=now,
        reason=reason,
        decision_reason=reason,
        decided_by=by,
        decided_at=now,
    )


def _check_reason(reason) -> None:
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
