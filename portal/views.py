"""Pages that cross apps: the public front page, the desk, the demonstration's clock."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Organisation, OrganisationKind
from accounts.policies import check_may
from accounts.roles import Permission
from accounts.seals import daily_heads
from campaign.models import Campaign
from common import clock
from common.models import DemonstrationClock
from portal import desk as desks
from portal import progress_pages
from portal.forms import ClockForm
from portal.progress import progress_of, units_above
from stations.models import Station

# Days whose heads the public page shows.
DAYS_OF_HEADS = 60


@login_not_required
def home(request):
    """What the campaign is, and the way to a station's public page."""
    text = request.GET.get("q", "").strip()
    stations = (
        Station.objects.with_units().filter(organisation__active=True).search(text)[:20]
        if text
        else []
    )
    return render(request, "portal/home.html", {"text": text, "stations": stations})


@login_not_required
def healthz(request):
    """For a load balancer: 200 while the database answers. No data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def seals_page(request):
    """The heads of the audit trail's chain, for everybody to keep."""
    return render(request, "portal/seals.html", {"heads": daily_heads(DAYS_OF_HEADS)})


def desk(request):
    """What the acting unit owes, and what waits for it."""
    return render(request, "portal/desk.html", desks.desk_of(request.user, request.now))


def progress(request):
    """How far a unit and those right below it have come; one's own unit first."""
    check_may(request.user, Permission.READ)
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    units = Organisation.objects.visible_to(request.user).exclude(kind=OrganisationKind.STATION)
    code = request.GET.get("unit", "")
    unit = get_object_or_404(units, code=code) if code else request.user.organisation
    figures = progress_of(request.user, campaign, unit, request.now)
    context = {
        "campaign": campaign,
        "progress": figures,
        "bars": [(label, row, progress_pages.bar(label, row)) for label, row in figures.bars],
        "above": units_above(request.user, unit),
        "map": progress_pages.map_of(figures) if unit.kind == OrganisationKind.PROVINCE else None,
    }
    return render(request, "portal/progress.html", context)


@require_http_methods(["GET", "POST"])
def clock_page(request):
    """The demonstration's day; exists in demonstration mode only."""
    if not settings.DEMONSTRATION:
        raise Http404
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    form = ClockForm(request.POST or None, initial={"today": clock.demonstration_today()})
    if request.method == "POST" and form.is_valid():
        DemonstrationClock.objects.update_or_create(pk=1, defaults=form.cleaned_data)
        messages.success(request, _("The demonstration now stands at the day you chose."))
        return redirect("portal:clock")
    return render(request, "portal/clock.html", {"form": form, "fixed": settings.PORTAL_TODAY})
