"""Pages of scoring: daily assessment, the policy, runs, the ranking, a score explained."""

from uuid import uuid4

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
from scoring import lists
from scoring.explain import explain
from scoring.exports import ranking_workbook
from scoring.forms import DailyForm, RunForm
from scoring.models import Grade, ScoreRun, ScoreStatus, ScoringPolicy
from scoring.policies import (
    check_can_assess,
    check_can_make_run,
    check_can_read_ranking,
    check_can_read_score,
)
from scoring.services.daily import Overtaken, give_daily_score, label_of, part_of
from scoring.services.policies import policy_in_words
from scoring.services.runs import make_run


@require_safe
def daily(request):
    """The stations whose daily score the acting unit gives."""
    check_may(request.user, Permission.DAILY_ASSESS)
    owed = lists.owed_daily(request.user, Campaign.objects.current())
    context = {
        "page": page_of(request, lists.filter_daily(owed, request.GET)),
        "missing": owed.filter(given_score=None).count(),
        "total": owed.count(),
        "level": label_of(part_of(request.user)),
    }
    return render(request, "scoring/daily.html", context)


@require_http_methods(["GET", "POST"])
def daily_edit(request, pk):
    """Give or change the daily score of the acting unit's level."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    part = part_of(request.user)
    check_can_assess(request.user, enrolment, part, request.now)
    given = enrolment.daily_assessments.filter(part=part).first()
    form = DailyForm(request.POST or None, given=given)
    if request.method == "POST" and form.is_valid():
        try:
            give_daily_score(
                enrolment=enrolment,
                part=part,
                score=form.cleaned_data["score"],
                basis=form.cleaned_data["basis"],
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
        "level": label_of(part),
        "events": audit.story_of(given) if given else [],
    }
    return render(request, "scoring/daily_edit.html", context)


@require_safe
def policy(request):
    """The policy in force, in plain words."""
    check_may(request.user, Permission.READ)
    in_force = ScoringPolicy.objects.in_force(Campaign.objects.current())
    words = policy_in_words(in_force) if in_force else None
    return render(request, "scoring/policy.html", {"policy": in_force, "words": words})


def _run_asked_for(request, campaign) -> ScoreRun | None:
    """The run that the address names, else the campaign's latest: of those the person may see."""
    runs = ScoreRun.objects.visible_to(request.user)
    number = request.GET.get("run")
    if not number:
        return runs.latest_of(campaign)
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return get_object_or_404(runs.select_related("campaign"), pk=int(number))


@require_safe
def ranking(request):
    """The ranking of a run, in the person's scope."""
    check_can_read_ranking(request.user)
    campaign = Campaign.objects.current()
    run = _run_asked_for(request, campaign)
    query = lists.RankingQuery.of(request.GET)
    prefectures = lists.prefectures_in(run, request.user)
    page = page_of(request, query.rows(run, request.user))
    context = {
        "run": run,
        "query": query,
        "page": page,
        "rows": lists.with_words(page, prefectures),
        "prefectures": prefectures,
        "verdicts": query.verdicts(run),
        "grades": Grade.choices,
        "statuses": ScoreStatus.choices,
        "can_make_run": campaign is not None
        and allowed(check_can_make_run, request.user, campaign, request.now),
        "key": uuid4(),
    }
    return render(request, "scoring/ranking.html", context)


@require_safe
def ranking_export(request):
    """The same rows as a workbook."""
    check_can_read_ranking(request.user)
    run = _run_asked_for(request, Campaign.objects.current())
    if run is None:
        raise Http404
    query = lists.RankingQuery.of(request.GET)
    response = ranking_workbook(
        run=run,
        rows=query.rows(run, request.user),
        prefectures=lists.prefectures_in(run, request.user),
    )
    audit.record(
        by=request.user, act="ranking.exported", target=run, now=request.now, after=query.in_words
    )
    return response


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
    """All runs of the current campaign, with their digests."""
    check_can_read_ranking(request.user)
    rows = ScoreRun.objects.visible_to(request.user).filter(campaign=Campaign.objects.current())
    rows = rows.select_related("policy", "made_by").defer("rules").order_by("-pk")
    return render(request, "scoring/runs.html", {"page": page_of(request, rows)})


@require_safe
def score(request, pk):
    """A station's score, explained from the composite down to the counts."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    run = _run_asked_for(request, enrolment.campaign)
    check_can_read_score(request.user, run)
    row = enrolment.scores.filter(run=run).select_related("run").first()
    context = {"enrolment": enrolment, "run": run, "score": row}
    if row:
        context |= {
            "chain": explain(row),
            "reasons": lists.reasons_of(row),
            "verdict": lists.verdict(row.run, row.kind),
        }
    return render(request, "scoring/score.html", context)
