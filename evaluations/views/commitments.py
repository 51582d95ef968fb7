"""What a station promises."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import allowed
from evaluations.forms.commitments import CommitmentForm
from evaluations.models import Area, Commitment
from evaluations.policies import check_can_change_commitment, check_can_commit
from evaluations.services import commitments as services
from evaluations.services.self_inspections import standard_for
from evaluations.views.scope import enrolment_of, row_of


@require_http_methods(["GET", "POST"])
def commitments(request, pk):
    """The station's commitments, and the form for another one."""
    enrolment = enrolment_of(request, pk)
    can_write = allowed(check_can_commit, request.user, enrolment, request.now)
    form = None
    if request.method == "POST":
        check_can_commit(request.user, enrolment, request.now)
    if can_write:
        form = CommitmentForm(request.POST or None, areas=_areas(enrolment))
    if request.method == "POST" and form.is_valid():
        services.add_commitment(
            enrolment=enrolment,
            values=form.values(),
            key=form.cleaned_data["key"],
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The commitment is written down; publish it when all are."))
        return redirect("evaluations:commitments", pk=pk)
    rows = list(enrolment.commitments.select_related("area"))
    context = {
        "enrolment": enrolment,
        "rows": rows,
        "form": form,
        "can_write": can_write,
        "can_publish": can_write and any(row.published_at is None for row in rows),
    }
    return render(request, "evaluations/commitments.html", context)


@require_http_methods(["GET", "POST"])
def commitment_edit(request, pk):
    """Change a commitment that is not yet published."""
    row = row_of(request, Commitment.objects, pk)
    check_can_change_commitment(request.user, row, request.now)
    form = CommitmentForm(request.POST or None, instance=row, areas=_areas(row.enrolment))
    if request.method == "POST" and form.is_valid():
        services.change_commitment(
            commitment=row, values=form.values(), by=request.user, now=request.now
        )
        messages.success(request, _("The commitment is changed."))
        return redirect("evaluations:commitments", pk=row.enrolment_id)
    context = {"enrolment": row.enrolment, "form": form}
    return render(request, "evaluations/commitment.html", context)


@require_POST
def commitment_delete(request, pk):
    """Delete a commitment that is not yet published."""
    row = row_of(request, Commitment.objects, pk)
    services.delete_commitment(commitment=row, by=request.user, now=request.now)
    messages.success(request, _("The commitment is deleted."))
    return redirect("evaluations:commitments", pk=row.enrolment_id)


@require_POST
def commitments_publish(request, pk):
    """Show all commitments to the public."""
    enrolment = enrolment_of(request, pk)
    services.publish_commitments(enrolment=enrolment, by=request.user, now=request.now)
    messages.success(request, _("The commitments are published on the station's public page."))
    return redirect("evaluations:commitments", pk=pk)


def _areas(enrolment):
    return Area.objects.filter(standard=standard_for(enrolment, None))
