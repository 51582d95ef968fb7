"""Closing a station, or merging it into another one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from campaign.forms import RetireForm
from campaign.services.retirement import retire
from common.errors import Incomplete, WrongMoment
from stations.models import Station
from stations.policies import check_can_edit_stations_of


@require_http_methods(["GET", "POST"])
def station_retire(request, code):
    """With the day, the reason, and who carries on its work."""
    stations = Station.objects.visible_to(request.user).with_units()
    row = get_object_or_404(stations, organisation__code=code)
    check_can_edit_stations_of(request.user, row.organisation.supervisor)
    if row.closed_on:
        raise WrongMoment(_("This station is closed already."))
    form = RetireForm(request.POST or None, stations=stations.at_work().exclude(pk=row.pk))
    if request.method == "POST" and form.is_valid():
        try:
            waived = retire(station=row, by=request.user, now=request.now, **form.cleaned_data)
        except Incomplete as refusal:
            form.add_error(None, refusal.reason)
        else:
            text = ngettext(
                "The station is closed; %(count)s thing is owed no more.",
                "The station is closed; %(count)s things are owed no more.",
                waived,
            )
            messages.success(request, text % {"count": waived})
            return redirect("stations:detail", code)
    return render(request, "campaign/station_retire.html", {"form": form, "station": row})
