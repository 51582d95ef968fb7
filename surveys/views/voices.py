"""Comments of ballots and leads: what the public wrote, and reported."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete, allowed
from common.paging import page_of
from evaluations.views.scope import decision_of, enrolment_of, row_of
from surveys.disclosure import SMALLEST_CELL
from surveys.models import Lead, LeadState, SurveyComment
from surveys.office_forms import FindForm, LeadFindForm, ReasonForm, ShowForm
from surveys.policies import (
    check_above,
    check_can_find_from_comment,
    check_can_find_from_lead,
    check_can_handle_lead,
    check_can_read_comments,
    check_can_screen,
    check_can_work_above,
)
from surveys.services import comments as services
from surveys.services import leads as lead_services


@require_safe
def comments(request, pk):
    """The comments on a station: for those above it to screen, for itself what was screened."""
    return _comments(request, enrolment_of(request, pk))


@require_POST
def screen(request, pk):
    """Show a comment in screened words, or withhold it."""
    comment = _comment(request, pk)
    if decision_of(request, "show", "withhold"):
        check_can_screen(request.user, comment, "shown")
        form = ShowForm(request.POST)
        if not form.is_valid():
            return _comments(request, comment.enrolment)
        services.show_comment(
            comment=comment, by=request.user, now=request.now, **form.cleaned_data
        )
    else:
        reason = _("It would show who wrote it.")
        services.withhold_comment(comment=comment, reason=reason, by=request.user, now=request.now)
    messages.success(request, _("Noted."))
    return redirect("surveys:comments", pk=comment.enrolment_id)


@require_POST
def find(request, pk):
    """Make a finding of a comment."""
    comment = _comment(request, pk)
    check_can_find_from_comment(request.user, comment, request.now)
    form = FindForm(request.POST)
    if not form.is_valid():
        return _comments(request, comment.enrolment)
    services.find_from_comment(
        comment=comment, by=request.user, now=request.now, **form.cleaned_data
    )
    messages.success(request, _("The comment stands in the register of findings."))
    return redirect("surveys:comments", pk=comment.enrolment_id)


@require_safe
def leads(request):
    """The leads below the acting unit."""
    check_can_work_above(request.user)
    rows = (
        Lead.objects.visible_to(request.user)
        .filter(enrolment__campaign=Campaign.objects.current())
        .select_related("enrolment__station__organisation__supervisor", "handled_by")
    )
    state = request.GET.get("state", "")
    if state in LeadState.values:
        rows = rows.filter(state=state)
    context = {"page": page_of(request, rows), "states": LeadState.choices, "state": state}
    return render(request, "surveys/leads.html", context)


@require_safe
def lead(request, pk):
    """One lead, and what came of it."""
    return _lead_page(request, _lead(request, pk))


@require_POST
def lead_take_up(request, pk):
    """Somebody looks into it."""
    row = _lead(request, pk)
    lead_services.take_up_lead(lead=row, by=request.user, now=request.now)
    return redirect("surveys:lead", pk=pk)


@require_POST
def lead_close(request, pk):
    """Note what came of it."""
    row = _lead(request, pk)
    check_can_handle_lead(request.user, row, "closed")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _lead_page(request, row, form)
    outcome = form.cleaned_data["reason"]
    lead_services.close_lead(lead=row, outcome=outcome, by=request.user, now=request.now)
    messages.success(request, _("Noted."))
    return redirect("surveys:lead", pk=pk)


@require_POST
def lead_find(request, pk):
    """Make a finding of what a lead has brought to light."""
    row = _lead(request, pk)
    check_can_find_from_lead(request.user, row, request.now)
    form = LeadFindForm(request.POST)
    if not form.is_valid():
        return _lead_page(request, row, find_form=form)
    try:
        lead_services.find_from_lead(
            lead=row, by=request.user, now=request.now, **form.cleaned_data
        )
    except Incomplete as refusal:
        form.add_error("text", refusal.reason)
        return _lead_page(request, row, find_form=form)
    messages.success(request, _("What was found stands in the register of findings."))
    return redirect("surveys:lead", pk=pk)


def _comments(request, enrolment):
    check_can_read_comments(request.user, enrolment, request.now)
    page = page_of(request, services.comments_for(request.user, enrolment))
    for comment in page.object_list:
        comment.enrolment = enrolment
        comment.parts = services.personal_parts(comment.text)
        comment.proposed = comment.shown_text or services.masked(comment.text)
        comment.can_show = allowed(check_can_screen, request.user, comment, "shown")
        comment.can_withhold = allowed(check_can_screen, request.user, comment, "withheld")
        comment.can_find = comment.state == "shown" and not comment.finding_id
    context = {
        "enrolment": enrolment,
        "page": page,
        "screening": allowed(check_above, request.user, enrolment),
        "find_form": FindForm(),
        "smallest": SMALLEST_CELL,
    }
    return render(request, "surveys/comments.html", context)


def _comment(request, pk) -> SurveyComment:
    return row_of(request, SurveyComment.objects, pk)


def _lead(request, pk) -> Lead:
    check_can_work_above(request.user)
    return row_of(request, Lead.objects.select_related("handled_by"), pk)


def _lead_page(request, row, form=None, find_form=None):
    user = request.user
    context = {
        "lead": row,
        "enrolment": row.enrolment,
        "can_take_up": allowed(check_can_handle_lead, user, row, "taken_up"),
        "form": (form or ReasonForm())
        if allowed(check_can_handle_lead, user, row, "closed")
        else None,
        "find_form": (find_form or LeadFindForm(initial={"text": row.outcome}))
        if allowed(check_can_find_from_lead, user, row, request.now)
        else None,
        "events": audit.story_of(row),
    }
    return render(request, "surveys/lead.html", context)
