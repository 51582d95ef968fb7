"""The acceptance plan of an authority: pool, teams, route list, adoption, print sheet."""

from itertools import groupby

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
from common.errors import Denied, WrongMoment, allowed
from common.paging import page_of
from evaluations.acceptance_policies import (
    check_can_adopt_plan,
    check_can_keep_pool,
    check_can_plan,
    check_can_set_rules,
    is_authority,
)
from evaluations.forms.acceptance import (
    InspectorForm,
    MoveForm,
    PlannedVisitForm,
    RulesForm,
    ScheduleForm,
    TeamForm,
)
from evaluations.forms.fields import ReasonForm
from evaluations.models import (
    AcceptancePlan,
    AcceptanceRules,
    InspectionTeam,
    Inspector,
    PlannedVisit,
)
from evaluations.policies import check_can_read
from evaluations.services import plans as services
from evaluations.views.scope import decision_of

FORM = "evaluations/acceptance/form.html"


def _campaign() -> Campaign:
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    return campaign


def _authority(request) -> Organisation:
    """The authority whose plan is meant: `authority` in the address, else one's own unit."""
    check_can_read(request.user)
    code = request.GET.get("authority")
    if code:
        kinds = (OrganisationKind.PREFECTURE, OrganisationKind.PROVINCE)
        rows = Organisation.objects.visible_to(request.user).filter(kind__in=kinds)
        return get_object_or_404(rows, code=code)
    if not is_authority(request.user.organisation):
        raise Denied(_("Your unit accepts no stations; the plan is its authority's."))
    return request.user.organisation


def _visits(plan):
    return (
        plan.visits.select_related(
            "team", "enrolment__station__organisation__supervisor__supervisor"
        )
        .prefetch_related("team__members")
        .order_by("enrolment__station__organisation__path")
        if plan.pk
        else PlannedVisit.objects.none()
    )


def plan(request):
    """Coverage, teams, and who is visited when."""
    campaign, authority = _campaign(), _authority(request)
    row, user = services.plan_of(campaign, authority), request.user
    can_plan = allowed(check_can_plan, user, row, request.now)
    context = {
        "plan": row,
        "authority": authority,
        "coverage": services.coverage_of(campaign, authority),
        "teams": row.teams.prefetch_related("members__unit") if row.pk else (),
        "page": page_of(request, _visits(row)),
        "can_plan": can_plan,
        "can_adopt": row.pk and allowed(check_can_adopt_plan, user, row, "adopted"),
        "can_withdraw": row.pk and allowed(check_can_adopt_plan, user, row, "withdrawn"),
        "schedule_form": ScheduleForm(initial={"starts_on": clock.today(request.now)}),
        "move_form": MoveForm(plan=row, visits=None) if can_plan and row.pk else None,
        "reason_form": ReasonForm(),
        "events": audit.story_of(row) if row.pk else (),
    }
    return render(request, "evaluations/acceptance/plan.html", context)


def plan_print(request):
    """The route list by county, for paper."""
    campaign, authority = _campaign(), _authority(request)
    row = services.plan_of(campaign, authority)
    counties = groupby(_visits(row), key=lambda visit: visit.enrolment.bureau)
    context = {
        "plan": row,
        "authority": authority,
        "coverage": services.coverage_of(campaign, authority),
        "teams": row.teams.prefetch_related("members") if row.pk else (),
        "counties": [
            (county, sorted(rows, key=lambda visit: (visit.day, visit.team.number, visit.position)))
            for county, rows in counties
        ],
    }
    return render(request, "evaluations/acceptance/plan_print.html", context)


@require_POST
def plan_schedule(request):
    """Propose a day and a team for every station that has none."""
    campaign, authority = _campaign(), _authority(request)
    check_can_plan(request.user, services.plan_of(campaign, authority), request.now)
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return render(request, FORM, {"form": form, "title": _("Propose a schedule")})
    count = services.propose_schedule(
        campaign=campaign,
        authority=authority,
        by=request.user,
        now=request.now,
        **form.cleaned_data,
    )
    messages.success(request, _("%(count)s visits are planned.") % {"count": count})
    return redirect("evaluations:plan")


