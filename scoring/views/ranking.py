"""The ranking, its workbook, its roll-ups and funnel; a station's score explained."""

from uuid import uuid4

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.roles import Permission
from campaign.models import Enrolment
from common.charts.funnel import funnel
from common.errors import allowed
from common.paging import page_of
from evaluations.profiles import lines_of, points_by_area, profile_of
from scoring import lists, pictures
from scoring.explain import explain
from scoring.exports import ranking_workbook
from scoring.history import histories
from scoring.models import Grade, ScoreRun, ScoreStatus
from scoring.policies import (
    check_can_make_run,
    check_can_read_ranking,
    check_can_read_score,
    check_can_reply,
)
from scoring.rollups import rollups
from scoring.views.scope import campaign_shown, run_asked_for
from stations.models import StationKind


@require_safe
def ranking(request):
    """The ranking of a run, in the person's scope."""
    check_can_read_ranking(request.user)
    campaign = campaign_shown(request)
    run = run_asked_for(request, campaign)
    query = lists.RankingQuery.of(request.GET)
    prefectures = lists.prefectures_in(run, request.user)
    page = page_of(request, query.rows(run, request.user))
    context = {
        "run": run,
        "years": ScoreRun.objects.visible_to(request.user).years(),
        "year": run.campaign.year if run else getattr(campaign, "year", None),
        "query": query,
        "page": page,
        "rows": lists.with_words(page, prefectures, run),
        "prefectures": prefectures,
        "counties": lists.counties_in(run, request.user, query.prefecture),
        "peers": lists.peers_in(run),
        "verdicts": query.verdicts(run),
        "spread": pictures.spread_of_list(query.rows(run, request.user)) if run else "",
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
    run = run_asked_for(request, campaign_shown(request))
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


@require_safe
def ranking_units(request):
    """Counties and prefectures: the plain mean of their stations and the ballot-weighted one."""
    check_can_read_ranking(request.user)
    run = run_asked_for(request, campaign_shown(request))
    level = "county" if request.GET.get("level") == "county" else "prefecture"
    rows = rollups(run, request.user, level) if run else []
    context = {
        "run": run,
        "level": level,
        "page": page_of(request, rows),
        "map": pictures.map_of(rows) if level == "prefecture" else "",
    }
    return render(request, "scoring/units.html", context)


@require_safe
def ranking_funnel(request):
    """The composites against the number of ballots: what lies outside the funnel is no chance."""
    check_can_read_ranking(request.user)
    run = run_asked_for(request, campaign_shown(request))
    kind = request.GET.get("kind")
    kind = kind if kind in StationKind.values else StationKind.BRIGADE
    points, outside = lists.funnel_of(run, request.user, kind) if run else (None, [])
    context = {
        "run": run,
        "kind": kind,
        "kinds": StationKind.choices,
        "chart": funnel(**points) if points else "",
        "outside": outside,
    }
    return render(request, "scoring/funnel.html", context)


@require_safe
def score(request, pk):
    """A station's score, explained from the composite down to the counts."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    run = run_asked_for(request, enrolment.campaign)
    check_can_read_score(request.user, run)
    row = enrolment.scores.filter(run=run).select_related("run").first()
    context = {"enrolment": enrolment, "run": run, "score": row}
    if row:
        series = pictures.series_of(row.run, row.kind)
        context |= {
            "series": len(series),
            "spread": pictures.spread_of(series, row),
            "neighbours": pictures.neighbours_of(series, row)
            if row.run.state in pictures.STANDING
            else "",
        }
        if request.user.may(Permission.READ):
            areas = points_by_area(enrolment.campaign, row.kind)
            context["profile"] = profile_of(lines_of(enrolment, areas))
        years = histories([enrolment.station_id], before=enrolment.campaign.year)
        context |= {
            "chain": explain(row),
            "reasons": lists.reasons_of(row),
            "verdict": lists.verdict(row.run, row.kind),
            "years": [
                result
                for _year, results in sorted(years.get(enrolment.station_id, {}).items())[::-1]
                for result in results
            ],
            "reply": run.replies.filter(enrolment=enrolment).select_related("answered_by").first(),
            "can_reply": allowed(check_can_reply, request.user, run, enrolment, request.now),
        }
    return render(request, "scoring/score.html", context)
