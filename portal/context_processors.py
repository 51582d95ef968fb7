"""What every page shows: the campaign, the demonstration mark, the menu of the acting role."""

from django.conf import settings

from campaign.models import Campaign
from portal.menu import menu_for


def portal(request):
    return {
        "demonstration": settings.DEMONSTRATION,
        "now": getattr(request, "now", None),
        "current_campaign": Campaign.objects.current(),
        "menu": menu_for(request),
    }