@require_POST
def plan_move(request):
    """Another day or team for the stations that were chosen in the list."""
    row = services.plan_of(_campaign(), _authority(request))
    check_can_plan(request.user, row, request.now)
    if row.pk is None:
        raise WrongMoment(_("There is no plan yet."))
    form = MoveForm(request.POST, plan=row, visits=_visits(row))
    if form.is_valid():
        try:
            count = services.move_visits(
                plan=row, by=request.user, now=request.now, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(count)s visits are moved.") % {"count": count})
            return redirect("evaluations:plan")
    return render(request, FORM, {"form": form, "title": _("Move visits")})


@require_POST
def plan_adopt(request):
    """Adopt the plan, or take it back (`decision`)."""
    row = services.plan_of(_campaign(), _authority(request))
    check_can_keep_pool(request.user, row.authority)
    if decision_of(request, "adopt", "withdraw"):
        services.adopt_plan(plan=row, by=request.user, now=request.now)
        messages.success(request, _("The plan is adopted."))
    else:
        services.withdraw_plan(
            plan=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
        )
        messages.success(request, _("The plan is a draft again."))
    return redirect("evaluations:plan")


@require_http_methods(["GET", "POST"])
def team_add(request):
    """Form a team."""
    campaign, authority = _campaign(), _authority(request)
    check_can_plan(request.user, services.plan_of(campaign, authority), request.now)
    return _team(request, campaign, authority, None)


@require_http_methods(["GET", "POST"])
def team_edit(request, pk):
    """Change a team's members."""
    plans = AcceptancePlan.objects.visible_to(request.user)
    team = get_object_or_404(
        InspectionTeam.objects.filter(plan__in=plans).select_related("plan__campaign"), pk=pk
    )
    check_can_plan(request.user, team.plan, request.now)
    return _team(request, team.plan.campaign, team.plan.authority, team)


def _team(request, campaign, authority, team):
    initial = {"members": team.members.all()} if team else None
    form = TeamForm(request.POST or None, authority=authority, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_team(
                campaign=campaign,
                authority=authority,
                members=list(form.cleaned_data["members"]),
                team=team,
                by=request.user,
                now=request.now,
            )
        except ValidationError as error:
            form.add_error("members", error)
        else:
            return redirect("evaluations:plan")
    return render(request, FORM, {"form": form, "title": str(team or _("New team"))})


@require_http_methods(["GET", "POST"])
def visit_edit(request, pk):
    """Another team or day for one station."""
    plans = AcceptancePlan.objects.visible_to(request.user)
    visit = get_object_or_404(
        PlannedVisit.objects.filter(plan__in=plans).select_related(
            "plan__campaign",
            "plan__authority",
            "team",
            "enrolment__station__organisation__supervisor__supervisor",
        ),
        pk=pk,
    )
    check_can_plan(request.user, visit.plan, request.now)
    form = PlannedVisitForm(
        request.POST or None,
        plan=visit.plan,
        initial={"team": visit.team, "day": visit.day, "position": visit.position},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_visit(
                visit=visit, by=request.user, now=request.now, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("evaluations:plan")
    context = {"form": form, "title": visit.enrolment.station.name, "enrolment": visit.enrolment}
    return render(request, FORM, context)


# --- the pool -------------------------------------------------------------------------------------


def inspectors(request):
    """The authority's pool."""
    authority = _authority(request)
    rows = Inspector.objects.visible_to(request.user).filter(pool=authority)
    context = {
        "authority": authority,
        "page": page_of(request, rows.select_related("unit", "user").order_by("-active", "name")),
        "can_keep": allowed(check_can_keep_pool, request.user, authority),
    }
    return render(request, "evaluations/acceptance/inspectors.html", context)


@require_http_methods(["GET", "POST"])
def inspector_add(request):
    """Somebody new in the pool."""
    authority = _authority(request)
    check_can_keep_pool(request.user, authority)
    return _inspector(request, authority, None)


@require_http_methods(["GET", "POST"])
def inspector_edit(request, pk):
    """Change somebody of the pool, or take them off duty."""
    row = get_object_or_404(
        Inspector.objects.visible_to(request.user).select_related("pool"), pk=pk
    )
    check_can_keep_pool(request.user, row.pool)
    return _inspector(request, row.pool, row)


def _inspector(request, authority, row):
    form = InspectorForm(
        request.POST or None, instance=row or Inspector(pool=authority), authority=authority
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.save_inspector(
                authority=authority,
                values=form.cleaned_data,
                inspector=row,
                by=request.user,
                now=request.now,
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, _("Saved."))
            return redirect("evaluations:inspectors")
    title = row.name if row else _("New inspector")
    return render(request, FORM, {"form": form, "title": title})


# --- the rules ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def rules(request):
    """The campaign's numbers of acceptance; the province changes them."""
    check_can_read(request.user)
    campaign = _campaign()
    row = AcceptanceRules.objects.of(campaign)
    can_set = allowed(check_can_set_rules, request.user)
    if request.method == "POST":
        check_can_set_rules(request.user)
        form = RulesForm(request.POST, instance=row)
        if form.is_valid():
            services.save_rules(rules=form.instance, by=request.user, now=request.now)
            messages.success(request, _("Saved."))
            return redirect("evaluations:acceptance-rules")
    else:
        form = RulesForm(instance=row)
    if not can_set:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "title": _("Rules of acceptance"), "read_only": not can_set}
    return render(request, FORM, context)
