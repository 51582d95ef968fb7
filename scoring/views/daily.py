"""Daily assessment: the list, one score, its file, an import of the whole list, sign-off."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common.downloads import hand_out_stored
from common.errors import allowed
from common.paging import page_of
from common.sheet_pages import SheetImport, import_page
from common.sheet_templates import template_response
from scoring import lists
from scoring.forms import DailyForm
from scoring.imports import DAILY_COLUMNS, apply_daily, plan_daily
from scoring.models import DailyAssessment, DailyList
from scoring.policies import (
    check_can_assess,
    check_can_assess_at_all,
    check_can_read_daily_file,
    check_can_reopen_daily_list,
    check_can_sign_daily_list,
)
from scoring.services.daily import Overtaken, give_daily_score, label_of, part_of
from scoring.services.daily_lists import reopen_daily_list, sign_daily_list


@require_safe
def daily(request):
    """The stations whose daily score the acting unit gives."""
    check_may(request.user, Permission.DAILY_ASSESS)
    campaign = Campaign.objects.current()
    owed = lists.owed_daily(request.user, campaign)
    signed = DailyList.objects.filter(campaign=campaign, organisation=request.user.organisation)
    context = {
        "page": page_of(request, lists.filter_daily(owed, request.GET)),
        "missing": owed.filter(given_score=None).count(),
        "total": owed.count(),
        "level": label_of(part_of(request.user)),
        "list": signed.select_related("signed_by").first(),
        "can_sign": campaign is not None
        and allowed(check_can_sign_daily_list, request.user, campaign, request.now),
    }
    return render(request, "scoring/daily.html", context)


@require_http_methods(["GET", "POST"])
def daily_edit(request, pk):
    """Give or change the daily score of the acting unit's level."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    part = part_of(request.user)
    check_can_assess(request.user, enrolment, part, request.now)
    given = enrolment.daily_assessments.filter(part=part).first()
    form = DailyForm(request.POST or None, request.FILES or None, given=given)
    if request.method == "POST" and form.is_valid():
        try:
            give_daily_score(
                enrolment=enrolment,
                part=part,
                score=form.cleaned_data["score"],
                basis=form.cleaned_data["basis"],
                file=form.cleaned_data["file"],
                by=request.user,
                now=request.now,
                expected_version=form.cleaned_data["version"],
            )
        except Overtaken:
            form.overtaken_by(enrolment.daily_assessments.select_related("given_by").get(part=part))
        else:
            messages.success(request, _("The daily score is saved."))
            return redirect("scoring:daily")
    context = {
        "enrolment": enrolment,
        "form": form,
        "given": given,
        "level": label_of(part),
        "events": audit.story_of(given).exclude(act="daily_file.downloaded") if given else [],
    }
    return render(request, "scoring/daily_edit.html", context)


@require_safe
def daily_file(request, pk):
    """The file that backs a daily score."""
    row = get_object_or_404(
        DailyAssessment.objects.visible_to(request.user).select_related("enrolment"), pk=pk
    )
    check_can_read_daily_file(request.user, row)
    if not row.file:
        raise Http404
    response = hand_out_stored(row.file, name=row.file_name, content_type=row.file_type)
    audit.record_reading(by=request.user, act="daily_file.downloaded", target=row, now=request.now)
    return response


@require_http_methods(["GET", "POST"])
def daily_import(request):
    """The whole list of the acting unit from a workbook."""
    campaign = Campaign.objects.current()
    check_can_assess_at_all(request.user, campaign, request.now)
    what = SheetImport(
        kind="daily",
        title=_("Import daily scores"),
        columns=DAILY_COLUMNS,
        plan=lambda table: plan_daily(table, request.user, campaign),
        apply=lambda table: apply_daily(table, request.user, campaign, request.now),
        back=reverse("scoring:daily"),
        template=reverse("scoring:daily-template"),
        note=_("An empty row gives no score: what is not given is missing, never 0."),
        reads_gaps=True,
    )
    return import_page(request, what)


@require_safe
def daily_template(request):
    """The acting unit's stations, ready to be filled in."""
    campaign = Campaign.objects.current()
    check_can_assess_at_all(request.user, campaign, request.now)
    audit.record(by=request.user, act="daily_scores.exported", target=campaign, now=request.now)
    rows = (
        {
            "code": row.organisation.code,
            "name": row.organisation.name,
            "score": row.given_score,
            "basis": row.given_basis,
        }
        for row in lists.owed_daily(request.user, campaign)
    )
    return template_response(
        "daily-scores.xlsx", title=_("Daily assessment"), columns=DAILY_COLUMNS, rows=rows
    )


@require_POST
def daily_sign(request):
    """Sign the unit's list off: its scores stand."""
    campaign = Campaign.objects.current()
    check_can_sign_daily_list(request.user, campaign, request.now)
    signed = sign_daily_list(campaign=campaign, by=request.user, now=request.now)
    messages.success(
        request,
        _("The list is signed off with %(count)s scores.") % {"count": signed.score_count},
    )
    return redirect("scoring:daily")


@require_POST
def daily_reopen(request, pk):
    """The province opens a signed list again."""
    check_can_reopen_daily_list(request.user)
    row = get_object_or_404(DailyList, pk=pk)
    reopen_daily_list(
        row=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
    )
    messages.success(request, _("The list is open again."))
    return redirect("scoring:runs")
