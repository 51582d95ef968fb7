"""Spot checks (抽查): the second look, how far it deviates, and what the province orders then."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation
from campaign.models import ObligationKind
from campaign.services import obligations
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations.acceptance_policies import (
    check_can_close_order,
    check_can_edit_spot_check,
    check_can_order_recheck,
    check_can_report_order,
)
from evaluations.models import (
    AcceptanceRules,
    Evidence,
    RecheckOrder,
    SpotCheck,
    SpotDraw,
    SpotScore,
    SpotState,
)
from evaluations.services.checks import Mark, check_the_mark
from evaluations.services.evidence import attach_evidence
from evaluations.services.versions import claim
from evaluations.workflow import DRAW, RECHECK_ORDER, SPOT_CHECK


@transaction.atomic
def save_spot_check(
    *, spot_check: SpotCheck, checked_on: date, marks: list[Mark], version: int, by, now: datetime
) -> SpotCheck:
    """Keep a draft. Raises `Stale` when somebody else saved in between, `ValidationError` for bad
    deductions."""
    check_can_edit_spot_check(by, spot_check, now)
    if checked_on > clock.today(now):
        raise ValidationError(_("The day of the check must not lie in the future."))
    claim(SpotCheck.objects.filter(pk=spot_check.pk, state=SpotState.DRAWN), version)
    SpotCheck.objects.filter(pk=spot_check.pk).update(checked_on=checked_on)
    spot_check.checked_on, spot_check.version = checked_on, version + 1
    scores = {score.criterion_id: score for score in spot_check.scores.all()}
    for mark in marks:
        if mark.criterion.pk not in scores:
            raise ValidationError(_("This criterion is not of the standard in force."))
        check_the_mark(mark)
        score = scores[mark.criterion.pk]
        score.deduction, score.reason = mark.deduction, mark.reason.strip()
        for file in mark.files:
            score.evidence.add(
                attach_evidence(
                    enrolment=spot_check.enrolment, upload=file, by=by, now=now, withheld=True
                )
            )
    SpotScore.objects.bulk_update(scores.values(), ["deduction", "reason"])
    audit.record(
        by=by,
        act="spot_check.saved",
        target=spot_check,
        now=now,
        after={"looked_at": sum(score.deduction is not None for score in scores.values())},
    )
    return spot_check


@transaction.atomic
def sign_spot_check(*, spot_check: SpotCheck, by, now: datetime) -> SpotCheck:
    """Sign off: the deviation from the first check is fixed, and seen by those concerned.

    deviation = first score − second score: above zero, the first check was too kind. A deviation
    of more than the campaign's threshold, either way, raises a flag.
    """
    # RACE: the row is held, so that nobody saves between the sum and the move.
    version = SpotCheck.objects.select_for_update().get(pk=spot_check.pk).version
    check_can_edit_spot_check(by, spot_check, now)
    if spot_check.checked_on is None:
        raise Incomplete(_("Nothing is saved yet: record the check first."))
    scores = list(spot_check.scores.select_related("criterion"))
    missing = [score.criterion.number for score in scores if score.deduction is None]
    if missing:
        raise Incomplete(
            _("These criteria have not been looked at yet: %(numbers)s.")
            % {"numbers": ", ".join(missing)}
        )
    rules = AcceptanceRules.objects.of(spot_check.enrolment.campaign)
    total = sum((score.criterion.points - score.deduction for score in scores), Decimal(0))
    deviation = spot_check.first_score - total
    with SPOT_CHECK.moving(
        spot_check,
        "signed",
        by=by,
        now=now,
        score=total,
        deviation=deviation,
        flagged=abs(deviation) > rules.spot_threshold,
        signed_by=by,
        signed_at=now,
        version=version + 1,
    ) as written:
        files = Evidence.objects.filter(pk__in=spot_check.scores.values("evidence"))
        files.update(withheld=False)
        written += files
    if not spot_check.draw.spot_checks.exclude(state=SpotState.SIGNED).exists():
        DRAW.apply(spot_check.draw, "closed", by=by, now=now)
    return spot_check


@transaction.atomic
def order_recheck(
    *, draw: SpotDraw, authority: Organisation, reason: str, due_on: date, by, now: datetime
) -> RecheckOrder:
    """Tell a prefecture with a flagged spot check to check its stations again by `due_on`."""
    check_can_order_recheck(by, draw, authority, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    if due_on < clock.today(now):
        raise ValidationError(_("The day must not lie in the past."))
    try:
        with transaction.atomic():
            order = RecheckOrder.objects.create(
                draw=draw,
                authority=authority,
                reason=reason.strip(),
                due_on=due_on,
                ordered_by=by,
                ordered_at=now,
            )
    except IntegrityError as error:
        raise WrongMoment(_("The re-check of this prefecture is already ordered.")) from error
    obligations.open_obligation(
        campaign=draw.campaign,
        organisation=authority,
        kind=ObligationKind.RECHECK,
        parts=("order", order.pk),
        due_on=due_on,
        now=now,
    )
    audit.record(by=by, act="recheck_order.ordered", target=order, now=now, reason=reason)
    return order


@transaction.atomic
def report_order(*, order: RecheckOrder, report: str, by, now: datetime) -> RecheckOrder:
    """The prefecture says what it checked again and what came of it."""
    check_can_report_order(by, order)
    if not report.strip():
        raise Incomplete(_("Say what was done."))
    RECHECK_ORDER.apply(
        order, "reported", by=by, now=now, report=report.strip(), reported_by=by, reported_at=now
    )
    _keys_of(obligations.meet, order, now=now)
    return order


@transaction.atomic
def review_order(
    *, order: RecheckOrder, close: bool, reason: str, by, now: datetime
) -> RecheckOrder:
    """The province is satisfied, or returns the report: then it is owed again."""
    check_can_close_order(by, order)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    RECHECK_ORDER.apply(order, "closed" if close else "returned", by=by, now=now, reason=reason)
    if not close:
        _keys_of(obligations.reopen, order, now=now)
    return order


def _keys_of(act, order, **kwargs) -> None:
    act(
        campaign=order.draw.campaign,
        kind=ObligationKind.RECHECK,
        keys=[("order", order.pk)],
        **kwargs,
    )
