"""The standard in force."""

from django.shortcuts import render

from campaign.models import Campaign
from evaluations.models import Standard
from evaluations.policies import check_can_read


def standard(request):
    """Areas and criteria of the standard in force, for all who read."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    row = Standard.objects.in_force(campaign) if campaign else None
    areas = row.areas.prefetch_related("criteria") if row else []
    context = {"standard": row, "areas": areas, "points": row.total if row else None}
    return render(request, "evaluations/standard.html", context)
