"""Secret visits: the province's pages, and what those concerned see after the release."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from campaign.models import Campaign
from common import clock
from common.errors import allowed
from common.paging import page_of
from evaluations.acceptance_policies import check_can_change_visit, check_can_visit
from evaluations.forms.acceptance import ObservationForm, SecretVisitForm
from evaluations.forms.fields import ReasonForm
from evaluations.models import SecretVisit, Standard
from evaluations.policies import check_can_read
from evaluations.services import secret_visits as services
from evaluations.services.secret_visits import Seen
from evaluations.views.scope import enrolment_of, row_of, station_matches


def visits(request):
    """The visits that the person may see, latest first."""
    check_can_read(request.user)
    rows = SecretVisit.objects.visible_to(request.user).filter(
        enrolment__campaign=Campaign.objects.current()
    )
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.filter(station_matches(text, "enrolment__station"))
    rows = rows.select_related("enrolment__station__organisation__supervisor")
    context = {"page": page_of(request, rows), "q": text}
    return render(request, "evaluations/acceptance/visits.html", context)


@require_http_methods(["GET", "POST"])
def visit_add(request, pk):
    """Write a visit down."""
    enrolment = enrolment_of(request, pk)
    check_can_visit(request.user, enrolment.campaign, request.now)
    today = clock.today(request.now)
    form = SecretVisitForm(request.POST or None, today=today, initial={"visited_on": today})
    if request.method == "POST" and form.is_valid():
        visit = services.record_visit(
            enrolment=enrolment, by=request.user, now=request.now, **form.cleaned_data
        )
        return redirect("evaluations:secret-visit", pk=visit.pk)
    context = {"form": form, "title": _("Secret visit"), "enrolment": enrolment}
    return render(request, "evaluations/acceptance/form.html", context)


@require_http_methods(["GET", "POST"])
def visit(request, pk):
    """One visit; POST adds a problem that was seen."""
    row = row_of(request, SecretVisit.objects, pk)
    check_can_read(request.user)
    form = _observation_form(request, row, request.POST or None, request.FILES or None)
    if request.method == "POST":
        check_can_change_visit(request.user, row, request.now)
        if form.is_valid():
            values = form.cleaned_data
            key = values.pop("key")
            services.add_observation(
                visit=row, seen=Seen(**values), key=key, by=request.user, now=request.now
            )
            messages.success(request, _("Saved."))
            return redirect("evaluations:secret-visit", pk=pk)
    context = {
        "visit": row,
        "enrolment": row.enrolment,
        "observations": row.observations.select_related("criterion", "finding").prefetch_related(
            "evidence"
        ),
        "can_change": allowed(check_can_change_visit, request.user, row, request.now),
        "form": form,
        "reason_form": ReasonForm(),
        "events": audit.story_of(row),
    }
    return render(request, "evaluations/acceptance/visit.html", context)


def _observation_form(request, row, *data):
    standard = Standard.objects.in_force(row.enrolment.campaign)
    criteria = standard.criteria_for(row.enrolment.station.kind)
    return ObservationForm(*data, criteria=criteria)


@require_POST
def visit_release(request, pk):
    """Show the visit to those concerned."""
    row = row_of(request, SecretVisit.objects, pk)
    check_can_change_visit(request.user, row, request.now)
    services.release_visit(
        visit=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
    )
    messages.success(request, _("The visit is released; its problems are in the register."))
    return redirect("evaluations:secret-visit", pk=pk)
