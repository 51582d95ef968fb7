"""The page of a campaign for who keeps it: what is missing, opening, closing, copying."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign, CampaignState
from campaign.policies import check_can_close, check_can_edit_campaign
from campaign.services.opening import close_campaign
from common.errors import Incomplete, WrongMoment, allowed
from portal import campaigns
from portal.forms import CopyForm


def _campaign(request, pk) -> Campaign:
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    return get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)


def campaign(request, pk):
    """What the campaign is made of, and what is still missing."""
    row = _campaign(request, pk)
    context = {
        "campaign": row,
        "phases": [
            (phase, [entry.get_activity_display() for entry in phase.activities.all()])
            for phase in row.phases.prefetch_related("activities")
        ],
        "rules": row.obligation_rules.all(),
        "steps": row.reminder_steps.all(),
        "files": row.files.all(),
        "enrolments": row.enrolments.count(),
        "missing": campaigns.what_is_missing(row) if row.state == CampaignState.DRAFT else [],
        "can_edit": allowed(check_can_edit_campaign, request.user, row),
        "can_close": allowed(check_can_close, request.user, row),
        "copy_form": CopyForm(initial={"year": row.year + 1}),
        "events": audit.story_of(row),
    }
    return render(request, "portal/campaign.html", context)


@require_POST
def campaign_open(request, pk):
    """Open a draft."""
    row = _campaign(request, pk)
    campaigns.open_campaign(campaign=row, by=request.user, now=request.now)
    messages.success(request, _("The campaign is open: from now on everybody owes."))
    return redirect("portal:campaign", pk)


@require_POST
def campaign_close(request, pk):
    """Close an open campaign, with the reason."""
    row = _campaign(request, pk)
    try:
        close_campaign(
            campaign=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
        )
    except Incomplete as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("The campaign is closed."))
    return redirect("portal:campaign", pk)


@require_POST
def campaign_copy(request, pk):
    """Draft another year's campaign from this one."""
    row = _campaign(request, pk)
    form = CopyForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["year"][0])
        return redirect("portal:campaign", pk)
    try:
        new = campaigns.copy_campaign(
            source=row, by=request.user, now=request.now, **form.cleaned_data
        )
    except WrongMoment as refusal:
        messages.error(request, refusal.reason)
        return redirect("portal:campaign", pk)
    messages.success(request, _("The campaign is drafted; look through its dates and its words."))
    return redirect("portal:campaign", new.pk)
