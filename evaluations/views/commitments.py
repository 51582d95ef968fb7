"""What a station promises, and whether it keeps it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from common.errors import allowed
from evaluations.forms.commitments import CommitmentForm, FulfilmentForm
from evaluations.forms.fields import ReasonForm
from evaluations.models import Area, Commitment, CommitmentState, Opinion
from evaluations.policies import (
    check_can_change_commitment,
    check_can_commit,
    check_can_record_fulfilment,
    check_can_review_commitments,
)
from evaluations.services import commitments as services
from evaluations.services.fulfilments import record_fulfilment
from evaluations.services.self_inspections import standard_for
from evaluations.views.scope import decision_of, enrolment_of, row_of


@require_http_methods(["GET", "POST"])
def commitments(request, pk):
    """The station's commitments, and the form for another one."""
    enrolment = enrolment_of(request, pk)
    if request.method == "POST":
        check_can_commit(request.user, enrolment, request.now)
        form = CommitmentForm(request.POST, request.FILES, areas=_areas(enrolment))
        if not form.is_valid():
            return _page(request, enrolment, form=form)
        services.add_commitment(
            enrolment=enrolment,
            values=form.values(),
            photo=form.photo(),
            key=form.cleaned_data["key"],
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The commitment is written down; hand it in when all are."))
        return redirect("evaluations:commitments", pk=pk)
    return _page(request, enrolment)


@require_http_methods(["GET", "POST"])
def commitment_edit(request, pk):
    """Change a commitment that is with the station."""
    row = row_of(request, Commitment.objects, pk)
    check_can_change_commitment(request.user, row, request.now)
    form = CommitmentForm(
        request.POST or None,
        request.FILES or None,
        instance=row,
        areas=_areas(row.enrolment),
    )
    if request.method == "POST" and form.is_valid():
        services.change_commitment(
            commitment=row,
            values=form.values(),
            photo=form.photo(),
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The commitment is changed."))
        return redirect("evaluations:commitments", pk=row.enrolment_id)
    context = {"enrolment": row.enrolment, "form": form}
    return render(request, "evaluations/commitment.html", context)


@require_POST
def commitment_delete(request, pk):
    """Delete a commitment that is with the station."""
    row = row_of(request, Commitment.objects, pk)
    services.delete_commitment(commitment=row, by=request.user, now=request.now)
    messages.success(request, _("The commitment is deleted."))
    return redirect("evaluations:commitments", pk=row.enrolment_id)


@require_POST
def commitments_submit(request, pk):
    """Hand all that are written to the bureau above."""
    enrolment = enrolment_of(request, pk)
    services.submit_commitments(enrolment=enrolment, by=request.user, now=request.now)
    messages.success(request, _("Handed in to %(unit)s.") % {"unit": enrolment.bureau.name})
    return redirect("evaluations:commitments", pk=pk)


@require_POST
def commitments_review(request, pk):
    """Put what was handed in in force, or return it with the reason."""
    enrolment = enrolment_of(request, pk)
    handed_in = list(enrolment.commitments.filter(state=CommitmentState.SUBMITTED))
    check_can_review_commitments(request.user, enrolment, handed_in, request.now)
    act = {"enrolment": enrolment, "by": request.user, "now": request.now}
    if decision_of(request):
        services.publish_commitments(**act)
        messages.success(request, _("The commitments are published on the station's public page."))
        return redirect("evaluations:commitments", pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, enrolment, review_form=form)
    services.return_commitments(reason=form.cleaned_data["reason"], **act)
    messages.success(request, _("The commitments are returned to the station."))
    return redirect("evaluations:commitments", pk=pk)


@require_http_methods(["GET", "POST"])
def fulfilments(request, pk):
    """How one commitment has been kept, and the form for what was seen now."""
    row = row_of(request, Commitment.objects, pk)
    form = None
    if request.method == "POST":
        check_can_record_fulfilment(request.user, row, request.now)
        form = FulfilmentForm(request.POST, request.FILES, now=request.now)
        if form.is_valid():
            record_fulfilment(commitment=row, by=request.user, now=request.now, **form.cleaned_data)
            messages.success(request, _("Written down."))
            return redirect("evaluations:fulfilments", pk=pk)
    elif allowed(check_can_record_fulfilment, request.user, row, request.now):
        form = FulfilmentForm(now=request.now)
    context = {
        "commitment": row,
        "enrolment": row.enrolment,
        "rows": row.fulfilments.select_related("recorded_by", "finding").prefetch_related(
            "evidence"
        ),
        "form": form,
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/fulfilments.html", context)


def _page(request, enrolment, form=None, review_form=None):
    user, now = request.user, request.now
    rows = list(
        enrolment.commitments.select_related("area", "photo").prefetch_related("fulfilments")
    )
    touching = Opinion.objects.visible_to(user).counted_by_commitment(rows)
    for row in rows:
        row.touching = touching.get(row.pk, 0)
    can_write = allowed(check_can_commit, user, enrolment, now)
    handed_in = [row for row in rows if row.state == CommitmentState.SUBMITTED]
    can_review = handed_in and allowed(
        check_can_review_commitments, user, enrolment, handed_in, now
    )
    if can_write and form is None:
        form = CommitmentForm(areas=_areas(enrolment))
    context = {
        "enrolment": enrolment,
        "rows": rows,
        "form": form,
        "can_write": can_write,
        "writable": services.WRITABLE,
        "can_submit": can_write and any(row.state in services.WRITABLE for row in rows),
        "review_form": (review_form or ReasonForm()) if can_review else None,
    }
    return render(request, "evaluations/commitments.html", context)


def _areas(enrolment):
    return Area.objects.filter(standard=standard_for(enrolment, None))
