"""The registry of stations."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.models import Organisation
from accounts.policies import check_may
from accounts.roles import Permission, Role
from common.errors import Denied, WrongMoment, allowed
from common.paging import page_of
from common.sheet_pages import SheetImport, import_page
from common.sheet_templates import template_response
from stations import exports, services
from stations.forms import StationForm
from stations.imports import COLUMNS, StationImport, as_rows
from stations.models import Station, StationKind
from stations.policies import bureaus_of, check_can_edit_stations_of


def _found(request):
    """The stations that the request asks for, and its filters."""
    text, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    unit = request.GET.get("unit", "").strip()
    rows = Station.objects.visible_to(request.user).with_units().search(text)
    if kind in StationKind.values:
        rows = rows.filter(kind=kind)
    if unit:
        above = Organisation.objects.visible_to(request.user).filter(code=unit).first()
        rows = rows.filter(organisation__path__startswith=above.path) if above else rows.none()
    return rows.order_by("organisation__path"), {"text": text, "kind": kind, "unit": unit}


def stations(request):
    """The stations of one's area."""
    check_may(request.user, Permission.READ)
    rows, filters = _found(request)
    units = Organisation.objects.visible_to(request.user).filter(kind__in=["prefecture", "county"])
    context = filters | {
        "page": page_of(request, rows),
        "kinds": StationKind.choices,
        "units": units,
        "can_add": bureaus_of(request.user).exists(),
    }
    return render(request, "stations/list.html", context)


def export(request):
    """The same list as a workbook."""
    check_may(request.user, Permission.READ)
    rows, _filters = _found(request)
    audit.record(by=request.user, act="stations.exported", now=request.now)
    return exports.register(rows)


@require_http_methods(["GET", "POST"])
def add(request):
    """Add a station: for one's own bureau, or for the one that the province's administrator
    chooses first."""
    check_may(request.user, Permission.STATION_EDIT)
    bureaus = bureaus_of(request.user)
    if not bureaus.exists():
        raise Denied(_("Stations are added by the bureau right above them."))
    chooses = request.user.acting.role == Role.PROVINCE_ADMIN
    code = request.GET.get("bureau", "")
    if chooses and not code:
        return render(request, "stations/choose_bureau.html", {"bureaus": bureaus})
    bureau = get_object_or_404(bureaus, code=code) if chooses else bureaus.get()
    form = StationForm(request.POST or None, bureau=bureau, now=request.now)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            row = services.add_station(bureau=bureau, by=request.user, now=request.now, **values)
        except services.NameTaken as refusal:
            form.add_error("name_zh", refusal.reason)
        else:
            messages.success(request, _("The station was added; you can now enrol it."))
            return redirect("stations:detail", row.code)
    return render(request, "stations/form.html", {"form": form, "bureau": bureau})


def _station(request, code):
    rows = Station.objects.visible_to(request.user).with_units()
    return get_object_or_404(rows, organisation__code=code)


def station(request, code):
    """One station: its facts and its campaigns."""
    check_may(request.user, Permission.READ)
    row = _station(request, code)
    enrolments = list(row.enrolments.select_related("campaign").order_by("-campaign__year"))
    context = {
        "station": row,
        "enrolments": enrolments,
        "enrolled_in": [enrolment.campaign_id for enrolment in enrolments],
        "changes": row.changes.select_related("successor__organisation"),
        "predecessors": row.predecessors.select_related("organisation"),
        "events": audit.story_of(row),
        "can_edit": allowed(check_can_edit_stations_of, request.user, row.organisation.supervisor),
    }
    return render(request, "stations/detail.html", context)


@require_http_methods(["GET", "POST"])
def edit(request, code):
    """Change a station."""
    row = _station(request, code)
    bureau = row.organisation.supervisor
    check_can_edit_stations_of(request.user, bureau)
    initial = {
        "name_zh": row.organisation.name_zh,
        "name_en": row.organisation.name_en,
        "version": row.version,
    }
    form = StationForm(
        request.POST or None, instance=row, initial=initial, bureau=bureau, now=request.now
    )
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version") or 0
        fresh = _station(request, code)
        try:
            services.update_station(
                station=fresh,
                expected_version=version,
                by=request.user,
                now=request.now,
                **values,
            )
        except services.NameTaken as refusal:
            form.add_error("name_zh", refusal.reason)
        except WrongMoment as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("The station was changed."))
            return redirect("stations:detail", code)
    return render(request, "stations/form.html", {"form": form, "bureau": bureau, "station": row})


def _check_keeps_stations(user) -> None:
    check_may(user, Permission.STATION_EDIT)
    if not bureaus_of(user).exists():
        raise Denied(_("Stations are added by the bureau right above them."))


def import_stations(request):
    """Add and change many stations from a workbook: preview first, all or nothing."""
    _check_keeps_stations(request.user)
    job = StationImport(by=request.user, now=request.now)
    what = SheetImport(
        kind="stations",
        title=_("Import stations"),
        note=_("Known codes are changed, rows without a code become new stations."),
        columns=COLUMNS,
        plan=job.plan,
        apply=job.apply,
        back=reverse("stations:list"),
        template=reverse("stations:import-template"),
        reads_gaps=True,
    )
    return import_page(request, what)


def import_template(request):
    """The workbook to fill in, with the stations that are there already."""
    _check_keeps_stations(request.user)
    audit.record(by=request.user, act="stations.exported", now=request.now)
    stations = Station.objects.at_work().with_units()
    rows = stations.filter(organisation__supervisor__in=bureaus_of(request.user))
    return template_response(
        "station-list.xlsx",
        title=_("Stations"),
        columns=COLUMNS,
        rows=as_rows(rows.order_by("organisation__path")),
    )
