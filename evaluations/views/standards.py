"""The standard: versions, their differences, drafts and their editing, workbooks."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from common.sheet_pages import import_page
from evaluations import standard_sheets
from evaluations.forms.standards import AreaForm, CopyForm, CriterionForm, campaigns_to_edit
from evaluations.models import Area, Criterion, Standard
from evaluations.policies import check_can_read, check_can_set_standard
from evaluations.services import standard_drafts, standards
from evaluations.services.standard_differences import differences
from evaluations.services.standards import Stale, faults_of, rows_of
from stations.models import StationKind


def standard(request):
    """The standard in force, for all who read."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    return _detail(request, Standard.objects.in_force(campaign) if campaign else None)


def standards_list(request):
    """All versions; for the province's administrator also drafts and where they come from."""
    check_can_read(request.user)
    edits = request.user.may(Permission.CAMPAIGN_EDIT)
    rows = Standard.objects.visible_to(request.user).with_counts()
    context = {
        "page": page_of(request, rows),
        "copy_form": CopyForm(user=request.user) if edits else None,
    }
    return render(request, "evaluations/standards.html", context)


def standard_detail(request, pk):
    """One version."""
    return _detail(request, _visible(request, pk))


def standard_differences(request, pk):
    """What a version changes against another one (`against`), by default the one before it."""
    row = _visible(request, pk)
    others = Standard.objects.visible_to(request.user).select_related("campaign").exclude(pk=row.pk)
    others = list(others.order_by("-campaign__year", "-version"))
    wanted = request.GET.get("against")
    against = next((other for other in others if str(other.pk) == wanted), None)
    if against is None:
        before = (row.campaign.year, row.version)
        earlier = [other for other in others if (other.campaign.year, other.version) < before]
        against = next(iter(earlier or others), None)
    context = {
        "standard": row,
        "others": others,
        "against": against,
        "rows": differences(against, row) if against else [],
        "kinds": dict(StationKind.choices),
    }
    return render(request, "evaluations/standard_differences.html", context)


def standard_export(request, pk):
    """A version as a workbook."""
    row = _visible(request, pk)
    audit.record(by=request.user, act="standard.exported", target=row, now=request.now)
    return standard_sheets.standard_workbook(row)


def standard_template(request):
    """The workbook to fill in."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    return standard_sheets.empty_workbook()


@require_http_methods(["GET", "POST"])
def standard_import(request):
    """A workbook becomes a draft of the campaign (`campaign`: its pk)."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    rows = campaigns_to_edit()
    campaign = rows.filter(pk=_number(request.GET.get("campaign"))).first() or rows.first()
    check_can_set_standard(request.user, campaign)
    return import_page(
        request, standard_sheets.standard_import(campaign, request.user, request.now)
    )


@require_POST
def standard_copy(request):
    """A draft of an earlier version: this year's or last year's."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    form = CopyForm(request.POST, user=request.user)
    if not form.is_valid():
        rows = Standard.objects.visible_to(request.user).with_counts()
        context = {"page": page_of(request, rows), "copy_form": form}
        return render(request, "evaluations/standards.html", context)
    row = standards.copy_standard(by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The draft is made; change what is to change."))
    return redirect("evaluations:standard-detail", pk=row.pk)


@require_POST
def standard_freeze(request, pk):
    """Put a draft in force."""
    row = _visible(request, pk)
    standards.freeze_standard(standard=row, by=request.user, now=request.now)
    messages.success(request, _("This version is in force."))
    return redirect("evaluations:standard-detail", pk=pk)


@require_POST
def standard_drop(request, pk):
    """Delete a draft."""
    standards.drop_draft(standard=_visible(request, pk), by=request.user, now=request.now)
    messages.success(request, _("The draft is deleted."))
    return redirect("evaluations:standards")


@require_http_methods(["GET", "POST"])
def criterion_add(request, pk):
    """Another criterion of a draft."""
    row = _visible(request, pk)
    return _edit(request, row, CriterionForm, standard_drafts.save_criterion, "criterion", None)


@require_http_methods(["GET", "POST"])
def criterion_edit(request, pk):
    """Change a criterion of a draft."""
    criterion = get_object_or_404(Criterion.objects.select_related("area"), pk=pk)
    row = _visible(request, criterion.area.standard_id)
    return _edit(
        request, row, CriterionForm, standard_drafts.save_criterion, "criterion", criterion
    )


@require_POST
def criterion_delete(request, pk):
    """Take a criterion out of a draft."""
    criterion = get_object_or_404(Criterion.objects.select_related("area"), pk=pk)
    row = criterion.area.standard = _visible(request, criterion.area.standard_id)
    standard_drafts.delete_criterion(
        criterion=criterion,
        edition=_number(request.POST.get("edition")),
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("The criterion is taken out."))
    return redirect("evaluations:standard-detail", pk=row.pk)


@require_http_methods(["GET", "POST"])
def area_add(request, pk):
    """Another area of a draft."""
    row = _visible(request, pk)
    return _edit(request, row, AreaForm, standard_drafts.save_area, "area", None)


@require_http_methods(["GET", "POST"])
def area_edit(request, pk):
    """Change an area of a draft."""
    area = get_object_or_404(Area, pk=pk)
    row = _visible(request, area.standard_id)
    return _edit(request, row, AreaForm, standard_drafts.save_area, "area", area)


def _visible(request, pk) -> Standard:
    check_can_read(request.user)
    rows = Standard.objects.visible_to(request.user).select_related("campaign")
    return get_object_or_404(rows, pk=pk)


def _detail(request, row):
    areas = list(row.areas.prefetch_related("criteria")) if row else []
    is_draft = bool(row) and row.frozen_at is None
    context = {
        "standard": row,
        "areas": areas,
        "points": [(label, row.points_for(kind)) for kind, label in StationKind.choices]
        if row
        else (),
        "can_edit": is_draft and allowed(check_can_set_standard, request.user, row.campaign),
        "faults": faults_of(rows_of(row), row.total) if is_draft else (),
    }
    return render(request, "evaluations/standard.html", context)


def _edit(request, row, form_class, save, noun, thing):
    """A form of one area or criterion; what was typed stays when it cannot be saved."""
    check_can_set_standard(request.user, row.campaign)
    form = form_class(request.POST or None, instance=thing, standard=row)
    if request.method == "POST" and form.is_valid():
        try:
            save(
                standard=row,
                values=form.values(),
                edition=form.cleaned_data["edition"],
                by=request.user,
                now=request.now,
                **{noun: thing},
            )
        except Stale as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("evaluations:standard-detail", pk=row.pk)
    context = {"standard": row, "form": form, "thing": thing, "noun": noun}
    return render(request, "evaluations/standard_edit.html", context)


def _number(text) -> int:
    return int(text) if text and text.isdecimal() else 0
