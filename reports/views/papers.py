"""Pages of papers: ask, watch, download, mail."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from accounts.policies import check_may
from campaign.models import Campaign, CampaignState
from common import downloads
from common.errors import Denied, allowed
from common.paging import page_of
from reports.forms import PaperForm, SendForm
from reports.mail.sending import linked_report, readers_for, readers_of, send_report
from reports.models import Report, ReportKind, ReportState
from reports.papers import PAPERS, paper_of
from reports.policies import check_can_keep_rules, check_can_read, check_can_steer
from reports.services import cancel_report, hand_out, request_report, retry_report
from reports.workflow import REPORT
from scoring.models import ScoreRun
from scoring.views.scope import campaign_shown

# People that one list offers; the province has more than two thousand.
IN_A_LIST = 300


@require_GET
def report_list(request):
    """The papers of the person's area, and the kinds that may be asked for."""
    check_can_read(request.user)
    rows = Report.objects.visible_to(request.user).for_lists()
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    if kind in ReportKind.values:
        rows = rows.filter(kind=kind)
    if state in ReportState.values:
        rows = rows.filter(state=state)
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(organisation__name_zh__icontains=text)
    if request.GET.get("parts") != "1":
        rows = rows.filter(packs=None)
    context = {
        "page": page_of(request, rows),
        "papers": [paper for paper in PAPERS.values() if _offered(request.user, paper)],
        "run": ScoreRun.objects.visible_to(request.user).latest_of(Campaign.objects.current()),
        "keeps_rules": allowed(check_can_keep_rules, request.user),
        "kinds": ReportKind.choices,
        "states": ReportState.choices,
    }
    return render(request, "reports/list.html", context)


def _offered(user, paper) -> bool:
    """Whether the list offers a paper: the right is there, and units at or below the own level."""
    levels = OrganisationKind.values
    own = levels.index(user.organisation.kind)
    return user.may(paper.right) and any(levels.index(kind) >= own for kind in paper.units)


@require_http_methods(["GET", "POST"])
def report_new(request, kind):
    """Ask for a paper."""
    paper = PAPERS.get(kind)
    if paper is None:
        raise Http404
    check_may(request.user, paper.right)
    years = _years(request.user, paper)
    campaign = campaign_shown(request) if years else Campaign.objects.current()
    run = ScoreRun.objects.visible_to(request.user).latest_of(campaign)
    form = PaperForm(
        request.POST or None,
        user=request.user,
        paper=paper,
        about=request.GET.get("about", ""),
        initial={"station": request.GET.get("station", "")},
    )
    lacks_run = campaign is None or (paper.of_run and run is None)
    if request.method == "POST" and form.is_valid() and not lacks_run:
        report = request_report(
            kind=kind,
            campaign=form.campaign or campaign,
            run=run,
            by=request.user,
            now=request.now,
            **form.request,
        )
        return redirect("reports:detail", report.pk)
    context = {
        "form": form,
        "paper": paper,
        "run": run,
        "lacks_run": lacks_run,
        "years": years,
        "year": campaign.year if campaign else None,
    }
    return render(request, "reports/new.html", context)


def _years(user, paper) -> list[int]:
    """The years of which the paper can be asked for, the latest first; none where the subject says
    of which campaign it is."""
    if paper.subjects:
        return []
    if paper.of_run:
        return ScoreRun.objects.visible_to(user).years()
    opened = Campaign.objects.exclude(state=CampaignState.DRAFT)
    return list(opened.order_by("-year").values_list("year", flat=True))


def _visible_report(request, pk):
    check_can_read(request.user)
    rows = Report.objects.visible_to(request.user).for_lists().select_related("run")
    return get_object_or_404(rows, pk=pk)


def _shown(request, report):
    steers = allowed(_steers, request.user, report)
    return {
        "report": report,
        "filename": paper_of(report).filename(report),
        "parts_done": report.parts.filter(state=ReportState.DONE).count(),
        "parts_total": report.parts.count(),
        "newest": Report.objects.newest_of(report.series),
        "can_retry": steers and REPORT.allows(report, "retried"),
        "can_cancel": steers and REPORT.allows(report, "cancelled"),
        "can_send": steers and report.state == ReportState.DONE,
    }


def _steers(user, report):
    """`check_can_steer`, for the buttons: outside the own area there are none."""
    try:
        check_can_steer(user, report)
    except Http404 as error:
        raise Denied(_("This paper is about a unit outside your area.")) from error


@require_GET
def report_detail(request, pk):
    """One report: how far it is, the file, who got it, its story."""
    report = _visible_report(request, pk)
    context = _shown(request, report)
    context["events"] = audit.story_of(report)
    context["deliveries"] = report.deliveries.select_related("user").order_by("pk")
    if context["can_send"]:
        context |= _send_form(request, report)
    return render(request, "reports/detail.html", context)


def _send_form(request, report) -> dict:
    """The form, and where there are too many people for one list, the units to choose from."""
    readers, address = readers_for(request.user), reverse("reports:send", args=[report.pk])
    if readers[: IN_A_LIST + 1].count() <= IN_A_LIST:
        return {"send_form": SendForm(readers=readers, address=address)}
    units = Organisation.objects.bureaus_below(request.user.organisation)
    unit = units.filter(code=request.GET.get("unit", "")).first()
    offered = readers_of(readers, request.user, unit)
    return {
        "send_form": SendForm(readers=offered, address=address),
        "units": units,
        "unit": unit,
    }


@require_GET
def report_progress(request, pk):
    """The part of the page that htmx fetches every two seconds until the report is ready."""
    return render(request, "reports/_progress.html", _shown(request, _visible_report(request, pk)))


@require_GET
def report_download(request, pk):
    """The file, as an attachment; who took it is noted."""
    return _file_of(request, _visible_report(request, pk))


@require_GET
def report_link(request, token):
    """The file that a mail's link leads to, for the person to whom it was mailed."""
    return _file_of(request, linked_report(token, request.user))


def _file_of(request, report):
    file = hand_out(report=report, by=request.user, now=request.now)
    paper = paper_of(report)
    return downloads.hand_out(file, name=paper.filename(report), content_type=paper.content_type)


@require_POST
def report_retry(request, pk):
    """Queue a failed or cancelled report again."""
    report = _visible_report(request, pk)
    retry_report(report=report, by=request.user, now=request.now)
    messages.success(request, _("The report is queued again."))
    return redirect("reports:detail", report.pk)


@require_POST
def report_cancel(request, pk):
    """Stop a report that is not ready yet."""
    report = _visible_report(request, pk)
    cancel_report(report=report, by=request.user, now=request.now)
    messages.success(request, _("The report is cancelled."))
    return redirect("reports:detail", report.pk)


@require_POST
def report_send(request, pk):
    """Mail a report to a list of people."""
    report = _visible_report(request, pk)
    check_can_steer(request.user, report)
    address = reverse("reports:send", args=[report.pk])
    form = SendForm(request.POST, readers=readers_for(request.user), address=address)
    if not form.is_valid():
        context = _shown(request, report) | {"send_form": form, "events": audit.story_of(report)}
        return render(request, "reports/detail.html", context)
    number = send_report(report=report, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("%(number)s mails are planned.") % {"number": number})
    return redirect("reports:detail", report.pk)
