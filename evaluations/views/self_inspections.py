"""The self-inspection: an overview, a page for each area, autosave, review, print."""

from decimal import Decimal
from itertools import groupby

from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import story_of
from common.errors import allowed
from evaluations.forms.fields import ReasonForm
from evaluations.forms.self_inspections import AnswersForm
from evaluations.models import (
    Finding,
    FindingSource,
    SelfInspection,
    SelfInspectionItem,
)
from evaluations.policies import (
    check_can_find_from_self_inspection,
    check_can_review_self_inspection,
    check_can_self_inspect,
)
from evaluations.services import self_inspections as services
from evaluations.services.findings import find_from_item
from evaluations.views.scope import decision_of, enrolment_of, row_of


def self_inspection(request, pk):
    """How far it is, area by area; for the bureau what was said, and the review."""
    return _overview(request, *_fetch(request, pk))


def self_inspection_print(request, pk):
    """All criteria with what was said, for paper."""
    enrolment, inspection, items = _fetch(request, pk)
    context = {"enrolment": enrolment, "inspection": inspection, "areas": _areas(items)}
    return render(request, "evaluations/self_inspection_print.html", context)


@require_http_methods(["GET", "POST"])
def self_inspection_area(request, pk, number):
    """The criteria of one area; POST keeps what is in order and shows the rest again."""
    enrolment, inspection, items = _fetch(request, pk)
    check_can_self_inspect(request.user, enrolment, inspection, request.now)
    own = [item for item in items if item.criterion.area.number == number]
    if not own:
        raise Http404
    criteria = [item.criterion for item in own]
    last_year = services.last_years_answers(enrolment, criteria)
    stored = _stored(own)
    if request.method == "GET":
        form = AnswersForm(
            criteria=criteria, items=stored, last_year=last_year, offer="last_year" in request.GET
        )
        return _area_page(request, enrolment, inspection, items, number, form)
    form = AnswersForm(
        request.POST, request.FILES, criteria=criteria, items=stored, last_year=last_year
    )
    form.is_valid()
    saved = services.save_self_inspection(
        enrolment=enrolment, answers=form.answers(), by=request.user, now=request.now
    )
    enrolment, inspection, items = _fetch(request, pk)
    if "remove" in request.POST:
        _remove_file(request, items)
    if form.errors or saved.conflicts:
        form.items = _stored(items)
        return _area_page(request, enrolment, inspection, items, number, form, saved.conflicts)
    messages.success(request, _("The draft is saved."))
    return redirect(_next_page(request, pk, items, number))


@require_POST
def self_inspection_autosave(request, pk):
    """Keep the criteria that the browser sends (those with a `seen_…`); answers with the state of
    each. 409 when somebody else was faster at one of them."""
    enrolment, inspection, items = _fetch(request, pk)
    check_can_self_inspect(request.user, enrolment, inspection, request.now)
    sent = [item for item in items if f"seen_{item.criterion_id}" in request.POST]
    form = AnswersForm(
        request.POST,
        request.FILES,
        criteria=[item.criterion for item in sent],
        items=_stored(sent),
    )
    form.is_valid()
    saved = services.save_self_inspection(
        enrolment=enrolment, answers=form.answers(), by=request.user, now=request.now
    )
    conflicts = {item.criterion_id for item in saved.conflicts}
    criteria = {
        criterion.pk: _state_of(
            saved.items[criterion.pk], form.errors_of(criterion), criterion.pk in conflicts
        )
        for criterion in form.criteria
    }
    answered = sum(item.self_score is not None for item in saved.items.values())
    return JsonResponse(
        {"criteria": criteria, "answered": answered, "total": len(saved.items)},
        status=409 if conflicts else 200,
    )


@require_POST
def self_inspection_submit(request, pk):
    """Hand in."""
    enrolment, inspection, _items = _fetch(request, pk)
    check_can_self_inspect(request.user, enrolment, inspection, request.now)
    services.submit_self_inspection(enrolment=enrolment, by=request.user, now=request.now)
    messages.success(request, _("The self-inspection is submitted."))
    return redirect("evaluations:self-inspection", pk=pk)


@require_POST
def self_inspection_review(request, pk):
    """Accept or return (`decision`), with a reason."""
    enrolment, inspection, items = _fetch(request, pk)
    check_can_review_self_inspection(request.user, enrolment, inspection, request.now)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _overview(request, enrolment, inspection, items, review_form=form)
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
    finding = find_from_item(item=_item_of(request, pk), by=request.user, now=request.now)
    messages.success(request, _("The problem is in the register and dispatched for rectification."))
    return redirect("evaluations:findings", pk=finding.enrolment_id)


