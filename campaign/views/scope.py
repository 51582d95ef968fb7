"""Fetching in scope: outside it, 404."""

from django.http import Http404

from campaign.models import Campaign


def current_campaign() -> Campaign:
    """The campaign that runs; 404 where there is none."""
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    return campaign
