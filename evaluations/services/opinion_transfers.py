"""Passing an opinion on to the unit whose task it is, and sending it back when that was wrong."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Enrolment
from common.errors import Incomplete
from evaluations.models import Opinion, OpinionTransfer, TermStep
from evaluations.opinion_policies import (
    check_can_handle,
    check_can_send_back,
    check_may_handle_about,
)
from evaluations.services.opinion_terms import hand_clocks_over, meet_clocks, start_clock
from evaluations.workflow import OPINION


@transaction.atomic
def transfer_opinion(
    *,
    opinion: Opinion,
    to_unit: Organisation,
    reason: str,
    by,
    now: datetime,
    target: Organisation | None = None,
) -> OpinionTransfer:
    """Pass it on; `target`: the unit that it is really about, where another one was named.

    Never to the unit that it is about, nor to one below that. The day by which the complainant
    must be told stays as it was.
    """
    check_can_handle(by, opinion, "transferred")
    about = target or opinion.target
    check_may_handle_about(to_unit, about, opinion.concerns_bureau)
    if to_unit == opinion.handler:
        raise Incomplete(_("Your unit has it already."))
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    from_unit = opinion.handler
    transfer = OpinionTransfer.objects.create(
        opinion=opinion,
        from_unit=from_unit,
        to_unit=to_unit,
        former_target=opinion.target if target else None,
        reason=reason.strip(),
        passed_by=by,
        passed_at=now,
    )
    changes = {"handler": to_unit}
    if target is not None and target != opinion.target:
        changes |= _about(opinion, target)
    OPINION.apply(opinion, "transferred", by=by, now=now, reason=reason.strip(), **changes)
    meet_clocks(opinion, (TermStep.TRANSFER,), now)
    hand_clocks_over(opinion, to_unit, now)
    start_clock(opinion, TermStep.TRANSFER_BACK, now, round=opinion.transfers.count())
    return transfer


@transaction.atomic
def send_opinion_back(*, opinion: Opinion, reason: str, by, now: datetime) -> OpinionTransfer:
    """It was passed on wrongly: it goes back to where it came from, with the reason."""
    check_can_send_back(by, opinion, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    transfer = opinion.transfers.select_related("from_unit", "former_target").last()
    changes = {"handler": transfer.from_unit}
    if transfer.former_target is not None:
        changes |= _about(opinion, transfer.former_target)
    with OPINION.moving(opinion, "sent_back", by=by, now=now, reason=reason.strip(), **changes):
        OpinionTransfer.objects.filter(pk=transfer.pk).update(
            back_by=by, back_at=now, back_reason=reason.strip()
        )
    meet_clocks(opinion, (TermStep.TRANSFER_BACK,), now)
    hand_clocks_over(opinion, transfer.from_unit, now)
    start_clock(opinion, TermStep.TRANSFER, now, round=opinion.transfers.count() + 1)
    return transfer


def _about(opinion, target) -> dict:
    """The columns that say whom it is about."""
    enrolment = Enrolment.objects.filter(
        campaign=opinion.campaign, station__organisation=target
    ).first()
    return {"target": target, "enrolment": enrolment, "commitment": None}
