"""One thing that is owed: its day and how it was computed, who was told, whether it is waived."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.due import explain
from campaign.models import Obligation
from campaign.policies import check_can_waive
from campaign.services import obligations
from common.errors import Incomplete, allowed


def _obligation(request, pk) -> Obligation:
    if not request.user.may(Permission.DAILY_ASSESS):
        check_may(request.user, Permission.READ)
    rows = Obligation.objects.visible_to(request.user).select_related(
        "campaign", "organisation__supervisor", "enrolment__station__organisation", "waived_by"
    )
    return get_object_or_404(rows, pk=pk)


def obligation(request, pk):
    """What is owed, by when and why by then; who was told when."""
    row = _obligation(request, pk)
    context = {
        "row": row,
        "lines": explain(row),
        "reminders": row.reminders.select_related("user", "notice", "delivery").order_by("pk"),
        "events": audit.story_of(row),
        "can_waive": allowed(check_can_waive, request.user, row),
        "can_demand": allowed(check_can_waive, request.user, row, "demanded"),
    }
    return render(request, "campaign/obligation.html", context)


@require_POST
def waive(request, pk):
    """Let it go, with the reason."""
    return _act(request, pk, obligations.waive_obligation, _("This need not be done any more."))


@require_POST
def demand(request, pk):
    """Take the waiver back, with the reason."""
    return _act(request, pk, obligations.demand_again, _("This is owed again."))


def _act(request, pk, service, done):
    row = _obligation(request, pk)
    try:
        service(
            obligation=row,
            reason=request.POST.get("reason", ""),
            by=request.user,
            now=request.now,
        )
    except Incomplete as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, done)
    return redirect("campaign:obligation", pk)
