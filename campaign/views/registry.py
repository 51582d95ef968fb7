"""Completeness of the registry: per bureau, and what is wrong with each station."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Organisation
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign, Obligation, ObligationKind
from campaign.policies import check_can_confirm_registry
from campaign.services.registry import confirm_registry
from campaign.views.scope import current_campaign
from common.errors import allowed
from common.paging import page_of
from stations.models import Station
from stations.plausibility import completeness


def registry(request):
    """What is missing or doubtful, and which bureaus have confirmed their stations."""
    check_may(request.user, Permission.READ)
    campaign = Campaign.objects.current()
    stations = Station.objects.visible_to(request.user).at_work().with_units()
    entries = completeness(stations.order_by("organisation__path"))
    confirmed = {
        row.organisation_id: row
        for row in Obligation.objects.visible_to(request.user).filter(
            campaign=campaign, kind=ObligationKind.REGISTRY
        )
    }
    unit = request.GET.get("unit", "")
    above = Organisation.objects.visible_to(request.user).filter(code=unit).first()
    problems = [
        problem
        for entry in entries
        if not above or above.covers(entry.bureau)
        for problem in entry.problems
    ]
    context = {
        "campaign": campaign,
        "entries": [(entry, confirmed.get(entry.bureau.pk)) for entry in entries],
        "page": page_of(request, problems),
        "unit": above,
        "can_confirm": campaign and allowed(check_can_confirm_registry, request.user, campaign),
    }
    return render(request, "campaign/registry.html", context)


@require_POST
def confirm(request):
    """The acting bureau confirms its stations' data."""
    check_may(request.user, Permission.READ)
    confirm_registry(campaign=current_campaign(), by=request.user, now=request.now)
    messages.success(request, _("The station data of your bureau are confirmed."))
    return redirect("campaign:registry")
