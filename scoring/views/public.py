"""What everybody may read: the published ranking, the names before the public, objections."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.paging import page_of
from common.public import public_page
from common.throttle import scope, throttled
from scoring import lists
from scoring.forms import ObjectionForm
from scoring.models import Honour, HonourState, PublicityPeriod, RunState, ScoreRun
from scoring.papers import award_list
from scoring.services.honours import object_to
from scoring.views.scope import campaign_shown
from stations.models import StationKind

OBJECTIONS = scope(
    "objections", gettext_lazy("objections from one address"), limit=10, seconds=3600
)


@public_page
@require_safe
def public_ranking(request):
    """The published ranking of a kind: rank, composite, interval. No counts, no answers."""
    years = ScoreRun.objects.filter(state=RunState.PUBLISHED).years()
    run = ScoreRun.objects.published(campaign_shown(request, years))
    kind = request.GET.get("kind")
    kind = kind if kind in StationKind.values else StationKind.BRIGADE
    rows = lists.public_rows(run, kind, request.GET.get("q", "").strip())
    context = {
        "run": run,
        "years": years,
        "year": run.campaign.year if run else None,
        "kind": kind,
        "kinds": StationKind.choices,
        "page": page_of(request, rows),
        "verdict": lists.verdict(run, kind) if run else "",
    }
    return render(request, "scoring/public_ranking.html", context)


@public_page
@require_http_methods(["GET", "POST"])
def publicity(request):
    """The names before the public, or the final list; POST objects to a name."""
    years = PublicityPeriod.objects.years()
    campaign = campaign_shown(request, years)
    if campaign is None:
        raise Http404
    if request.method == "POST":
        return _object(request, campaign)
    return _publicity_page(request, campaign, years=years)


@throttled(OBJECTIONS)
def _object(request, campaign):
    form = ObjectionForm(request.POST, honours=_open_names(campaign, request.now))
    if not form.is_valid():
        return _publicity_page(request, campaign, form)
    object_to(now=request.now, **form.cleaned_data)
    messages.success(request, _("Your objection has been received. The province decides on it."))
    return redirect("scoring:publicity")


def _publicity_page(request, campaign, form=None, years=()):
    period = PublicityPeriod.objects.filter(campaign=campaign).first()
    names = _open_names(campaign, request.now)
    open_now = names.exists()
    context = {
        "campaign": campaign,
        "years": years,
        "year": campaign.year,
        "period": period,
        "open": open_now,
        "list": award_list(campaign, final=not open_now),
        "form": (form or ObjectionForm(honours=names, initial={"key": uuid4()}))
        if open_now
        else None,
    }
    return render(request, "scoring/publicity.html", context)


def _open_names(campaign, now):
    """The honours that somebody can object to now."""
    return Honour.objects.filter(
        campaign=campaign,
        state=HonourState.PUBLICISED,
        publicity__closes_on__gte=clock.today(now),
    ).with_station()
