"""Spot checks: draws, their protocol, the second look, ordered re-checks."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign
from common import clock
from common.downloads import hand_out
from common.errors import Incomplete, allowed
from common.paging import page_of
from evaluations.acceptance_policies import (
    check_can_close_order,
    check_can_draw,
    check_can_draw_from,
    check_can_edit_spot_check,
    check_can_find_from_spot_check,
    check_can_order_recheck,
    check_can_read_draws,
    check_can_report_order,
)
from evaluations.forms.acceptance import FrameForm, OrderForm, PublicNumberForm, ReportForm
from evaluations.forms.criteria import DeductionForm
from evaluations.forms.fields import ReasonForm
from evaluations.models import (
    CheckScore,
    Finding,
    FindingSource,
    Inspector,
    RecheckOrder,
    SpotCheck,
    SpotDraw,
    SpotScore,
)
from evaluations.policies import check_can_read
from evaluations.services import spot_checks as services
from evaluations.services import spot_draws as drawing_services
from evaluations.services.findings import find_from_spot_score
from evaluations.services.league import deviations
from evaluations.services.versions import Stale
from evaluations.views.scope import decision_of, row_of
from stations.models import StationKind

FORM = "evaluations/acceptance/form.html"


def spot_checks(request):
    """Draws (for the province), the spot checks that one may see, and ordered re-checks."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    rows = SpotCheck.objects.visible_to(request.user).standing().filter(draw__campaign=campaign)
    orders = RecheckOrder.objects.visible_to(request.user).filter(draw__campaign=campaign)
    context = {
        "draws": campaign.spot_draws.select_related("framed_by")
        if campaign and allowed(check_can_read_draws, request.user)
        else (),
        "page": page_of(
            request,
            rows.select_related(
                "enrolment__station__organisation__supervisor", "authority"
            ).prefetch_related("inspectors"),
        ),
        "orders": orders.select_related("authority"),
        "can_draw": campaign and allowed(check_can_draw, request.user, campaign, request.now),
    }
    return render(request, "evaluations/acceptance/spot_checks.html", context)


@require_http_methods(["GET", "POST"])
def frame(request):
    """The first act of a draw."""
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    check_can_draw(request.user, campaign, request.now)
    return _frame(request, campaign, None)


@require_http_methods(["GET", "POST"])
def redraw(request, pk):
    """Set a draw aside, with its reason, and record a new frame."""
    draw = _draw(request, pk)
    check_can_draw_from(request.user, draw, "replaced", request.now)
    return _frame(request, draw.campaign, draw)


def _frame(request, campaign, replaces):
    form = FrameForm(request.POST or None, anew=replaces is not None)
    if request.method == "POST" and form.is_valid():
        try:
            draw = drawing_services.record_frame(
                campaign=campaign,
                replaces=replaces,
                by=request.user,
                now=request.now,
                **form.cleaned_data,
            )
        except (ValidationError, Incomplete) as error:
            form.add_error(None, getattr(error, "reason", None) or error)
        else:
            text = _("The frame is recorded; draw when the number has appeared.")
            messages.success(request, text)
            return redirect("evaluations:draw", pk=draw.pk)
    return render(request, FORM, {"form": form, "title": _("Record the frame of a draw")})


def _draw(request, pk) -> SpotDraw:
    check_can_read_draws(request.user)
    return get_object_or_404(
        SpotDraw.objects.select_related("campaign", "framed_by", "drawn_by", "replaces"), pk=pk
    )


