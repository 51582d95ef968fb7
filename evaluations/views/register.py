"""The register of findings (问题台账): all sources in one list, filtered, dispatched, linked."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Activity, Campaign
from common import clock
from common.errors import Incomplete, allowed
from common.paging import page_of
from evaluations.exports import finding_register
from evaluations.forms.findings import (
    DispatchForm,
    FindingFilterForm,
    SaveFilterForm,
    areas_of,
)
from evaluations.models import Finding, SavedFilter, Standard, TaskState, overdue
from evaluations.policies import check_can_assign, check_can_read
from evaluations.services import filters
from evaluations.services.bulk_tasks import dispatch_findings
from evaluations.services.deadlines import rule_of, usual_due_day
from evaluations.services.findings import link_findings, unlink_finding
from evaluations.task_policies import check_can_link
from evaluations.views.scope import row_of, station_matches

AT_ONCE = 200  # findings that one request dispatches or links


def register(request):
    """The findings in scope, whatever brought them to light."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    form = _filter_form(request, campaign)
    rows = _filtered(request, form, campaign).prefetch_related("similar")
    context = {
        "form": form,
        "page": page_of(request, rows),
        "query": form.query(),
        "saved": SavedFilter.objects.filter(user=request.user),
        "save_form": SaveFilterForm(),
        "can_act": request.user.may(Permission.FINDING_RECORD),
        "can_assign": _may_dispatch(request.user, campaign, request.now),
        "today": clock.today(request.now),
    }
    return render(request, "evaluations/register.html", context)


def register_export(request):
    """The register of the same filters, as xlsx."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    audit.record(by=request.user, act="findings.exported", now=request.now)
    rows = _filtered(request, _filter_form(request, campaign), campaign)
    return finding_register(rows, request.now)


def finding(request, pk):
    """One finding: what, where, what it looks like, what is alike, what became of it."""
    row = row_of(request, Finding.objects.with_all(), pk)
    similar = Finding.objects.visible_to(request.user).filter(similar=row).with_all()
    context = {
        "finding": row,
        "enrolment": row.enrolment,
        "evidence": row.evidence.all(),
        "similar": similar,
        "can_link": allowed(check_can_link, request.user, row),
        "can_assign": allowed(check_can_assign, request.user, row, request.now),
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/finding.html", context)


@require_POST
def findings_dispatch(request):
    """Dispatch the chosen findings (`finding`) with one requirement and day; the form first."""
    check_may(request.user, Permission.FINDING_RECORD)
    rows = _chosen(request)
    campaign = Campaign.objects.current()
    today = clock.today(request.now)
    sent = "requirement" in request.POST
    form = DispatchForm(
        request.POST if sent else None,
        initial={
            "requirement": _("Mend the problem and report with evidence."),
            "due_on": usual_due_day(campaign, request.now),
        },
        today=today,
    )
    if sent and form.is_valid():
        tasks = dispatch_findings(
            findings=rows, by=request.user, now=request.now, **form.cleaned_data
        )
        messages.success(request, _("%(number)s findings are dispatched.") % {"number": len(tasks)})
        return redirect("evaluations:register")
    context = {"rows": rows, "form": form, "working_days": rule_of(campaign).working_days}
    return render(request, "evaluations/findings_dispatch.html", context)


@require_POST
def findings_link(request):
    """Say that the chosen findings (`finding`) are alike."""
    check_may(request.user, Permission.FINDING_RECORD)
    link_findings(findings=_chosen(request), by=request.user, now=request.now)
    messages.success(request, _("The findings are linked."))
    return redirect(f"{reverse('evaluations:register')}?{request.POST.get('query', '')}")


@require_POST
def finding_unlink(request, pk, other):
    """Say that two findings are not alike after all."""
    row = row_of(request, Finding.objects, pk)
    second = get_object_or_404(Finding.objects.visible_to(request.user), pk=other)
    unlink_finding(finding=row, other=second, by=request.user, now=request.now)
    messages.success(request, _("The link is removed."))
    return redirect("evaluations:finding", pk=pk)


@require_POST
def filter_save(request):
    """Keep the filter in `query` under a name."""
    check_can_read(request.user)
    form = SaveFilterForm(request.POST)
    # Only what the filter knows is kept, whatever was sent.
    sent = QueryDict(request.POST.get("query", "")[:500])
    known = FindingFilterForm(sent, areas=_areas(Campaign.objects.current()))
    if form.is_valid():
        filters.save_filter(
            user=request.user,
            name=form.cleaned_data["name"],
            query=known.query(),
            now=request.now,
        )
        messages.success(request, _("The filter is saved."))
    else:
        messages.error(request, _("Give the filter a name of at most 40 characters."))
    return redirect(f"{reverse('evaluations:register')}?{known.query()}")


@require_POST
def filter_delete(request, pk):
    """Forget one's own filter."""
    check_can_read(request.user)
    row = get_object_or_404(SavedFilter, pk=pk, user=request.user)
    filters.delete_filter(saved=row, by=request.user, now=request.now)
    messages.success(request, _("The filter is deleted."))
    return redirect("evaluations:register")


def _may_dispatch(user, campaign, now) -> bool:
    may = user.may(Permission.FINDING_RECORD)
    return may and campaign is not None and campaign.allows(Activity.RECTIFY, now)


def _areas(campaign):
    return areas_of(Standard.objects.in_force(campaign) if campaign else None)


def _filter_form(request, campaign):
    return FindingFilterForm(request.GET, areas=_areas(campaign))


def _filtered(request, form, campaign):
    rows = Finding.objects.visible_to(request.user).filter(enrolment__campaign=campaign).with_all()
    form.is_valid()
    wanted = form.cleaned_data
    for name, lookup in {
        "source": "source",
        "category": "category",
        "severity": "severity",
        "area": "area__number",
        "kind": "enrolment__station__kind",
    }.items():
        if wanted.get(name):
            rows = rows.filter(**{lookup: wanted[name]})
    if state := wanted.get("state"):
        rows = rows.filter(_in_state(state, request.now))
    if text := wanted.get("q"):
        rows = rows.filter(station_matches(text, "enrolment__station") | Q(text__icontains=text))
    return rows


def _in_state(state, now) -> Q:
    unfinished = Q(task__isnull=False) & ~Q(task__state=TaskState.ACCEPTED)
    return {
        "none": Q(task=None),
        "unfinished": unfinished,
        "overdue": Q(task__isnull=False) & overdue(now, "task__"),
    }.get(state, Q(task__state=state))


def _chosen(request) -> list[Finding]:
    keys = {key for key in request.POST.getlist("finding") if key.isdecimal()}
    if not 0 < len(keys) <= AT_ONCE:
        raise Incomplete(_("Choose 1 to %(most)s findings.") % {"most": AT_ONCE})
    rows = list(Finding.objects.visible_to(request.user).filter(pk__in=keys).with_all())
    if len(rows) != len(keys):
        raise Http404
    return rows
