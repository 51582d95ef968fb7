"""Workbooks of the work: register, rectification ledger, completeness; and the year pack."""

from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Obligation, ObligationKind, ObligationState
from common import clock
from common.workbook import Sheet
from evaluations.exports import task_sheet
from evaluations.models import RectificationTask
from reports.models import Report, ReportKind
from reports.papers import acceptance, awards
from reports.papers.acceptance import signed_checks
from reports.papers.base import BUREAUS, Book, Pack
from reports.papers.work import share
from scoring.papers import has_awards
from stations.exports import register_sheet
from stations.models import Station


def register(report: Report, now: datetime):
    stations = Station.objects.filter(organisation__path__startswith=report.organisation.path)
    yield register_sheet(stations.with_units().order_by("organisation__path"))


def ledger(report: Report, now: datetime):
    tasks = RectificationTask.objects.filter(
        enrolment__campaign=report.campaign,
        enrolment__station__organisation__path__startswith=report.organisation.path,
    ).select_related(
        "finding__criterion", "enrolment__station__organisation__supervisor", "enrolment__campaign"
    )
    yield task_sheet(tasks.order_by("due_on", "pk"), now)


def completeness(report: Report, now: datetime):
    """A line for each unit and kind of what it owes itself; then everything that is past due."""
    owed = Obligation.objects.filter(
        campaign=report.campaign, organisation__path__startswith=report.organisation.path
    )
    yield Sheet(
        title=_("Completeness"),
        headers=[
            _("Code"),
            _("Unit"),
            _("Obligation"),
            _("Number"),
            _("Met"),
            _("Past due"),
            _("Waived"),
            _("Share met, per cent"),
        ],
        rows=_lines(owed, now),
        widths=(14, 34, 20, 10, 10, 10, 10, 10),
    )
    late = owed.overdue_at(now).select_related("organisation").order_by("due_on", "pk")
    yield Sheet(
        title=_("Past due"),
        headers=[_("Due on"), _("Code"), _("Unit"), _("Obligation")],
        rows=(
            (row.due_on, row.organisation.code, row.organisation.name, row.get_kind_display())
            for row in late.iterator(chunk_size=1000)
        ),
        widths=(12, 14, 34, 20),
    )


def _lines(owed, now):
    names = {
        row.pk: (row.code, row.name)
        for row in Organisation.objects.filter(obligations__in=owed).distinct()
    }
    late = Q(state=ObligationState.OPEN, due_on__lt=clock.today(now))
    counted = (
        owed.order_by()
        .values("organisation", "organisation__path", "kind")
        .annotate(
            total=Count("pk"),
            met=Count("pk", filter=Q(state=ObligationState.MET)),
            late=Count("pk", filter=late),
            waived=Count("pk", filter=Q(state=ObligationState.WAIVED)),
        )
        .order_by("organisation__path", "kind")
    )
    for row in counted.iterator(chunk_size=1000):
        done = share(row["met"], row["total"] - row["waived"])
        yield (
            *names[row["organisation"]],
            ObligationKind(row["kind"]).label,
            row["total"],
            row["met"],
            row["late"],
            row["waived"],
            done,
        )


def _year(pack: Report) -> list[tuple[ReportKind, Organisation]]:
    """The summary, the tables and the lists of a unit's year; the report on its checks and the list
    of awards where it has any."""
    unit = pack.organisation
    kinds = [
        ReportKind.UNIT_SUMMARY,
        ReportKind.RANKING_LIST,
        ReportKind.RANKING_BOOK,
        ReportKind.REGISTER_BOOK,
        ReportKind.LEDGER_BOOK,
        ReportKind.COMPLETENESS_BOOK,
    ]
    if unit.kind in acceptance.PAPER.units and signed_checks(pack.campaign, unit).exists():
        kinds.append(ReportKind.ACCEPTANCE_REPORT)
    if unit.kind in awards.PAPER.units and has_awards(pack.campaign, unit):
        kinds.append(ReportKind.AWARD_LIST)
    return [(kind, unit) for kind in kinds]


REGISTER = Book(kind=ReportKind.REGISTER_BOOK, slug="register", of_run=False, sheets=register)
LEDGER = Book(kind=ReportKind.LEDGER_BOOK, slug="rectification", of_run=False, sheets=ledger)
COMPLETENESS = Book(
    kind=ReportKind.COMPLETENESS_BOOK, slug="completeness", of_run=False, sheets=completeness
)
YEAR = Pack(
    kind=ReportKind.YEAR_PACK,
    slug="year-pack",
    units=BUREAUS,
    confidential=True,
    contents=_year,
)
