"""Honours (表彰推荐): nominated by one person, put before the public, confirmed by another.

No function here moves anything beyond "proposed" without a person and a reason; the database
refuses such a row as well.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete, WrongMoment
from scoring.models import (
    Consequence,
    ConsequenceKind,
    ConsequenceState,
    Honour,
    HonourState,
    Objection,
    ObjectionState,
    PublicityPeriod,
    ScoreRun,
)
from scoring.policies import (
    check_can_decide_result,
    check_can_open_publicity,
    check_can_put_forward,
)
from scoring.services.publication import reason_of
from scoring.services.result_rules import quotas_of, rules_of
from scoring.workflow import HONOUR, OBJECTION


@transaction.atomic
def nominate(
    *, honour: Honour, reason: str, recheck_on: date | None, recheck_note: str, by, now: datetime
) -> Honour:
    """The first person takes a proposal up, with the re-check's day and finding (notice part 5:
    在复查的基础上最终确定)."""
    check_can_put_forward(by)
    if rules_of(honour.campaign).recheck_required and not (recheck_on and recheck_note.strip()):
        raise Incomplete(_("Say when the station was re-checked and what was found."))
    if recheck_on and recheck_on > clock.today(now):
        raise Incomplete(_("The re-check lies in the future."))
    return HONOUR.apply(
        honour,
        "nominated",
        by=by,
        now=now,
        reason=reason_of(reason),
        recheck_on=recheck_on,
        recheck_note=recheck_note.strip(),
        nominated_by=by,
        nominated_at=now,
        nomination_reason=reason.strip(),
    )


@transaction.atomic
def open_publicity(*, campaign: Campaign, by, now: datetime) -> PublicityPeriod:
    """Put all nominated names before the public for the working days of the rules; the day of
    opening does not count."""
    check_can_open_publicity(by)
    run = ScoreRun.objects.published(campaign)
    honours = Honour.objects.select_for_update().filter(
        campaign=campaign, state=HonourState.NOMINATED
    )
    if run is None or not honours:
        raise WrongMoment(_("There is no nominated name to put before the public."))
    today = clock.today(now)
    period = PublicityPeriod.objects.create(
        campaign=campaign,
        run=run,
        opens_on=today,
        closes_on=due_after(today, rules_of(campaign).publicity_days),
        opened_by=by,
        opened_at=now,
    )
    for honour in honours:
        HONOUR.apply(honour, "publicised", by=by, now=now, publicity=period)
    audit.record(
        by=by,
        act="publicity.opened",
        target=period,
        now=now,
        after={"names": len(honours), "closes_on": f"{period.closes_on:%Y-%m-%d}"},
    )
    return period


@transaction.atomic
def confirm_honour(*, honour: Honour, reason: str, by, now: datetime) -> Honour:
    """The second person confirms: after the publicity period, with every objection decided, inside
    the quota, and while nothing bars the station."""
    check_can_decide_result(by, honour.nominated_by_id)
    HONOUR.check(honour, "confirmed")
    if clock.today(now) <= honour.publicity.closes_on:
        raise WrongMoment(
            _("The names are before the public until %(day)s.")
            % {"day": f"{honour.publicity.closes_on:%Y-%m-%d}"}
        )
    if honour.objections.filter(state=ObjectionState.RECEIVED).exists():
        raise WrongMoment(_("An objection has not been decided yet."))
    if honour.objections.filter(state=ObjectionState.UPHELD).exists():
        raise WrongMoment(_("An objection was upheld; the name cannot be confirmed."))
    _check_not_barred(honour)
    _check_quota(honour)
    return _decide_honour(honour, "confirmed", reason, by, now)


def _check_not_barred(honour: Honour) -> None:
    enrolment = honour.enrolment
    if enrolment.vetoes.in_effect().exists():
        raise WrongMoment(_("A veto is in effect for this station: it can get no honour."))
    barred = Consequence.objects.filter(
        campaign=honour.campaign,
        organisation=enrolment.organisation,
        kind=ConsequenceKind.ADMONITION,
        state=ConsequenceState.IMPOSED,
    )
    if barred.exists():
        raise WrongMoment(_("The station has lost its eligibility for this year."))


def _check_quota(honour: Honour) -> None:
    # RACE: the lock on the campaign lets one confirmation count at a time.
    campaign = Campaign.objects.select_for_update().get(pk=honour.campaign_id)
    number = quotas_of(rules_of(campaign)).get((honour.kind, honour.score.kind))
    confirmed = Honour.objects.filter(
        campaign=honour.campaign,
        kind=honour.kind,
        score__kind=honour.score.kind,
        state=HonourState.CONFIRMED,
    ).count()
    if number is not None and confirmed >= number:
        raise WrongMoment(
            _("The quota of %(number)s is used up; take a name back first.") % {"number": number}
        )


@transaction.atomic
def reject_honour(*, honour: Honour, reason: str, by, now: datetime) -> Honour:
    """Do not take a proposal up, or take a nominated name off; one person, with the reason."""
    check_can_put_forward(by)
    return _decide_honour(honour, "rejected", reason, by, now)


@transaction.atomic
def withdraw_honour(*, honour: Honour, reason: str, by, now: datetime) -> Honour:
    """Take a confirmed honour back."""
    check_can_decide_result(by, honour.nominated_by_id)
    return _decide_honour(honour, "withdrawn", reason, by, now)


def _decide_honour(honour, move, reason, by, now) -> Honour:
    reason = reason_of(reason)
    return HONOUR.apply(
        honour,
        move,
        by=by,
        now=now,
        reason=reason,
        decided_by=by,
        decided_at=now,
        decision_reason=reason,
    )


@transaction.atomic
def object_to(*, honour: Honour, text: str, contact: str, key: UUID, now: datetime) -> Objection:
    """Somebody objects to a name that is before the public. The same form sent twice is one."""
    present = Objection.objects.filter(key=key).first()
    if present:
        return present
    if honour.state != HonourState.PUBLICISED or clock.today(now) > honour.publicity.closes_on:
        raise WrongMoment(_("Objections are taken while the names are before the public."))
    objection = Objection.objects.create(
        honour=honour, text=reason_of(text), contact=contact.strip(), key=key, received_at=now
    )
    audit.record(by=None, act="objection.received", target=objection, now=now)
    return objection


@transaction.atomic
def decide_objection(
    *, objection: Objection, uphold: bool, reason: str, by, now: datetime
) -> Objection:
    """Decide an objection: not the person who nominated the name. What is upheld takes the name
    off the list."""
    check_can_decide_result(by, objection.honour.nominated_by_id)
    reason = reason_of(reason)
    return OBJECTION.apply(
        objection,
        "upheld" if uphold else "not_upheld",
        by=by,
        now=now,
        reason=reason,
        decided_by=by,
        decided_at=now,
        decision_reason=reason,
    )
