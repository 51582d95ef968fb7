"""Replacing codes of mails that did not arrive: asked for by one person, decided by another."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete, allowed
from common.paging import page_of
from evaluations.views.scope import decision_of, row_of
from surveys.models import BallotBatch, Replacement, ReplacementState
from surveys.office_forms import ReasonForm, ReplaceForm
from surveys.policies import (
    check_above,
    check_can_decide_replacement,
    check_can_read_replacements,
    check_can_replace,
)
from surveys.services import replacements as services

_WHOLE = ("batch__campaign", "batch__enrolment__station__organisation", "delivery")


@require_safe
def replacements(request):
    """The replacements below the acting unit, latest first."""
    check_can_read_replacements(request.user)
    rows = (
        Replacement.objects.visible_to(request.user)
        .filter(batch__campaign=Campaign.objects.current())
        .select_related(*_WHOLE)
    )
    state = request.GET.get("state", "")
    if state in ReplacementState.values:
        rows = rows.filter(state=state)
    context = {"page": page_of(request, rows), "states": ReplacementState.choices, "state": state}
    return render(request, "surveys/replacements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def replace(request, pk, delivery_pk):
    """Ask for another mail to somebody whom one did not reach."""
    batch = row_of(request, BallotBatch.objects.select_related("campaign"), pk)
    check_above(request.user, batch.enrolment)
    delivery = get_object_or_404(services.mails_of(batch), pk=delivery_pk)
    check_can_replace(request.user, batch, request.now)
    form = ReplaceForm(request.POST or None, initial={"address": delivery.address})
    if request.method == "POST" and form.is_valid():
        try:
            row = services.propose_replacement(
                batch=batch,
                delivery=delivery,
                by=request.user,
                now=request.now,
                **form.cleaned_data,
            )
        except Incomplete as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("Proposed. Somebody else at the province decides."))
            return redirect("surveys:replacement", pk=row.pk)
    context = {"batch": batch, "enrolment": batch.enrolment, "delivery": delivery, "form": form}
    return render(request, "surveys/replace.html", context)


@require_safe
def replacement(request, pk):
    """One replacement: why, and what became of it."""
    return _page(request, _row(request, pk))


@require_POST
def decide(request, pk):
    """Let another code go out, or not."""
    row = _row(request, pk)
    check_can_decide_replacement(request.user, row)
    approve = decision_of(request, "approve", "refuse")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        services.decide_replacement(
            replacement=row, approve=approve, by=request.user, now=request.now, **form.cleaned_data
        )
    except Incomplete as refusal:
        form.add_error(None, refusal.reason)
        return _page(request, row, form)
    messages.success(request, _("Decided."))
    return redirect("surveys:replacement", pk=pk)


def _row(request, pk) -> Replacement:
    check_can_read_replacements(request.user)
    rows = Replacement.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("proposed_by", "decided_by", *_WHOLE), pk=pk)


def _page(request, row, form=None):
    context = {
        "row": row,
        "batch": row.batch,
        "waiting": services.others_waiting(row.batch),
        "can_decide": allowed(check_can_decide_replacement, request.user, row),
        "form": form or ReasonForm(),
        "events": audit.story_of(row),
    }
    return render(request, "surveys/replacement.html", context)
