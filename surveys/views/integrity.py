"""Flags on ballots and what is decided on them; the numbers behind the flags."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from evaluations.views.scope import decision_of, row_of
from surveys.models import BallotFlag, FlagState, Quarantine
from surveys.office_forms import ReasonForm, RulesForm
from surveys.policies import (
    check_can_decide_quarantine,
    check_can_lift_quarantine,
    check_can_question_ballots,
    check_can_read_flags,
    check_can_settle_flag,
)
from surveys.services import integrity as services
from surveys.services.rules import change_rules, rules_of


@require_safe
def flags(request):
    """The flags below the acting unit."""
    check_can_read_flags(request.user)
    rows = (
        BallotFlag.objects.visible_to(request.user)
        .filter(enrolment__campaign=Campaign.objects.current())
        .select_related("enrolment__station__organisation__supervisor", "batch__campaign")
    )
    state = request.GET.get("state", "")
    if state in FlagState.values:
        rows = rows.filter(state=state)
    context = {"page": page_of(request, rows), "states": FlagState.choices, "state": state}
    return render(request, "surveys/flags.html", context)


@require_safe
def flag(request, pk):
    """One flag: what was seen, and what became of it."""
    return _page(request, _flag(request, pk))


@require_POST
def settle(request, pk):
    """The ballots are in order."""
    row = _flag(request, pk)
    check_can_settle_flag(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    outcome = form.cleaned_data["reason"]
    services.settle_flag(flag=row, outcome=outcome, by=request.user, now=request.now)
    messages.success(request, _("Noted."))
    return redirect("surveys:flag", pk=pk)


@require_POST
def question(request, pk):
    """Propose to set the ballots aside."""
    row = _flag(request, pk)
    check_can_question_ballots(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    services.question_ballots(flag=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("Proposed. Somebody else at the province decides."))
    return redirect("surveys:flag", pk=pk)


@require_POST
def decide(request, pk):
    """Set the ballots aside, or leave them."""
    row = _quarantine(request, pk)
    check_can_decide_quarantine(request.user, row)
    confirm = decision_of(request, "confirm", "reject")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row.flag, decision_form=form)
    services.decide_quarantine(
        quarantine=row, confirm=confirm, by=request.user, now=request.now, **form.cleaned_data
    )
    messages.success(request, _("Decided."))
    return redirect("surveys:flag", pk=row.flag_id)


@require_POST
def lift(request, pk):
    """Restore the ballots."""
    row = _quarantine(request, pk)
    check_can_lift_quarantine(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row.flag, decision_form=form)
    services.lift_quarantine(quarantine=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The ballots are restored."))
    return redirect("surveys:flag", pk=row.flag_id)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request):
    """From when on something is odd."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    campaign = get_object_or_404(Campaign, pk=getattr(Campaign.objects.current(), "pk", None))
    form = RulesForm(request.POST or None, instance=rules_of(campaign))
    if request.method == "POST" and form.is_valid():
        change_rules(rules=form.save(commit=False), by=request.user, now=request.now)
        messages.success(request, _("Saved."))
        return redirect("surveys:rules")
    return render(request, "surveys/rules.html", {"form": form})


def _flag(request, pk) -> BallotFlag:
    check_can_read_flags(request.user)
    return row_of(request, BallotFlag.objects.select_related("batch__campaign"), pk)


def _quarantine(request, pk) -> Quarantine:
    check_can_read_flags(request.user)
    return row_of(request, Quarantine.objects.select_related("flag__enrolment__campaign"), pk)


def _page(request, row, form=None, decision_form=None):
    quarantines = list(row.quarantines.select_related("proposed_by", "decided_by"))
    for quarantine in quarantines:
        quarantine.events = audit.story_of(quarantine)
    running = next((q for q in quarantines if q.state in ("proposed", "in_effect")), None)
    user = request.user
    context = {
        "flag": row,
        "enrolment": row.enrolment,
        "counted_now": services.ballots_of(row).count(),
        "quarantines": quarantines,
        "running": running,
        "form": (form or ReasonForm()) if allowed(check_can_question_ballots, user, row) else None,
        "can_decide": running and allowed(check_can_decide_quarantine, user, running),
        "can_lift": running and allowed(check_can_lift_quarantine, user, running),
        "decision_form": decision_form or ReasonForm(),
        "events": audit.story_of(row),
    }
    return render(request, "surveys/flag.html", context)
