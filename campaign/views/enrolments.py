"""Who takes part, and how far each has come."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.models import Organisation
from accounts.policies import check_may
from accounts.roles import Permission, Role
from campaign.models import (
    Awaited,
    Enrolment,
    Obligation,
    ObligationKind,
)
from campaign.policies import (
    check_can_enrol,
)
from campaign.services.enrolments import enrol as enrol_stations
from campaign.views.scope import current_campaign
from common.errors import allowed
from common.paging import page_of
from stations.models import Station, StationKind

# The steps of a station's work that the list shows.
SHOWN = (ObligationKind.COMMITMENTS, ObligationKind.SELF_INSPECTION, ObligationKind.ACCEPTANCE)


def check_can_see_enrolments(user) -> None:
    """Readers, and assessors, who need to find their stations."""
    if not user.may(Permission.DAILY_ASSESS):
        check_may(user, Permission.READ)


def enrolments(request):
    """The stations that take part, with how far each has come."""
    check_can_see_enrolments(request.user)
    campaign = current_campaign()
    text, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    unit, missing = request.GET.get("unit", ""), request.GET.get("missing", "")
    rows = Enrolment.objects.visible_to(request.user).filter(campaign=campaign).with_station()
    if text:
        rows = rows.filter(station__in=Station.objects.search(text))
    if kind in StationKind.values:
        rows = rows.filter(station__kind=kind)
    if unit:
        above = Organisation.objects.visible_to(request.user).filter(code=unit).first()
        path = above.path if above else "-"
        rows = rows.filter(station__organisation__path__startswith=path)
    if missing in SHOWN:
        rows = rows.filter(obligations__kind=missing, obligations__state="open")
    awaiting = request.GET.get("awaiting", "")
    if awaiting in Awaited.values:
        rows = rows.awaiting(Awaited(awaiting))
    steps = Obligation.objects.filter(kind__in=SHOWN).order_by("due_on", "pk")
    rows = rows.order_by("station__organisation__path").prefetch_related(
        Prefetch("obligations", queryset=steps, to_attr="steps")
    )
    # The button stands only where and when it works; whose stations they are is given here.
    waiting = (
        _to_enrol(request.user).exclude(enrolments__campaign=campaign).count()
        if allowed(check_can_enrol, request.user, campaign, [], request.now)
        else 0
    )
    context = {
        "campaign": campaign,
        "page": page_of(request, rows),
        "kinds": StationKind.choices,
        "units": Organisation.objects.visible_to(request.user).filter(
            kind__in=["prefecture", "county"]
        ),
        "missing_choices": [(kind.value, kind.label) for kind in SHOWN],
        "text": text,
        "kind": kind,
        "unit": unit,
        "missing": missing,
        "awaiting": awaiting,
        "awaiting_choices": Awaited.choices,
        "waiting": waiting,
    }
    return render(request, "campaign/enrolments.html", context)


def _to_enrol(user):
    """The stations at work that the person enrols all at once: those right below their bureau,
    for the province's administrator all."""
    stations = Station.objects.visible_to(user).at_work()
    if user.acting.role == Role.PROVINCE_ADMIN:
        return stations
    return stations.filter(organisation__supervisor=user.organisation)


@require_POST
def enrol(request):
    """Enrol one station (by code), or all of one's own that are not enrolled yet."""
    check_may(request.user, Permission.STATION_EDIT)
    campaign = current_campaign()
    stations = Station.objects.visible_to(request.user).at_work()
    code = request.POST.get("station", "")
    if code:
        stations = [get_object_or_404(stations.with_units(), organisation__code=code)]
    else:
        stations = _to_enrol(request.user)
    done = enrol_stations(campaign=campaign, stations=stations, by=request.user, now=request.now)
    messages.success(request, _("Enrolled: %(count)s") % {"count": len(done)})
    if len(done) == 1:
        return redirect("campaign:enrolment", done[0].pk)
    return redirect("campaign:enrolments")


def enrolment(request, pk):
    """A station in a campaign: everything about it starts here."""
    check_can_see_enrolments(request.user)
    rows = Enrolment.objects.visible_to(request.user).with_station()
    row = get_object_or_404(rows, pk=pk)
    context = {
        "enrolment": row,
        "station": row.station,
        "obligations": row.obligations.select_related("organisation").order_by("due_on", "pk"),
        "events": audit.story_of(row),
        "reads": request.user.may(Permission.READ),
        "assesses": request.user.may(Permission.DAILY_ASSESS),
        "ranks": request.user.may(Permission.RANKING_READ),
    }
    return render(request, "campaign/enrolment.html", context)
