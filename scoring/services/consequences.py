"""Consequences: put forward by one person, imposed by another (notice parts 4 (2) 4, 5, 6 (2)).

No function here moves anything beyond "proposed" without a person and a reason; the database
refuses such a row as well.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import WrongMoment
from evaluations.models import EligibilityWithdrawal
from scoring.models import Consequence, ConsequenceKind
from scoring.policies import check_can_decide_result, check_can_put_forward
from scoring.services.publication import reason_of
from scoring.workflow import CONSEQUENCE


@transaction.atomic
def endorse_consequence(*, consequence: Consequence, reason: str, by, now: datetime) -> Consequence:
    """The first person puts a proposed consequence forward."""
    check_can_put_forward(by)
    _check_ground(consequence)
    reason = reason_of(reason)
    return CONSEQUENCE.apply(
        consequence,
        "endorsed",
        by=by,
        now=now,
        reason=reason,
        endorsed_by=by,
        endorsed_at=now,
        endorsement_reason=reason,
    )


@transaction.atomic
def decide_consequence(
    *, consequence: Consequence, move: str, reason: str, by, now: datetime
) -> Consequence:
    """The second person imposes ("imposed"), does not take up ("dismissed") or lifts ("lifted")."""
    check_can_decide_result(by, consequence.endorsed_by_id)
    if move == "imposed":
        _check_ground(consequence)
    reason = reason_of(reason)
    return CONSEQUENCE.apply(
        consequence,
        move,
        by=by,
        now=now,
        reason=reason,
        decided_by=by,
        decided_at=now,
        decision_reason=reason,
    )


def _check_ground(consequence: Consequence) -> None:
    """A bureau loses its eligibility only while a veto withdraws it: a lifted one is no ground."""
    if consequence.kind != ConsequenceKind.BUREAU:
        return
    withdrawn = EligibilityWithdrawal.objects.in_effect().filter(
        campaign=consequence.campaign, organisation=consequence.organisation
    )
    if not withdrawn.exists():
        raise WrongMoment(_("No veto is in effect any more by which this bureau would lose it."))
