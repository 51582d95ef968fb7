"""Results: what the rules propose, what people decide, the earlier years."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from common.sheet_pages import SheetImport, import_page
from common.sheet_templates import template_response
from scoring.forms import NominationForm, ReasonForm, ResultRulesForm
from scoring.imports import PAST_COLUMNS, apply_past, plan_past
from scoring.models import (
    Consequence,
    ConsequenceKind,
    ConsequenceState,
    Honour,
    HonourKind,
    HonourState,
    Objection,
    PublicityPeriod,
    RunState,
    ScoreRun,
)
from scoring.policies import (
    check_can_decide_result,
    check_can_import_past_results,
    check_can_open_publicity,
    check_can_propose_results,
    check_can_put_forward,
    check_can_read_results,
    check_can_set_result_rules,
)
from scoring.services import consequences as consequence_services
from scoring.services import honours as honour_services
from scoring.services.proposals import propose_results
from scoring.services.result_rules import FIGURES, rules_of, set_result_rules
from scoring.views.scope import campaign_shown


def _years(campaign: Campaign | None) -> dict:
    """The years whose results can be read with the current one, and the one that is shown."""
    years = set(ScoreRun.objects.filter(state=RunState.PUBLISHED).years())
    if current := Campaign.objects.current():
        years.add(current.year)
    return {
        "years": sorted(years, reverse=True),
        "year": campaign.year if campaign else None,
    }


@require_safe
def honours(request):
    """Honours, by kind and state."""
    check_can_read_results(request.user)
    campaign = campaign_shown(request)
    rows = Honour.objects.visible_to(request.user).filter(campaign=campaign).with_station()
    kind, state = request.GET.get("kind"), request.GET.get("state")
    if kind in HonourKind.values:
        rows = rows.filter(kind=kind)
    if state in HonourState.values:
        rows = rows.filter(state=state)
    run = ScoreRun.objects.published(campaign)
    rows = rows.order_by("-kind", "score__kind", "score__rank_kind", "pk")
    context = {
        "run": run,
        **_years(campaign),
        "page": page_of(request, rows),
        "kinds": HonourKind.choices,
        "states": HonourState.choices,
        "period": PublicityPeriod.objects.filter(campaign=campaign).first(),
        "can_propose": run is not None
        and allowed(check_can_propose_results, request.user, run, request.now),
        "can_open": allowed(check_can_open_publicity, request.user),
        "can_set": allowed(check_can_set_result_rules, request.user),
    }
    return render(request, "scoring/honours.html", context)


@require_POST
def results_propose(request):
    """Let the rules propose from the published run."""
    check_can_read_results(request.user)
    run = ScoreRun.objects.published(Campaign.objects.current())
    if run is None:
        raise Http404
    made = propose_results(run=run, by=request.user, now=request.now)
    messages.success(
        request,
        _("Proposed: %(honours)s honours, %(consequences)s consequences. Nothing is decided yet.")
        % {"honours": made[0], "consequences": made[1]},
    )
    return redirect("scoring:honours")


def _honour_of(request, pk) -> Honour:
    rows = Honour.objects.visible_to(request.user).with_station()
    return get_object_or_404(rows.select_related("publicity"), pk=pk)


@require_safe
def honour(request, pk):
    """One honour: what the rule saw, who did what, the objections."""
    return _honour_page(request, _honour_of(request, pk))


def _honour_page(request, row, form=None):
    context = {
        "row": row,
        "form": form or NominationForm(),
        "can_nominate": row.state == HonourState.PROPOSED
        and allowed(check_can_put_forward, request.user),
        "can_reject": row.state
        in (HonourState.PROPOSED, HonourState.NOMINATED, HonourState.PUBLICISED)
        and allowed(check_can_put_forward, request.user),
        "can_decide": row.state in (HonourState.PUBLICISED, HonourState.CONFIRMED)
        and allowed(check_can_decide_result, request.user, row.nominated_by_id),
        # Who objected is nobody's business below the province.
        "objections": row.objections.select_related("decided_by")
        if request.user.organisation.supervisor_id is None
        else [],
        "events": audit.story_of(row),
    }
    return render(request, "scoring/honour.html", context)


@require_POST
def honour_nominate(request, pk):
    """The first person takes the proposal up."""
    row = _honour_of(request, pk)
    check_can_put_forward(request.user)
    form = NominationForm(request.POST)
    if not form.is_valid():
        return _honour_page(request, row, form)
    honour_services.nominate(honour=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The station is nominated."))
    return redirect("scoring:honour", pk=pk)


@require_POST
def honour_decide(request, pk):
    """Confirm, withdraw or do not take up (`decision`), with the reason."""
    row = _honour_of(request, pk)
    act = {
        "confirm": honour_services.confirm_honour,
        "withdraw": honour_services.withdraw_honour,
        "reject": honour_services.reject_honour,
    }.get(request.POST.get("decision"))
    if act is None:
        raise Http404
    act(honour=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now)
    messages.success(request, _("Decided."))
    return redirect("scoring:honour", pk=pk)


@require_POST
def publicity_open(request):
    """Put the nominated names before the public."""
    campaign = Campaign.objects.current()
    check_can_open_publicity(request.user)
    if campaign is None:
        raise Http404
    period = honour_services.open_publicity(campaign=campaign, by=request.user, now=request.now)
    messages.success(
        request,
        _("The names are before the public until %(day)s.")
        % {"day": f"{period.closes_on:%Y-%m-%d}"},
    )
    return redirect("scoring:honours")


@require_POST
def objection_decide(request, pk):
    """Decide an objection (`decision`: uphold or not)."""
    check_can_read_results(request.user)
    visible = Honour.objects.visible_to(request.user)
    row = get_object_or_404(
        Objection.objects.filter(honour__in=visible).select_related("honour"), pk=pk
    )
    honour_services.decide_objection(
        objection=row,
        uphold=request.POST.get("decision") == "uphold",
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("Decided."))
    return redirect("scoring:honour", pk=row.honour_id)


@require_safe
def consequences(request):
    """Consequences, by kind and state."""
    check_can_read_results(request.user)
    rows = Consequence.objects.visible_to(request.user)
    campaign = campaign_shown(request)
    rows = rows.filter(campaign=campaign).select_related("organisation")
    kind, state = request.GET.get("kind"), request.GET.get("state")
    if kind in ConsequenceKind.values:
        rows = rows.filter(kind=kind)
    if state in ConsequenceState.values:
        rows = rows.filter(state=state)
    context = {
        **_years(campaign),
        "page": page_of(request, rows),
        "kinds": ConsequenceKind.choices,
        "states": ConsequenceState.choices,
    }
    return render(request, "scoring/consequences.html", context)


def _consequence_of(request, pk) -> Consequence:
    rows = Consequence.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("organisation", "campaign", "endorsed_by", "decided_by"), pk=pk
    )


@require_safe
def consequence(request, pk):
    """One consequence: what the rule saw, who did what."""
    row = _consequence_of(request, pk)
    user = request.user
    context = {
        "row": row,
        "form": ReasonForm(),
        "can_endorse": row.state == ConsequenceState.PROPOSED
        and allowed(check_can_put_forward, user),
        "can_decide": row.state in (ConsequenceState.ENDORSED, ConsequenceState.IMPOSED)
        and allowed(check_can_decide_result, user, row.endorsed_by_id),
        "can_dismiss": row.state in (ConsequenceState.PROPOSED, ConsequenceState.ENDORSED)
        and allowed(check_can_decide_result, user, row.endorsed_by_id),
        "events": audit.story_of(row),
    }
    return render(request, "scoring/consequence.html", context)


@require_POST
def consequence_decide(request, pk):
    """Put forward, impose, do not take up or lift (`decision`), with the reason."""
    row = _consequence_of(request, pk)
    decision, reason = request.POST.get("decision"), request.POST.get("reason", "")
    if decision == "endorse":
        consequence_services.endorse_consequence(
            consequence=row, reason=reason, by=request.user, now=request.now
        )
    elif decision in ("imposed", "dismissed", "lifted"):
        consequence_services.decide_consequence(
            consequence=row, move=decision, reason=reason, by=request.user, now=request.now
        )
    else:
        raise Http404
    messages.success(request, _("Decided."))
    return redirect("scoring:consequence", pk=pk)


@require_http_methods(["GET", "POST"])
def result_rules(request):
    """The figures by which results are proposed."""
    check_can_set_result_rules(request.user)
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    form = ResultRulesForm(request.POST or None, instance=rules_of(campaign))
    if request.method == "POST" and form.is_valid():
        set_result_rules(
            campaign=campaign,
            figures={name: form.cleaned_data[name] for name in FIGURES},
            quotas=form.quotas(),
            reason=form.cleaned_data["reason"],
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The rules of results are saved."))
        return redirect("scoring:honours")
    return render(request, "scoring/result_rules.html", {"form": form})


@require_http_methods(["GET", "POST"])
def past_import(request):
    """Results of earlier years from a workbook."""
    check_can_import_past_results(request.user)
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    what = SheetImport(
        kind="past_results",
        title=_("Import results of earlier years"),
        columns=PAST_COLUMNS,
        plan=lambda table: plan_past(table, campaign.year),
        apply=lambda table: apply_past(table, request.user, request.now),
        back=reverse("scoring:honours"),
        template=reverse("scoring:past-template"),
        note=_("Keyed to the station as it is now: a renamed one carries its history on."),
        reads_gaps=True,
    )
    return import_page(request, what)


@require_safe
def past_template(request):
    """The empty workbook for results of earlier years."""
    check_can_import_past_results(request.user)
    return template_response(
        "past-results.xlsx", title=_("Results of earlier years"), columns=PAST_COLUMNS
    )
