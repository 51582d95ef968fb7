"""The acceptance check: whom we accept, one check, its sign-off."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import story_of
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common import clock
from common.errors import Incomplete, allowed
from common.paging import page_of
from evaluations.acceptance_policies import is_authority
from evaluations.forms.criteria import CheckForm
from evaluations.forms.findings import CheckFilterForm
from evaluations.models import (
    AcceptanceCheck,
    CheckScore,
    CheckState,
    Finding,
    FindingSource,
    PlannedVisit,
    SelfInspectionItem,
    accepted_by,
)
from evaluations.policies import (
    check_can_edit_check,
    check_can_find_from_check,
    check_can_read,
    check_can_read_acceptance,
)
from evaluations.services import checks as services
from evaluations.services.findings import find_from_score
from evaluations.services.self_inspections import standard_for
from evaluations.services.versions import Stale
from evaluations.views.replies import after_sign_off
from evaluations.views.scope import enrolment_of, row_of, station_matches


def checks(request):
    """The enrolments that the unit accepts (or, for readers, sees), and how far acceptance is."""
    check_can_read(request.user)
    accepts = request.user.may(Permission.ACCEPTANCE_CHECK)
    form = CheckFilterForm(request.GET, accepts=accepts)
    form.is_valid()
    wanted = form.cleaned_data
    rows = Enrolment.objects.visible_to(request.user).filter(campaign=Campaign.objects.current())
    if accepts and not wanted.get("whose"):
        rows = rows.filter(accepted_by(request.user.organisation))
    coverage = rows.aggregate(
        total=Count("pk"), signed=Count("pk", filter=Q(acceptance__state=CheckState.SIGNED))
    )
    if wanted.get("state") == "none":
        rows = rows.filter(acceptance=None)
    elif wanted.get("state"):
        rows = rows.filter(acceptance__state=wanted["state"])
    if text := wanted.get("q"):
        rows = rows.filter(station_matches(text, "station"))
    page = page_of(request, rows.with_station().select_related("acceptance", "self_inspection"))
    exports = is_authority(request.user.organisation) and request.user.may(Permission.RANKING_READ)
    context = {"form": form, "page": page, "coverage": coverage, "exports": exports}
    return render(request, "evaluations/checks.html", context)


@require_http_methods(["GET", "POST"])
def check(request, pk):
    """All criteria on one page; POST keeps a draft."""
    enrolment, row = _fetch(request, pk)
    if request.method == "POST":
        check_can_edit_check(request.user, enrolment, row, request.now)
        form = _form(request, enrolment, row, request.POST, request.FILES)
        if form.is_valid() and _saved(request, enrolment, form):
            messages.success(request, _("The draft is saved."))
            return redirect("evaluations:check", pk=pk)
        return _page(request, enrolment, row, form)
    check_can_read_acceptance(request.user, enrolment, row)
    return _page(request, enrolment, row)


@require_POST
def check_sign(request, pk):
    """Sign off; what stands in the form, if it came along, is saved first."""
    enrolment, row = _fetch(request, pk)
    check_can_edit_check(request.user, enrolment, row, request.now)
    typed = "version" in request.POST
    if typed:
        form = _form(request, enrolment, row, request.POST, request.FILES)
        if not (form.is_valid() and _saved(request, enrolment, form)):
            return _page(request, enrolment, row, form)
    try:
        services.sign_check(enrolment=enrolment, by=request.user, now=request.now)
    except Incomplete as refusal:
        if not typed:
            raise
        messages.error(request, _("Saved, but not signed off. %(why)s") % {"why": refusal.reason})
    else:
        messages.success(request, _("The acceptance check is signed off."))
    return redirect("evaluations:check", pk=pk)


@require_POST
def finding_from_score(request, pk):
    """A deduction becomes a finding and a task."""
    score = get_object_or_404(
        CheckScore.objects.filter(
            check_of__in=AcceptanceCheck.objects.visible_to(request.user)
        ).select_related("criterion__area"),
        pk=pk,
    )
    score.check_of = row_of(request, AcceptanceCheck.objects, score.check_of_id)
    finding = find_from_score(score=score, by=request.user, now=request.now)
    messages.success(request, _("The problem is in the register and dispatched for rectification."))
    return redirect("evaluations:findings", pk=finding.enrolment_id)


def _fetch(request, pk):
    enrolment = enrolment_of(request, pk)
    row = AcceptanceCheck.objects.filter(enrolment=enrolment).first()
    if row is not None:
        row.enrolment = enrolment
    return enrolment, row


def _form(request, enrolment, row, *data):
    today = clock.today(request.now)
    scores = row.scores.prefetch_related("evidence") if row else ()
    if row is not None:
        inspectors = [inspector.name for inspector in row.inspectors.all()]
    else:
        visit = PlannedVisit.objects.filter(enrolment=enrolment).first()
        inspectors = [person.name for person in visit.team.members.all()] if visit else []
    own = SelfInspectionItem.objects.filter(inspection__enrolment=enrolment)
    return CheckForm(
        *data,
        criteria=standard_for(enrolment, row).criteria_for(enrolment.station.kind),
        rows={score.criterion_id: score for score in scores},
        beside={item.criterion_id: item for item in own},
        version=row.version if row else 0,
        today=today,
        initial={
            "checked_on": row.checked_on if row else today,
            "inspectors": inspectors,
        },
        pool=list(dict.fromkeys([*services.may_be_sent(enrolment), *inspectors])),
    )


def _saved(request, enrolment, form) -> bool:
    try:
        services.save_check(
            enrolment=enrolment,
            checked_on=form.cleaned_data["checked_on"],
            inspectors=form.cleaned_data["inspectors"],
            marks=form.marks(),
            version=form.cleaned_data["version"],
            by=request.user,
            now=request.now,
        )
    except Stale as refusal:
        form.stale(refusal)
        return False
    return True


def _page(request, enrolment, row, form=None):
    user, now = request.user, request.now
    form = form or _form(request, enrolment, row)
    findings = Finding.objects.filter(enrolment=enrolment, source=FindingSource.ACCEPTANCE)
    context = {
        "enrolment": enrolment,
        "check": row,
        "inspectors": row.inspectors.all() if row else (),
        "form": form,
        "sections": form.sections(),
        "answered": sum(score.deduction is not None for score in form.rows.values()),
        "total": len(form.criteria),
        "can_write": allowed(check_can_edit_check, user, enrolment, row, now),
        "can_find": bool(row) and allowed(check_can_find_from_check, user, row, now),
        "found": set(findings.filter(task__isnull=False).values_list("criterion_id", flat=True)),
        "events": story_of(row) if row else (),
        **after_sign_off(request, row),
    }
    return render(request, "evaluations/check.html", context)
