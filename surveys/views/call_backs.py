"""Calling back people for whom codes were drawn."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import audit
from common.errors import Incomplete
from evaluations.views.scope import row_of
from surveys.models import BallotBatch, CallBack
from surveys.office_forms import CallBackForm, CallBackNoteForm
from surveys.policies import (
    check_above,
    check_can_call_back,
    check_can_note_call_back,
    check_can_work_above,
)
from surveys.services import call_backs as services


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request, pk):
    """Draw people to call. The answer names them, once."""
    batch = row_of(request, BallotBatch.objects.select_related("campaign"), pk)
    check_above(request.user, batch.enrolment)
    check_can_call_back(request.user, batch)
    form = CallBackForm(request.POST or None, request.FILES or None)
    context = {"batch": batch, "enrolment": batch.enrolment, "form": form}
    if request.method == "POST" and form.is_valid():
        people = form.people()
        try:
            sample = services.draw_call_back(
                batch=batch,
                people=["\t".join(person) for person in people],
                size=form.cleaned_data["size"],
                by=request.user,
                now=request.now,
            )
        except Incomplete as refusal:
            form.add_error(None, refusal.reason)
        else:
            context |= {"call_back": sample.call_back}
            context["people"] = [people[place] for place in sample.places]
    return render(request, "surveys/call_back.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def call_back_note(request, pk):
    """Note what those who were called said."""
    check_can_work_above(request.user)
    rows = CallBack.objects.visible_to(request.user)
    row = get_object_or_404(
        rows.select_related("batch__enrolment__station__organisation", "batch__campaign"), pk=pk
    )
    check_above(request.user, row.batch.enrolment)
    form = CallBackNoteForm(request.POST or None)
    if request.method == "POST":
        check_can_note_call_back(request.user, row)
        if form.is_valid():
            try:
                services.note_call_back(
                    call_back=row, by=request.user, now=request.now, **form.cleaned_data
                )
            except Incomplete as refusal:
                form.add_error(None, refusal.reason)
            else:
                messages.success(request, _("Noted."))
                return redirect("surveys:batch", pk=row.batch_id)
    context = {"row": row, "batch": row.batch, "form": form, "events": audit.story_of(row)}
    return render(request, "surveys/call_back_note.html", context)
