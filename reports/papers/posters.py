"""Posters (A4) that lead the public to a station's questionnaire, one page a station."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
from accounts.roles import Permission
from campaign.models import Enrolment, Phase
from reports.models import Report, ReportKind
from reports.papers.base import STATIONS, Document, NothingToReport, qr
from reports.pdf import Style
from surveys.policies import survey_phases


@dataclass(frozen=True)
class Poster:
    """`address`: the station's questionnaire, which the code leads to."""

    enrolment: Enrolment
    address: str
    code: SafeString


@dataclass(frozen=True)
class Facts:
    posters: list[Poster]
    first: Phase | None
    last: Phase | None


def facts(report: Report, now: datetime) -> Facts:
    """The posters of a station, or of all stations right below a bureau."""
    unit = report.organisation
    rows = Enrolment.objects.filter(campaign=report.campaign).with_station()
    if unit.kind == OrganisationKind.STATION:
        rows = rows.filter(station__organisation=unit)
    else:
        rows = rows.filter(station__organisation__supervisor=unit)
    rows = rows.order_by("station__organisation__path")
    if not rows:
        raise NothingToReport(_("%(unit)s has no enrolled station.") % {"unit": unit.name})
    phases = list(survey_phases(report.campaign))
    return Facts(
        posters=[_poster(row) for row in rows],
        first=phases[0] if phases else None,
        last=phases[-1] if phases else None,
    )


def _poster(enrolment: Enrolment) -> Poster:
    address = settings.PORTAL_URL + reverse("surveys:station", args=[enrolment.organisation.code])
    return Poster(enrolment=enrolment, address=address, code=qr(address, border=4))


PAPER = Document(
    kind=ReportKind.POSTERS,
    slug="posters",
    units=(OrganisationKind.PREFECTURE, OrganisationKind.COUNTY, *STATIONS),
    right=Permission.STATION_WORK,
    of_run=False,
    facts=facts,
    template="reports/pdf/posters.html",
    style=Style.POSTER,
)
