"""The self-inspection: written, submitted, reviewed."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import story_of
from common.errors import Incomplete, allowed
from evaluations.forms.criteria import SelfInspectionForm
from evaluations.forms.fields import ReasonForm
from evaluations.models import Finding, FindingSource, SelfInspection, SelfInspectionItem
from evaluations.policies import (
    check_can_find_from_self_inspection,
    check_can_review_self_inspection,
    check_can_self_inspect,
)
from evaluations.services import self_inspections as services
from evaluations.services.findings import find_from_item
from evaluations.services.versions import Stale
from evaluations.views.scope import decision_of, enrolment_of, row_of


@require_http_methods(["GET", "POST"])
def self_inspection(request, pk):
    """All criteria on one page; POST keeps a draft."""
    enrolment, inspection = _fetch(request, pk)
    if request.method == "POST":
        check_can_self_inspect(request.user, enrolment, inspection, request.now)
        form = _form(enrolment, inspection, request.POST, request.FILES)
        if form.is_valid() and _saved(request, enrolment, form):
            messages.success(request, _("The draft is saved."))
            return redirect("evaluations:self-inspection", pk=pk)
        return _page(request, enrolment, inspection, form)
    return _page(request, enrolment, inspection)


@require_POST
def self_inspection_submit(request, pk):
    """Hand in; what stands in the form, if it came along, is saved first."""
    enrolment, inspection = _fetch(request, pk)
    check_can_self_inspect(request.user, enrolment, inspection, request.now)
    typed = "version" in request.POST
    if typed:
        form = _form(enrolment, inspection, request.POST, request.FILES)
        if not (form.is_valid() and _saved(request, enrolment, form)):
            return _page(request, enrolment, inspection, form)
    try:
        services.submit_self_inspection(enrolment=enrolment, by=request.user, now=request.now)
    except Incomplete as refusal:
        if not typed:
            raise
        messages.error(request, _("Saved, but not submitted. %(why)s") % {"why": refusal.reason})
    else:
        messages.success(request, _("The self-inspection is submitted."))
    return redirect("evaluations:self-inspection", pk=pk)


@require_POST
def self_inspection_review(request, pk):
    """Accept or return (`decision`), with a reason."""
    enrolment, inspection = _fetch(request, pk)
    check_can_review_self_inspection(request.user, enrolment, inspection, request.now)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, enrolment, inspection, review_form=form)
    accept = decision_of(request)
    decide = services.accept_self_inspection if accept else services.return_self_inspection
    decide(
        inspection=inspection,
        by=request.user,
        reason=form.cleaned_data["reason"],
        now=request.now,
    )
    messages.success(request, _("Accepted.") if accept else _("Returned to the station."))
    return redirect("evaluations:self-inspection", pk=pk)


@require_POST
def finding_from_item(request, pk):
    """A problem that the station found itself becomes a finding and a task."""
    item = get_object_or_404(
        SelfInspectionItem.objects.filter(
            inspection__in=SelfInspection.objects.visible_to(request.user)
        ).select_related("criterion__area"),
        pk=pk,
    )
    item.inspection = row_of(request, SelfInspection.objects, item.inspection_id)
    finding = find_from_item(item=item, by=request.user, now=request.now)
    messages.success(request, _("The problem is in the register and dispatched for rectification."))
    return redirect("evaluations:findings", pk=finding.enrolment_id)


def _fetch(request, pk):
    enrolment = enrolment_of(request, pk)
    inspection = SelfInspection.objects.filter(enrolment=enrolment).first()
    if inspection is not None:
        inspection.enrolment = enrolment
    return enrolment, inspection


def _form(enrolment, inspection, *data):
    standard = services.standard_for(enrolment, inspection)
    items = inspection.items.prefetch_related("evidence") if inspection else ()
    return SelfInspectionForm(
        *data,
        criteria=standard.criteria_for(enrolment.station.kind),
        rows={item.criterion_id: item for item in items},
        version=inspection.version if inspection else 0,
    )


def _saved(request, enrolment, form) -> bool:
    try:
        services.save_self_inspection(
            enrolment=enrolment,
            answers=form.answers(),
            version=form.cleaned_data["version"],
            by=request.user,
            now=request.now,
        )
    except Stale as refusal:
        form.stale(refusal)
        return False
    return True


def _page(request, enrolment, inspection, form=None, review_form=None):
    user, now = request.user, request.now
    can_write = allowed(check_can_self_inspect, user, enrolment, inspection, now)
    can_review = allowed(check_can_review_self_inspection, user, enrolment, inspection, now)
    form = form or _form(enrolment, inspection)
    findings = Finding.objects.filter(enrolment=enrolment, source=FindingSource.SELF_INSPECTION)
    context = {
        "enrolment": enrolment,
        "inspection": inspection,
        "form": form,
        "sections": form.sections(),
        "answered": sum(row.self_score is not None for row in form.rows.values()),
        "total": len(form.criteria),
        "can_write": can_write,
        "can_review": can_review,
        "review_form": (review_form or ReasonForm()) if can_review else None,
        "can_find": bool(inspection)
        and allowed(check_can_find_from_self_inspection, user, inspection, now),
        "found": set(findings.filter(task__isnull=False).values_list("criterion_id", flat=True)),
        "events": story_of(inspection) if inspection else (),
    }
    return render(request, "evaluations/self_inspection.html", context)
