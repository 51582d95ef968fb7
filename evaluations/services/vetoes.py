"""The veto (一票否决): proposed by one person, answered by the station, decided by another (notice
part 6 (2))."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, SupervisionLine
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations.acceptance_policies import check_can_propose_from, check_can_reply_to_veto
from evaluations.models import AcceptanceRules, EligibilityWithdrawal, SecretVisit, Veto
from evaluations.policies import (
    check_can_decide_veto,
    check_can_lift_veto,
    check_can_propose_veto,
)
from evaluations.services.evidence import attach_evidence
from evaluations.services.rights import right_of_veto, tell_of_right
from evaluations.services.station_news import tell_of_veto
from evaluations.workflow import VETO


@transaction.atomic
def propose_veto(
    *, enrolment: Enrolment, reason: str, by, now: datetime, visit: SecretVisit | None = None
) -> Veto:
    """Propose to bar the station; nothing happens before it was heard and somebody else decides.
    `visit`: the released secret visit on which the proposal rests."""
    check_can_propose_veto(by, enrolment)
    if visit is not None:
        check_can_propose_from(visit, enrolment)
    _check_reason(reason)
    rules = AcceptanceRules.objects.of(enrolment.campaign)
    try:
        with transaction.atomic():
            veto = Veto.objects.create(
                enrolment=enrolment,
                reason=reason,
                visit=visit,
                proposed_by=by,
                proposed_at=now,
                reply_due_on=due_after(clock.today(now), rules.veto_reply_days),
            )
    except IntegrityError as error:
        raise WrongMoment(_("A veto is already proposed or in effect for this station.")) from error
    audit.record(by=by, act="veto.proposed", target=veto, now=now, reason=reason)
    tell_of_right(right_of_veto(veto), now=now)
    return veto


@transaction.atomic
def reply_to_veto(*, veto: Veto, text: str, files, by, now: datetime) -> Veto:
    """The station's reply, once, with evidence; after it the veto may be decided."""
    check_can_reply_to_veto(by, veto, now)
    if not text.strip():
        raise Incomplete(_("Write the reply."))
    # RACE: of two replies at once, one is kept and the other one is told.
    replied = Veto.objects.filter(pk=veto.pk, replied_at=None, state=veto.state).update(
        reply=text.strip(), replied_by=by, replied_at=now
    )
    if not replied:
        raise WrongMoment(_("The station has already replied."))
    for file in files:
        veto.reply_evidence.add(
            attach_evidence(enrolment=veto.enrolment, upload=file, by=by, now=now)
        )
    audit.record(by=by, act="veto.replied", target=veto, now=now)
    veto.refresh_from_db(fields=["reply", "replied_by", "replied_at"])
    return veto


@transaction.atomic
def decide_veto(*, veto: Veto, confirm: bool, reason: str, by, now: datetime) -> Veto:
    """Put a proposed veto into effect, or reject it. In effect it caps the station's grade, bars
    its honours, and withdraws the eligibility of the unit right below the province."""
    check_can_decide_veto(by, veto, now)
    with _decided(veto, "confirmed" if confirm else "rejected", reason, by, now):
        if confirm:
            EligibilityWithdrawal.objects.create(
                veto=veto,
                campaign=veto.enrolment.campaign,
                organisation=answerable_unit(veto.enrolment),
                withdrawn_at=now,
            )
    tell_of_veto(veto, now=now, eligibility_of=answerable_unit(veto.enrolment) if confirm else None)
    return veto


def answerable_unit(enrolment: Enrolment):
    """The prefecture bureau above the station, or its directly administered county."""
    regular = enrolment.line == SupervisionLine.REGULAR
    return enrolment.bureau.supervisor if regular else enrolment.bureau


@transaction.atomic
def lift_veto(*, veto: Veto, reason: str, by, now: datetime) -> Veto:
    """End a veto that is in effect, and with it everything that it took away."""
    check_can_lift_veto(by, veto)
    with _decided(veto, "lifted", reason, by, now):
        withdrawal = EligibilityWithdrawal.objects.in_effect().filter(veto=veto).first()
        if withdrawal is not None:
            withdrawal.restored_at = now
            withdrawal.save(update_fields=["restored_at"])
    tell_of_veto(veto, now=now, eligibility_of=withdrawal and withdrawal.organisation)
    return veto


def _decided(veto, move, reason, by, now):
    _check_reason(reason)
    return VETO.moving(
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