def _item_of(request, pk) -> SelfInspectionItem:
    item = get_object_or_404(
        SelfInspectionItem.objects.filter(
            inspection__in=SelfInspection.objects.visible_to(request.user)
        ).select_related("criterion__area"),
        pk=pk,
    )
    item.inspection = row_of(request, SelfInspection.objects, item.inspection_id)
    return item


def _fetch(request, pk):
    """The enrolment, its self-inspection or None, and an item for each criterion (unsaved ones
    before anything is kept)."""
    enrolment = enrolment_of(request, pk)
    inspection = SelfInspection.objects.filter(enrolment=enrolment).first()
    if inspection is None:
        criteria = services.standard_for(enrolment, None).criteria_for(enrolment.station.kind)
        return enrolment, None, [SelfInspectionItem(criterion=criterion) for criterion in criteria]
    inspection.enrolment = enrolment
    rows = inspection.items.select_related("criterion__area", "saved_by")
    return enrolment, inspection, list(rows.prefetch_related("evidence"))


def _stored(items) -> dict[int, SelfInspectionItem]:
    return {item.criterion_id: item for item in items if item.pk}


def _remove_file(request, items) -> None:
    """Take the file that `remove` names off its criterion, unless it is gone already."""
    for item in items:
        for file in item.evidence.all() if item.pk else ():
            if str(file.pk) == request.POST["remove"]:
                services.remove_item_evidence(
                    item=item, evidence=file, by=request.user, now=request.now
                )


def _areas(items) -> list[dict]:
    """(area, its items, how many are answered, points given and possible) in order."""
    areas = []
    for area, rows in groupby(items, lambda item: item.criterion.area):
        part = list(rows)
        given = [item.self_score for item in part if item.self_score is not None]
        areas.append(
            {
                "area": area,
                "items": part,
                "answered": len(given),
                "score": sum(given, Decimal(0)),
                "points": sum(item.criterion.points for item in part),
            }
        )
    return areas


def _state_of(item, errors, conflict) -> dict:
    """What the browser is told of one criterion after an autosave."""
    return {
        "state": "error" if errors else "conflict" if conflict else "saved",
        "errors": errors,
        "seen": item.fingerprint,
        "theirs": {
            "value": "" if item.self_score is None else str(item.self_score),
            "text": item.remark,
            "page": item.page,
            "by": str(item.saved_by or ""),
        },
        "files": [
            {
                "pk": file.pk,
                "name": file.name,
                "address": reverse("evaluations:evidence", args=[file.pk]),
            }
            for file in item.evidence.all()
        ],
    }


def _next_page(request, pk, items, number):
    """The next area after "save and continue", the overview after the last; else the same page."""
    if "next" not in request.POST:
        return reverse("evaluations:self-inspection-area", args=[pk, number])
    later = sorted({item.criterion.area.number for item in items})
    later = [other for other in later if other > number]
    if later:
        return reverse("evaluations:self-inspection-area", args=[pk, later[0]])
    return reverse("evaluations:self-inspection", args=[pk])


def _area_page(request, enrolment, inspection, items, number, form, conflicts=()):
    areas = _areas(items)
    context = {
        "enrolment": enrolment,
        "inspection": inspection,
        "areas": areas,
        "here": next(row for row in areas if row["area"].number == number),
        "form": form,
        "lines": form.lines(conflicts),
        "conflicts": conflicts,
        "answered": sum(row["answered"] for row in areas),
        "total": len(items),
    }
    status = 409 if conflicts else 200
    return render(request, "evaluations/self_inspection_area.html", context, status=status)


def _overview(request, enrolment, inspection, items, review_form=None):
    user, now = request.user, request.now
    can_write = allowed(check_can_self_inspect, user, enrolment, inspection, now)
    can_review = allowed(check_can_review_self_inspection, user, enrolment, inspection, now)
    findings = Finding.objects.filter(enrolment=enrolment, source=FindingSource.SELF_INSPECTION)
    areas = _areas(items)
    context = {
        "enrolment": enrolment,
        "inspection": inspection,
        "areas": areas,
        "answered": sum(row["answered"] for row in areas),
        "total": len(items),
        "gaps": services.gaps(items) if can_write else (),
        "can_write": can_write,
        "review_form": (review_form or ReasonForm()) if can_review else None,
        "can_find": bool(inspection)
        and allowed(check_can_find_from_self_inspection, user, inspection, now),
        "found": set(findings.filter(task__isnull=False).values_list("criterion_id", flat=True)),
        "events": story_of(inspection) if inspection else (),
    }
    return render(request, "evaluations/self_inspection.html", context)
