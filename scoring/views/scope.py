"""What a page is about: the run, the row that the address names, in the person's scope."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from campaign.models import Campaign, CampaignState
from scoring.models import ScoreRun


def campaign_shown(request, years: list[int] | None = None) -> Campaign | None:
    """The campaign of the year that the address names; else the latest of `years`, where the page
    knows in which years there is something to read; else the current one."""
    year = request.GET.get("year") or (str(years[0]) if years else "")
    if not year:
        return Campaign.objects.current()
    if not year.isdecimal() or len(year) != 4:
        raise Http404
    return get_object_or_404(Campaign.objects.exclude(state=CampaignState.DRAFT), year=int(year))


def run_asked_for(request, campaign: Campaign | None, name: str = "run") -> ScoreRun | None:
    """The run that the address names, else the campaign's latest: of those the person may see."""
    runs = ScoreRun.objects.visible_to(request.user)
    number = request.GET.get(name)
    if not number:
        return runs.latest_of(campaign)
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return get_object_or_404(runs.select_related("campaign"), pk=int(number))


def run_of(request, pk: int) -> ScoreRun:
    """A run that the person may see, or 404."""
    return get_object_or_404(
        ScoreRun.objects.visible_to(request.user).select_related("campaign", "policy"), pk=pk
    )
