"""The register of a station's problems."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import allowed
from common.paging import page_of
from evaluations.forms.findings import FindingForm, TaskForm
from evaluations.models import Finding
from evaluations.policies import check_can_assign, check_can_record_finding, sources_for
from evaluations.services.deadlines import rule_of, usual_due_day
from evaluations.services.findings import record_finding
from evaluations.services.self_inspections import standard_for
from evaluations.services.tasks import assign_task
from evaluations.views.scope import enrolment_of, row_of


@require_http_methods(["GET", "POST"])
def findings(request, pk):
    """All findings of a station with their tasks, and the form for another one."""
    enrolment = enrolment_of(request, pk)
    can_record = allowed(check_can_record_finding, request.user, enrolment, request.now)
    form = None
    if request.method == "POST":
        check_can_record_finding(request.user, enrolment, request.now)
    if can_record:
        form = FindingForm(
            request.POST or None,
            request.FILES or None,
            sources=sources_for(request.user, enrolment),
            standard=standard_for(enrolment, None),
        )
    if request.method == "POST" and form.is_valid():
        record_finding(enrolment=enrolment, by=request.user, now=request.now, **form.cleaned_data)
        messages.success(request, _("The finding is recorded; dispatch it for rectification."))
        return redirect("evaluations:findings", pk=pk)
    rows = enrolment.findings.select_related("task", "criterion", "area", "recorded_by")
    context = {
        "enrolment": enrolment,
        "page": page_of(request, rows),
        "form": form,
        # The same right and phase as dispatching: no query for each row.
        "can_assign": can_record,
        "today": clock.today(request.now),
    }
    return render(request, "evaluations/findings.html", context)


@require_http_methods(["GET", "POST"])
def task_assign(request, pk):
    """Dispatch a finding as a rectification task."""
    finding = row_of(request, Finding.objects, pk)
    check_can_assign(request.user, finding, request.now)
    campaign = finding.enrolment.campaign
    form = TaskForm(
        request.POST or None,
        initial={"due_on": usual_due_day(campaign, request.now)},
        today=clock.today(request.now),
    )
    if request.method == "POST" and form.is_valid():
        task = assign_task(finding=finding, by=request.user, now=request.now, **form.cleaned_data)
        messages.success(request, _("The rectification task is dispatched."))
        return redirect("evaluations:task", pk=task.pk)
    context = {
        "enrolment": finding.enrolment,
        "finding": finding,
        "form": form,
        "working_days": rule_of(campaign).working_days,
    }
    return render(request, "evaluations/task_assign.html", context)
