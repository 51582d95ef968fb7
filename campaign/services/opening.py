"""Opening a campaign: from here on everybody owes. And closing it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign, Enrolment, ReminderStep
from campaign.policies import check_can_close, check_can_open
from campaign.services.obligations import (
    due_days,
    obligations_of,
    obligations_of_unit,
    open_obligations,
)
from campaign.workflow import CAMPAIGN
from common import clock
from common.errors import Incomplete


def bureaus():
    """Every bureau that works in the campaigns, with its supervisor and whether it has counties."""
    counties = Organisation.objects.filter(
        supervisor=OuterRef("pk"), kind=OrganisationKind.COUNTY, active=True
    )
    return (
        Organisation.objects.filter(
            kind__in=[OrganisationKind.PREFECTURE, OrganisationKind.COUNTY], active=True
        )
        .select_related("supervisor")
        .annotate(has_counties=Exists(counties))
    )


def what_is_missing(campaign: Campaign) -> list[str]:
    """What must still be set before the campaign can open, in words; empty when nothing."""
    missing = []
    if not campaign.notice.strip():
        missing.append(_("The text of the notice."))
    phases = list(campaign.phases.prefetch_related("activities"))
    if not phases:
        missing.append(_("The phases with their dates."))
    missing += [
        _("What the phase “%(phase)s” allows.") % {"phase": phase}
        for phase in phases
        if not phase.activities.all()
    ]
    rules = list(campaign.obligation_rules.all())
    if not rules:
        missing.append(_("The days by which things are owed."))
    if phases:
        first, last = phases[0].starts_on, max(phase.ends_on for phase in phases)
        missing += [
            _("A due day within the phases for: %(what)s.") % {"what": rule.get_kind_display()}
            for rule in rules
            if rule.due_on and not first <= rule.due_on <= last
        ]
    if not ReminderStep.objects.filter(campaign=campaign).exists():
        missing.append(_("The steps of the reminders."))
    return missing


@transaction.atomic
def open_campaign(*, campaign: Campaign, by, now: datetime) -> Campaign:
    """Open a drafted campaign: every bureau now owes its receipt and its plan, and those right
    below the province the summary (notice, parts 4 (1) and 4 (3) 2); stations that were enrolled
    in the draft owe what an enrolment brings.

    Raises `Incomplete` with what is missing.
    """
    check_can_open(by, campaign)
    if missing := what_is_missing(campaign):
        raise Incomplete(_("Still missing: %(what)s") % {"what": " ".join(missing)})
    CAMPAIGN.apply(campaign, "opened", by=by, now=now)
    due = due_days(campaign, clock.today(now))
    rows = [row for unit in bureaus() for row in obligations_of_unit(campaign, unit, due)]
    for enrolment in Enrolment.objects.filter(campaign=campaign).with_station():
        rows += obligations_of(enrolment, due)
    open_obligations(rows, now=now)
    return campaign


@transaction.atomic
def close_campaign(*, campaign: Campaign, reason: str, by, now: datetime) -> Campaign:
    """Close the campaign: nothing more is owed to it or entered in it."""
    check_can_close(by, campaign)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return CAMPAIGN.apply(campaign, "closed", by=by, now=now, reason=reason.strip())
