"""Runs: made, shown to the units, replied to, published, superseded, compared, turned over."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common.errors import allowed
from common.paging import page_of
from scoring.compare import changed_enrolments, explain_moves
from scoring.forms import ReasonForm, RunForm, WhatIfForm
from scoring.models import DailyList, DailyListState, RunReply, ScoreRun
from scoring.policies import (
    check_can_answer_reply,
    check_can_preview_run,
    check_can_publish_run,
    check_can_read_ranking,
    check_can_reopen_daily_list,
    check_can_reply,
    check_can_supersede_run,
    check_can_turn_over,
)
from scoring.services import publication
from scoring.services.daily_lists import unsigned_lists
from scoring.services.runs import make_run
from scoring.views.scope import campaign_shown, run_asked_for, run_of
from scoring.whatif import effect_of, frozen, sensitivity, with_shares


@require_POST
def run_make(request):
    """Make a run of the current campaign."""
    campaign = Campaign.objects.current()
    check_may(request.user, Permission.SCORE_RUN)
    if campaign is None:
        raise Http404
    form = RunForm(request.POST)
    run = make_run(
        campaign=campaign,
        by=request.user,
        now=request.now,
        key=form.cleaned_data["key"] if form.is_valid() else None,
    )
    messages.success(
        request,
        _("Run %(number)s is made: %(ranked)s of %(stations)s stations are ranked.")
        % {"number": run.pk, "ranked": run.ranked_count, "stations": run.station_count},
    )
    return redirect("scoring:ranking")


@require_safe
def runs(request):
    """All runs of a campaign that the person may see, with their digests."""
    check_can_read_ranking(request.user)
    campaign = campaign_shown(request)
    rows = ScoreRun.objects.visible_to(request.user).filter(campaign=campaign)
    rows = rows.select_related("policy", "made_by").defer("rules").order_by("-pk")
    context = {
        "page": page_of(request, rows),
        "years": ScoreRun.objects.visible_to(request.user).years(),
        "year": campaign.year if campaign else None,
    }
    if allowed(check_can_reopen_daily_list, request.user):
        context["signed_lists"] = DailyList.objects.filter(
            campaign=campaign, state=DailyListState.SIGNED
        ).select_related("organisation", "signed_by")
    return render(request, "scoring/runs.html", context)


@require_safe
def run(request, pk):
    """One run: its state, its digests, what can be done with it, the replies to its preview."""
    check_can_read_ranking(request.user)
    return _run_page(request, run_of(request, pk))


def _run_page(request, row, form=None):
    replies = row.replies.visible_to(request.user).select_related(
        "enrolment__station__organisation", "given_by", "answered_by"
    )
    user = request.user
    context = {
        "run": row,
        "form": form or ReasonForm(),
        "page": page_of(request, replies),
        "can_preview": allowed(check_can_preview_run, user, row),
        "can_publish": allowed(check_can_publish_run, user, row, request.now),
        "can_supersede": allowed(check_can_supersede_run, user, row),
        "can_turn_over": allowed(check_can_turn_over, user),
        "can_answer": allowed(check_can_answer_reply, user, RunReply(run=row)),
        "unsigned": unsigned_lists(row.campaign),
        "others": ScoreRun.objects.visible_to(user)
        .filter(campaign=row.campaign)
        .exclude(pk=row.pk)
        .defer("rules")[:20],
        "events": audit.story_of(row),
    }
    return render(request, "scoring/run.html", context)


@require_POST
def run_preview(request, pk):
    """Show the run to the units."""
    row = publication.preview_run(
        run=run_of(request, pk),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=request.now,
    )
    messages.success(
        request,
        _("The units see their own scores and may reply until %(day)s.")
        % {"day": f"{row.reply_until:%Y-%m-%d}"},
    )
    return redirect("scoring:run", pk=pk)


@require_POST
def run_publish(request, pk):
    """Publish the run; one published before is superseded."""
    row = run_of(request, pk)
    check_can_publish_run(request.user, row, request.now)
    publication.publish_run(
        run=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
    )
    messages.success(request, _("The run is published."))
    return redirect("scoring:run", pk=pk)


@require_POST
def run_supersede(request, pk):
    """Take the run back."""
    row = run_of(request, pk)
    check_can_supersede_run(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _run_page(request, row, form)
    publication.supersede_run(
        run=row, reason=form.cleaned_data["reason"], by=request.user, now=request.now
    )
    messages.success(request, _("The run is superseded."))
    return redirect("scoring:run", pk=pk)


@require_POST
def run_reply(request, pk):
    """The station or its bureau replies to the previewed score of enrolment `pk`."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    row = run_asked_for(request, enrolment.campaign)
    if row is None:
        raise Http404
    check_can_reply(request.user, row, enrolment, request.now)
    publication.reply_to_run(
        run=row,
        enrolment=enrolment,
        text=request.POST.get("text", ""),
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("The reply is handed in."))
    return redirect("scoring:score", pk=pk)


@require_POST
def reply_answer(request, pk):
    """The province answers a reply."""
    reply = get_object_or_404(RunReply.objects.visible_to(request.user), pk=pk)
    check_can_answer_reply(request.user, reply)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _run_page(request, run_of(request, reply.run_id), form)
    publication.answer_reply(
        reply=reply,
        upheld=request.POST.get("decision") == "uphold",
        answer=form.cleaned_data["reason"],
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("Answered."))
    return redirect("scoring:run", pk=reply.run_id)


@require_safe
def run_compare(request, pk):
    """The run beside another one (`with`): who moved, and why."""
    check_can_read_ranking(request.user)
    new = run_of(request, pk)
    old = run_asked_for(request, new.campaign, "with")
    if old is None:
        raise Http404
    page = page_of(request, changed_enrolments(old, new, request.user))
    context = {
        "new": new,
        "old": old,
        "page": page,
        "rows": explain_moves(old, new, list(page)),
    }
    return render(request, "scoring/compare.html", context)


@require_safe
def run_sensitivity(request, pk):
    """Which award places would change under other rules. Changes nothing."""
    check_can_turn_over(request.user)
    row = run_of(request, pk)
    return render(request, "scoring/sensitivity.html", {"run": row, "effects": sensitivity(row)})


@require_http_methods(["GET", "HEAD"])
def run_whatif(request, pk):
    """Sliders for the weights; the whole ranking again under them. Changes nothing."""
    check_can_turn_over(request.user)
    row = run_of(request, pk)
    form = WhatIfForm(request.GET or None, policy=frozen(row.pk).policy, run=row)
    effect = None
    if form.is_bound and form.is_valid():
        effect = effect_of(row, with_shares(frozen(row.pk).policy, **form.shares()), movers=20)
    template = "scoring/_effect.html" if request.htmx else "scoring/whatif.html"
    return render(request, template, {"run": row, "form": form, "effect": effect})
