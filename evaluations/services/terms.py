"""Terms: how many days, in which unit, by which law, and the day that follows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts import audit
from campaign.models import Campaign
from campaign.working_days import due_after
from evaluations.models import TermRule, TermStep, TermUnit
from evaluations.models.term import LAW
from evaluations.opinion_policies import check_can_set_terms


@dataclass(frozen=True)
class Term:
    """`days` in `unit`; `basis`: the decision that set them, empty for the usual ones."""

    step: str
    days: int
    unit: str
    basis: str = ""

    @property
    def law(self):
        return self.basis or LAW[self.step]

    @property
    def label(self):
        return TermStep(self.step).label

    @property
    def unit_label(self):
        return TermUnit(self.unit).label


# In force until the province sets others: days and unit of each step.
_USUAL_DAYS = {
    TermStep.TRANSFER: (5, TermUnit.CALENDAR),
    TermStep.TELL: (15, TermUnit.CALENDAR),
    TermStep.FINISH: (30, TermUnit.CALENDAR),
    TermStep.EXTENDED: (60, TermUnit.CALENDAR),
    TermStep.CAP: (90, TermUnit.CALENDAR),
    TermStep.TRANSFER_BACK: (5, TermUnit.CALENDAR),
    TermStep.VERDICT: (30, TermUnit.CALENDAR),
    TermStep.REPLY: (5, TermUnit.WORKING),
}


def terms_in_force(campaign: Campaign) -> dict[str, Term]:
    """Every term: the campaign's own, else the one set for all campaigns, else the usual one."""
    terms = {step: Term(step, *usual) for step, usual in _USUAL_DAYS.items()}
    rules = TermRule.objects.filter(Q(campaign=None) | Q(campaign=campaign))
    for rule in sorted(rules, key=lambda rule: rule.campaign_id is not None):
        terms[rule.step] = Term(rule.step, rule.days, rule.unit, rule.basis)
    return terms


def term_for(campaign: Campaign, step: str) -> Term:
    """The term in force for a step."""
    return terms_in_force(campaign)[step]


def last_day(start: date, term: Term) -> date:
    """The last day of a term that begins on `start` (the day itself is not counted)."""
    if term.unit == TermUnit.WORKING:
        return due_after(start, term.days)
    return start + timedelta(days=term.days)


@transaction.atomic
def set_term(
    *, campaign: Campaign | None, step: str, days: int, unit: str, basis: str, by, now: datetime
) -> TermRule:
    """Set a term for a campaign or (None) for all. What runs already keeps its day."""
    check_can_set_terms(by, campaign)
    former = TermRule.objects.filter(campaign=campaign, step=step).first()
    rule, _created = TermRule.objects.update_or_create(
        campaign=campaign,
        step=step,
        defaults={"days": days, "unit": unit, "basis": basis, "set_by": by, "set_at": now},
    )
    audit.record(
        by=by,
        act="term.set",
        target=rule,
        now=now,
        before={"days": former.days, "unit": former.unit} if former else {},
        after={"days": days, "unit": unit, "basis": basis},
    )
    return rule
