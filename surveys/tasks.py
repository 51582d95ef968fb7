"""The bells of the ballot box. Each asks the database what is due."""

from celery import shared_task

from campaign.models import Campaign, CampaignState
from common import clock
from surveys.policies import survey_is_over
from surveys.services.integrity import raise_flags
from surveys.services.leads import raise_leads
from surveys.services.mixing import mix_if_due
from surveys.services.replacements import empty_reserves


@shared_task
def mix_ballots():
    """Mix the box when enough ballots are new; all of them once the survey is over."""
    now = clock.now()
    for campaign in Campaign.objects.exclude(state=CampaignState.DRAFT):
        over = survey_is_over(campaign, now)
        if over:
            empty_reserves(campaign)
        mix_if_due(campaign, closing=over)


@shared_task
def look_over_ballots():
    """Raise flags and leads for what is new."""
    now = clock.now()
    for campaign in Campaign.objects.filter(state=CampaignState.OPEN):
        raise_flags(campaign=campaign, now=now)
        raise_leads(campaign=campaign, now=now)
