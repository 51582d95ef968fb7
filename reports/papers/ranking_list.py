"""The ranking of a unit's stations, whole: on paper, and as a workbook."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Organisation
from reports.models import Report, ReportKind
from reports.papers.base import Book, Document, NothingToReport
from scoring.exports import ranking_sheet
from scoring.lists import verdict, with_words
from scoring.models import StationScore
from stations.models import StationKind


@dataclass(frozen=True)
class Series:
    """The ranking of one kind; the rows are those of the ranking page."""

    label: str
    rows: list[StationScore]
    verdict: str


def facts(report: Report, now: datetime) -> list[Series]:
    """A series for each kind of station that the unit has."""
    prefectures = _prefectures()
    found = [
        Series(
            label=str(kind.label),
            rows=list(with_words(ranked_rows(report, kind), prefectures)),
            verdict=verdict(report.run, kind),
        )
        for kind in StationKind
    ]
    found = [series for series in found if series.rows]
    if not found:
        raise NothingToReport(
            _("The scoring run holds no station of %(unit)s.") % {"unit": report.organisation.name}
        )
    return found


def ranked_rows(report: Report, kind: str | None = None):
    """The scores of the unit's stations (of one kind) by their rank in the province, those without
    a rank last."""
    rows = report.run.scores.filter(path__startswith=report.organisation.path)
    field = "rank_all" if kind is None else "rank_kind"
    if kind is not None:
        rows = rows.filter(kind=kind)
    return rows.annotate(rank=F(field)).order_by(F(field).asc(nulls_last=True), "code")


def _prefectures() -> dict[str, str]:
    units = Organisation.objects.filter(kind__in=("prefecture", "county"))
    return {unit.code: unit.name for unit in units}


def sheets(report: Report, now: datetime):
    """All stations, then each kind by its own ranks."""
    prefectures = _prefectures()
    for kind, title in ((None, _("All stations")), *((k.value, k.label) for k in StationKind)):
        rows = ranked_rows(report, kind)
        if rows.exists():
            yield ranking_sheet(title=title, rows=rows, prefectures=prefectures)


PAPER = Document(
    kind=ReportKind.RANKING_LIST,
    slug="ranking",
    of_day=False,
    confidential=True,
    facts=facts,
    template="reports/pdf/ranking.html",
)

BOOK = Book(
    kind=ReportKind.RANKING_BOOK,
    slug="ranking",
    of_day=False,
    confidential=True,
    sheets=sheets,
)
