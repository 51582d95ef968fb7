"""Pages of reports: ask, watch, download."""

from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.models import Organisation
from accounts.roles import Permission
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from reports.forms import SummaryForm
from reports.models import Report, ReportState
from reports.policies import check_can_read, check_can_request
from reports.services import hand_out, request_summary, retry_report
from scoring.models import ScoreRun


@require_http_methods(["GET", "POST"])
def report_list(request):
    """The reports of the person's area, and the request for another one."""
    check_can_read(request.user)
    run = ScoreRun.objects.visible_to(request.user).latest_of(Campaign.objects.current())
    form = None
    if request.method == "POST" or (run and request.user.may(Permission.REPORT_MAKE)):
        form = SummaryForm(request.POST or None, user=request.user)
    if request.method == "POST":
        _check_posted_unit(request)
        if run is None:
            messages.warning(request, _("No scoring run has been made yet; a summary needs one."))
            return redirect("reports:list")
        if form.is_valid():
            report = request_summary(**form.cleaned_data, run=run, by=request.user, now=request.now)
            return redirect("reports:detail", report.pk)
    rows = Report.objects.visible_to(request.user).for_lists()
    context = {"page": page_of(request, rows), "form": form, "run": run}
    return render(request, "reports/list.html", context)


def _check_posted_unit(request):
    """403 without the right, 404 for a unit outside the scope, before the form says anything."""
    unit, chosen = request.user.organisation, request.POST.get("organisation", "")
    if chosen.isdecimal():
        unit = get_object_or_404(Organisation.objects.visible_to(request.user), pk=chosen)
    check_can_request(request.user, unit)


def _visible_report(request, pk):
    check_can_read(request.user)
    return get_object_or_404(
        Report.objects.visible_to(request.user).for_lists().select_related("run"), pk=pk
    )


def _shown(request, report):
    return {
        "report": report,
        "can_retry": report.state == ReportState.FAILED
        and allowed(check_can_request, request.user, report.organisation),
    }


@require_GET
def report_detail(request, pk):
    """One report: how far it is, the file, its story."""
    report = _visible_report(request, pk)
    return render(
        request,
        "reports/detail.html",
        _shown(request, report) | {"events": audit.story_of(report)},
    )


@require_GET
def report_progress(request, pk):
    """The part of the page that htmx fetches every two seconds until the report is ready."""
    return render(request, "reports/_progress.html", _shown(request, _visible_report(request, pk)))


@require_GET
def report_download(request, pk):
    """The file, as an attachment; who took it is noted."""
    report = _visible_report(request, pk)
    file = hand_out(report=report, by=request.user, now=request.now)
    response = FileResponse(
        file, as_attachment=True, filename=report.filename, content_type="application/pdf"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def report_retry(request, pk):
    """Queue a failed report again."""
    report = _visible_report(request, pk)
    retry_report(report=report, by=request.user, now=request.now)
    messages.success(request, _("The report is queued again."))
    return redirect("reports:detail", report.pk)
