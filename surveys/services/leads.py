"""Leads (线索): a "yes" to the lead question reaches the levels above the station only.

The unit right above the station owes to look into it by the campaign's rule, so that it stands on
that unit's desk and in its digests.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, ObligationKind
from campaign.services.obligations import due_days, meet, open_obligation
from common import clock
from common.errors import Incomplete
from evaluations.models import Finding, FindingSource
from evaluations.services.findings import record_finding
from surveys import tallies
from surveys.disclosure import SMALLEST_CELL
from surveys.layout import layout_of
from surveys.models import Lead, LeadState, Questionnaire
from surveys.policies import check_can_find_from_lead, check_can_handle_lead
from surveys.services.comments import refuse_personal_parts
from surveys.workflow import LEAD


def raise_leads(*, campaign: Campaign, now: datetime) -> int:
    """Raise a lead for every station of whose ballots one reports demands; how many are new.

    A station counts from five ballots on: of fewer people one could guess who said it.
    """
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None or layout_of(questionnaire).lead is None:
        return 0
    item = layout_of(questionnaire).lead
    known = set(
        Lead.objects.filter(enrolment__campaign=campaign).values_list("enrolment", flat=True)
    )
    ballots: dict[int, int] = {}
    yes: dict[int, int] = {}
    for cell in tallies.cells(campaign):
        ballots[cell.enrolment_id] = ballots.get(cell.enrolment_id, 0) + cell.ballots
        said = cell.columns[item.number].count(item.codes[0])
        yes[cell.enrolment_id] = yes.get(cell.enrolment_id, 0) + said
    new = sorted(
        pk
        for pk, number in yes.items()
        if number and ballots[pk] >= SMALLEST_CELL and pk not in known
    )
    for pk in new:
        _raise(pk, now)
    return len(new)


@transaction.atomic
def _raise(enrolment_id: int, now: datetime) -> None:
    lead = Lead.objects.create(enrolment_id=enrolment_id, raised_on=clock.today(now))
    campaign = lead.enrolment.campaign
    due = due_days(campaign, start=lead.raised_on).get(ObligationKind.LEAD)
    if due:
        # PRIVACY: without the enrolment, whose page the station reads.
        open_obligation(
            campaign=campaign,
            organisation=lead.enrolment.bureau,
            kind=ObligationKind.LEAD,
            parts=(lead.pk,),
            now=now,
            **due.columns(),
        )
    audit.record(by=None, act="lead.raised", target=lead, now=now)


@transaction.atomic
def take_up_lead(*, lead: Lead, by, now: datetime) -> Lead:
    """Somebody above the station looks into it."""
    check_can_handle_lead(by, lead, "taken_up")
    return LEAD.apply(lead, "taken_up", by=by, now=now, handled_by=by)


@transaction.atomic
def close_lead(*, lead: Lead, outcome: str, by, now: datetime) -> Lead:
    """Note what came of it."""
    check_can_handle_lead(by, lead, "closed")
    if not outcome.strip():
        raise Incomplete(_("Say what came of it."))
    meet(campaign=lead.enrolment.campaign, kind=ObligationKind.LEAD, keys=[(lead.pk,)], now=now)
    return LEAD.apply(
        lead,
        "closed",
        by=by,
        now=now,
        reason=outcome.strip(),
        outcome=outcome.strip(),
        handled_by=by,
    )


@transaction.atomic
def find_from_lead(
    *, lead: Lead, text: str, category: str, severity: str, by, now: datetime
) -> Finding:
    """Make a finding of what a lead has brought to light; an open look into it ends with that.

    PRIVACY: `text` is what the station reads, in the words of who looked into it: it says what was
    found, and nothing of the ballots. `Incomplete` while it holds what looks like personal data.
    """
    check_can_find_from_lead(by, lead, now)
    refuse_personal_parts(text)
    if lead.state != LeadState.CLOSED:
        close_lead(lead=lead, outcome=text, by=by, now=now)
    finding = record_finding(
        enrolment=lead.enrolment,
        source=FindingSource.SURVEY,
        category=category,
        severity=severity,
        text=text,
        by=by,
        now=now,
        key=f"lead:{lead.pk}",
    )
    Lead.objects.filter(pk=lead.pk).update(finding=finding)
    lead.finding = finding
    return finding