def draw(request, pk):
    """The draw's protocol on the screen and on paper, and what its spot checks found."""
    row = _draw(request, pk)
    user, now = request.user, request.now
    context = {
        "draw": row,
        "sample": _sample(row),
        "seal": drawing_services.seal_over(row) if not row.seed else None,
        "by_prefecture": _by_prefecture(row),
        "by_inspector": deviations(row, "enrolment__acceptance__inspectors__name"),
        "flagged": _flagged(request, row),
        "number_form": PublicNumberForm(),
        "can_draw": allowed(check_can_draw_from, user, row, "drawn", now),
        "can_replace": allowed(check_can_draw_from, user, row, "replaced", now),
        "order_form": OrderForm(),
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/acceptance/draw.html", context)


def _sample(row) -> list[dict]:
    """The drawn lines in words; the protocol's files keep the codes. A code without a name any more
    stands for itself."""
    lines = drawing_services.sample_of(row) if row.seed else []
    drawn = {int(code) for line in lines for code in line.inspectors}
    people = {str(row.pk): row.name for row in Inspector.objects.filter(pk__in=drawn)}
    codes = {code for line in lines for code in (line.prefecture, line.station)}
    names = {unit.code: unit.name for unit in Organisation.objects.filter(code__in=codes)}
    return [
        {
            "prefecture": names.get(line.prefecture, line.prefecture),
            "kind": StationKind(line.kind).label,
            "order": line.order,
            "code": line.station,
            "station": names.get(line.station, line.station),
            "inspectors": [people.get(code, code) for code in line.inspectors],
        }
        for line in lines
    ]


def _by_prefecture(row):
    rows = deviations(row, "authority")
    units = Organisation.objects.in_bulk([line.name for line in rows])
    return [replace(line, name=units[line.name].name) for line in rows]


def _flagged(request, row):
    """Prefectures that may be told to check again."""
    units = Organisation.objects.filter(
        pk__in=row.spot_checks.filter(flagged=True).values("authority")
    )
    return [
        unit
        for unit in units
        if allowed(check_can_order_recheck, request.user, row, unit, request.now)
    ]


@require_POST
def draw_sample(request, pk):
    """The second act of a draw."""
    row = _draw(request, pk)
    check_can_draw_from(request.user, row, "drawn", request.now)
    drawing_services.draw_sample(
        draw=row,
        public_number=request.POST.get("public_number", ""),
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("The stations and their inspectors are drawn."))
    return redirect("evaluations:draw", pk=pk)


def draw_protocol(request, pk):
    """The files with which anybody repeats the draw."""
    row = _draw(request, pk)
    if not row.seed:
        raise Http404
    name = f"draw-{row.campaign.year}-{row.number}.zip"
    audit.record(by=request.user, act="spot_draw.exported", target=row, now=request.now)
    archive = drawing_services.protocol_archive(row)
    return hand_out(archive, name=name, content_type="application/zip")


# --- the second look ------------------------------------------------------------------------------


def _spot_check(request, pk) -> SpotCheck:
    row = row_of(request, SpotCheck.objects.select_related("draw__campaign", "authority"), pk)
    check_can_read(request.user)
    return row


@require_http_methods(["GET", "POST"])
def spot_check(request, pk):
    """All criteria beside the first check; POST keeps a draft."""
    row = _spot_check(request, pk)
    if request.method == "POST":
        check_can_edit_spot_check(request.user, row, request.now)
        form = _form(request, row, request.POST, request.FILES)
        if form.is_valid() and _saved(request, row, form):
            messages.success(request, _("The draft is saved."))
            return redirect("evaluations:spot-check", pk=pk)
        return _page(request, row, form)
    return _page(request, row)


@require_POST
def spot_check_sign(request, pk):
    """Sign off; what stands in the form, if it came along, is saved first."""
    row = _spot_check(request, pk)
    check_can_edit_spot_check(request.user, row, request.now)
    if "version" in request.POST:
        form = _form(request, row, request.POST, request.FILES)
        if not (form.is_valid() and _saved(request, row, form)):
            return _page(request, row, form)
    try:
        services.sign_spot_check(spot_check=row, by=request.user, now=request.now)
    except Incomplete as refusal:
        messages.error(request, _("Saved, but not signed off. %(why)s") % {"why": refusal.reason})
    else:
        messages.success(request, _("The spot check is signed off."))
    return redirect("evaluations:spot-check", pk=pk)


@require_POST
def finding_from_spot_score(request, pk):
    """A deduction of a spot check becomes a finding and a task."""
    score = get_object_or_404(
        SpotScore.objects.filter(
            spot_check__in=SpotCheck.objects.visible_to(request.user)
        ).select_related("criterion__area"),
        pk=pk,
    )
    score.spot_check = _spot_check(request, score.spot_check_id)
    finding = find_from_spot_score(score=score, by=request.user, now=request.now)
    messages.success(request, _("The problem is in the register and dispatched for rectification."))
    return redirect("evaluations:findings", pk=finding.enrolment_id)


def _form(request, row, *data):
    scores = row.scores.select_related("criterion__area").prefetch_related("evidence")
    scores = {score.criterion_id: score for score in scores}
    return DeductionForm(
        *data,
        criteria=[score.criterion for score in scores.values()],
        rows=scores,
        version=row.version,
        today=clock.today(request.now),
        initial={"checked_on": row.checked_on or clock.today(request.now)},
    )


def _saved(request, row, form) -> bool:
    try:
        services.save_spot_check(
            spot_check=row,
            checked_on=form.cleaned_data["checked_on"],
            marks=form.marks(),
            version=form.cleaned_data["version"],
            by=request.user,
            now=request.now,
        )
    except Stale as refusal:
        form.stale(refusal)
        return False
    return True


def _page(request, row, form=None):
    form = form or _form(request, row)
    first = {
        score.criterion_id: score
        for score in CheckScore.objects.filter(check_of__enrolment=row.enrolment)
    }
    findings = Finding.objects.filter(enrolment=row.enrolment, source=FindingSource.SPOT_CHECK)
    context = {
        "row": row,
        "enrolment": row.enrolment,
        "inspectors": row.inspectors.all(),
        "form": form,
        "sections": form.sections(),
        "first": first,
        "can_write": allowed(check_can_edit_spot_check, request.user, row, request.now),
        "can_find": allowed(check_can_find_from_spot_check, request.user, row, request.now),
        "found": set(findings.values_list("criterion_id", flat=True)),
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/acceptance/spot_check.html", context)


# --- ordered re-checks ----------------------------------------------------------------------------


@require_POST
def order(request, pk, code):
    """Tell a prefecture to check its stations again."""
    row = _draw(request, pk)
    unit = get_object_or_404(Organisation, code=code, kind=OrganisationKind.PREFECTURE)
    check_can_order_recheck(request.user, row, unit, request.now)
    form = OrderForm(request.POST)
    if form.is_valid():
        try:
            services.order_recheck(
                draw=row, authority=unit, by=request.user, now=request.now, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error("due_on", error)
        else:
            messages.success(request, _("The re-check is ordered."))
            return redirect("evaluations:draw", pk=pk)
    return render(request, FORM, {"form": form, "title": unit.name})


@require_http_methods(["GET", "POST"])
def order_page(request, pk):
    """An ordered re-check: the prefecture reports, the province closes or returns."""
    row = get_object_or_404(
        RecheckOrder.objects.visible_to(request.user).select_related(
            "draw__campaign", "authority", "ordered_by", "reported_by"
        ),
        pk=pk,
    )
    check_can_read(request.user)
    form = ReportForm(request.POST or None)
    if request.method == "POST":
        check_can_report_order(request.user, row)
        if form.is_valid():
            services.report_order(order=row, by=request.user, now=request.now, **form.cleaned_data)
            messages.success(request, _("The report is handed in."))
            return redirect("evaluations:recheck-order", pk=pk)
    context = {
        "order": row,
        "can_report": allowed(check_can_report_order, request.user, row),
        "can_close": allowed(check_can_close_order, request.user, row),
        "form": form,
        "reason_form": ReasonForm(),
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/acceptance/order.html", context)


@require_POST
def order_review(request, pk):
    """The province closes the order, or returns the report (`decision`)."""
    row = get_object_or_404(
        RecheckOrder.objects.visible_to(request.user).select_related("draw__campaign", "authority"),
        pk=pk,
    )
    check_can_close_order(request.user, row)
    services.review_order(
        order=row,
        close=decision_of(request, "close", "return"),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("Decided."))
    return redirect("evaluations:recheck-order", pk=pk)
