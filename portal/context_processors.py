"""What every page shows: the campaign, the demonstration mark, the menu of the acting role."""

from django.conf import settings

from campaign.models import Campaign
from deliveries.models import Notice
from portal.menu import menu_for


def portal(request):
    return {
        "demonstration": settings.DEMONSTRATION,
        "now": getattr(request, "now", None),
        "unread_notices": _unread(request),
        "current_campaign": Campaign.objects.current(),
        "menu": menu_for(request),
    }


def _unread(request) -> int:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    return Notice.objects.visible_to(user).unread().count()
