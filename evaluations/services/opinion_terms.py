"""The statutory clocks of an opinion: started, met, handed over; and who owes what of them."""

from datetime import datetime

from campaign.models import ObligationKind
from campaign.services import obligations
from common import clock
from evaluations.models import Opinion, OpinionTerm, TermStep
from evaluations.services.terms import last_day, term_for

# What the handling unit owes; the others only say until when something is possible.
OWED = (TermStep.TRANSFER, TermStep.TELL, TermStep.FINISH)
# What deciding on an opinion (taking it up or not) meets.
DECIDING = (TermStep.TRANSFER, TermStep.TELL)


def start_clock(opinion: Opinion, step: str, now: datetime, round: int = 1) -> OpinionTerm:
    """Start the clock of a step today; the handling unit owes it where it is owed at all."""
    today = clock.today(now)
    term = term_for(opinion.campaign, step)
    row = OpinionTerm.objects.create(
        opinion=opinion,
        step=step,
        round=round,
        starts_on=today,
        days=term.days,
        unit=term.unit,
        basis=term.basis,
        due_on=last_day(today, term),
    )
    if step in OWED:
        # PRIVACY: without the enrolment, whose page the station reads.
        obligations.open_obligation(
            campaign=opinion.campaign,
            organisation=opinion.handler,
            kind=ObligationKind.OPINION,
            parts=_parts(row),
            due_on=row.due_on,
            now=now,
        )
    return row


def meet_clocks(opinion: Opinion, steps, now: datetime) -> None:
    """Stop the running clocks of `steps`: what was owed is met."""
    rows = list(opinion.terms.filter(step__in=steps, met_at=None))
    OpinionTerm.objects.filter(pk__in=[row.pk for row in rows]).update(met_at=now)
    obligations.meet(
        campaign=opinion.campaign,
        kind=ObligationKind.OPINION,
        keys=[_parts(row) for row in rows],
        now=now,
    )


def hand_clocks_over(opinion: Opinion, organisation, now) -> None:
    """What is still owed is owed by the unit that handles it from now on, by the same day."""
    rows = opinion.terms.filter(step__in=OWED, met_at=None)
    obligations.hand_over(
        campaign=opinion.campaign,
        kind=ObligationKind.OPINION,
        keys=[_parts(row) for row in rows],
        organisation=organisation,
        now=now,
    )


def extend_clock(row: OpinionTerm, due_on, now) -> None:
    """Give a clock a later day."""
    OpinionTerm.objects.filter(pk=row.pk).update(due_on=due_on)
    obligations.put_off(
        campaign=row.opinion.campaign,
        kind=ObligationKind.OPINION,
        keys=[_parts(row)],
        due_on=due_on,
        now=now,
    )


def _parts(row):
    return (row.opinion_id, row.step, row.round)
