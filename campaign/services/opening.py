"""Opening a campaign: from here on everybody owes."""

from datetime import datetime

from django.db import transaction

from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign
from campaign.policies import check_can_open
from campaign.services.obligations import due_days, obligations_of_unit, open_obligations
from campaign.workflow import CAMPAIGN


@transaction.atomic
def open_campaign(*, campaign: Campaign, by, now: datetime) -> Campaign:
    """Open a drafted campaign: every bureau now owes its plan, and those right below the province
    the summary (notice, parts 4 (1) and 4 (3) 2)."""
    check_can_open(by, campaign)
    CAMPAIGN.apply(campaign, "opened", by=by, now=now)
    due = due_days(campaign)
    bureaus = Organisation.objects.filter(
        kind__in=[OrganisationKind.PREFECTURE, OrganisationKind.COUNTY], active=True
    ).select_related("supervisor")
    open_obligations([row for unit in bureaus for row in obligations_of_unit(campaign, unit, due)])
    return campaign
