"""The circular (通报) on a campaign's results: how it went, who stands in front, who is criticised,
what is asked for; the ranking is annexed."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organisation, OrganisationKind
from reports.models import Report, ReportKind
from reports.papers import official, summary
from reports.papers.base import CHINESE_ONLY, Document
from reports.pdf import Style
from scoring.papers import CircularRow, circular

# Stations named in the text, of each kind.
NAMED_FIRST = 10


@dataclass(frozen=True)
class Facts:
    summary: summary.Summary
    first: list[tuple[str, list[summary.Row]]]
    criticism: list[CircularRow]
    admonition: list[CircularRow]
    bureaus: list[CircularRow]

    @property
    def annex(self) -> list[summary.League]:
        """The ranking: of a prefecture whole, of the province from both ends."""
        return self.summary.leagues


def facts(report: Report, now: datetime) -> Facts:
    unit = report.organisation
    told = summary.collect(run=report.run, organisation=unit, now=now)
    imposed = circular(report.campaign)
    inside = set(Organisation.objects.below(unit).values_list("code", flat=True))

    def own(rows):
        return [row for row in rows if row.code in inside]

    return Facts(
        summary=told,
        first=[
            (league.label, [row for row in league.rows if row.ranked][:NAMED_FIRST])
            for league in told.leagues
        ],
        criticism=own(imposed.criticism),
        admonition=own(imposed.admonition),
        bureaus=own(imposed.bureaus),
    )


PAPER = Document(
    kind=ReportKind.CIRCULAR,
    slug="circular",
    units=(OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE),
    languages=CHINESE_ONLY,
    fields=official.FIELDS,
    facts=facts,
    template="reports/pdf/circular.html",
    style=Style.OFFICIAL,
)
