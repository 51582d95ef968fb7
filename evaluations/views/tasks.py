"""Rectification tasks: the list, the ledger, one task and its verbs."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from evaluations.exports import task_ledger
from evaluations.forms.fields import ReasonForm
from evaluations.forms.findings import ResultForm, TaskFilterForm
from evaluations.models import RectificationTask
from evaluations.policies import check_can_read, check_can_rectify, check_can_review_task
from evaluations.services import tasks as services
from evaluations.views.scope import row_of, station_matches


def tasks(request):
    """The tasks in scope, filtered."""
    check_can_read(request.user)
    form = TaskFilterForm(request.GET)
    rows = _filtered(request, form)
    page = page_of(request, rows)
    for task in page.object_list:
        task.overdue = task.is_overdue(request.now)
    return render(request, "evaluations/tasks.html", {"form": form, "page": page})


def tasks_export(request):
    """The ledger of the same filters, as xlsx."""
    check_can_read(request.user)
    audit.record(by=request.user, act="tasks.exported", now=request.now)
    return task_ledger(_filtered(request, TaskFilterForm(request.GET)), request.now)


def task(request, pk):
    """One task: what was found, what is to be done, what happened."""
    return _page(request, row_of(request, RectificationTask.objects, pk))


@require_POST
def task_start(request, pk):
    """The station takes the task up."""
    row = row_of(request, RectificationTask.objects, pk)
    services.start_task(task=row, by=request.user, now=request.now)
    messages.success(request, _("The task is in progress."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def task_submit(request, pk):
    """The station reports what was done, with evidence."""
    row = row_of(request, RectificationTask.objects, pk)
    check_can_rectify(request.user, row, request.now, "submitted")
    form = ResultForm(request.POST, request.FILES, has_evidence=row.evidence.exists())
    if not form.is_valid():
        return _page(request, row, result_form=form)
    services.submit_task(task=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The rectification is submitted for review."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def task_accept(request, pk):
    """Somebody above the station is satisfied."""
    return _reviewed(request, pk, services.accept_task, _("The rectification is accepted."))


@require_POST
def task_return(request, pk):
    """Somebody above the station hands it back."""
    return _reviewed(request, pk, services.return_task, _("The rectification is returned."))


def _reviewed(request, pk, decide, done):
    row = row_of(request, RectificationTask.objects, pk)
    check_can_review_task(request.user, row, request.now)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, review_form=form)
    decide(task=row, by=request.user, reason=form.cleaned_data["reason"], now=request.now)
    messages.success(request, done)
    return redirect("evaluations:task", pk=pk)


def _filtered(request, form):
    rows = (
        RectificationTask.objects.visible_to(request.user)
        .filter(enrolment__campaign=Campaign.objects.current())
        .select_related(
            "finding__criterion", "enrolment__station__organisation__supervisor__supervisor"
        )
    )
    form.is_valid()
    wanted = form.cleaned_data
    if wanted.get("state"):
        rows = rows.filter(state=wanted["state"])
    if wanted.get("source"):
        rows = rows.filter(finding__source=wanted["source"])
    if wanted.get("overdue"):
        rows = rows.overdue_at(request.now)
    if text := wanted.get("q"):
        found = station_matches(text, "enrolment__station") | Q(finding__text__icontains=text)
        rows = rows.filter(found)
    return rows


def _page(request, row, result_form=None, review_form=None):
    user, now = request.user, request.now
    evidence = list(row.evidence.all())
    can_submit = allowed(check_can_rectify, user, row, now, "submitted")
    can_review = allowed(check_can_review_task, user, row, now)
    if can_submit and result_form is None:
        result_form = ResultForm(initial={"result": row.result}, has_evidence=bool(evidence))
    context = {
        "task": row,
        "finding": row.finding,
        "enrolment": row.enrolment,
        "overdue": row.is_overdue(now),
        "evidence": evidence,
        "can_start": allowed(check_can_rectify, user, row, now, "started"),
        "result_form": result_form if can_submit else None,
        "review_form": (review_form or ReasonForm()) if can_review else None,
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/task.html", context)
