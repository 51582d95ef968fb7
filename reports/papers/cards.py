"""The report card of a station: two pages on how its score came about and what its work was."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Enrolment
from common.charts.distribution import distribution
from common.charts.intervals import Interval, intervals
from common.charts.profile import AreaShare, area_profile
from evaluations.models import Area, CheckState, Finding, InspectionState
from reports.models import Report, ReportKind
from reports.papers.base import BUREAUS, STATIONS, Document, NothingToReport, Pack
from scoring.engine import round_half_up
from scoring.explain import Explanation, explain
from scoring.lists import reasons_of, verdict
from scoring.models import RunState, ScoreStatus, StationScore
from stations.models import StationKind

STANDING = (RunState.PUBLISHED, RunState.SUPERSEDED)
# Stations shown above and below the card's own among the intervals.
NEIGHBOURS = 3
# Problems that fit on the second page.
MOST_FINDINGS = 6


@dataclass(frozen=True)
class AreaLine:
    """An area of the standard: its points, what the station gave itself and what the check left of
    them (None: not yet), and its commitments."""

    name: str
    points: Decimal
    own: Decimal | None
    checked: Decimal | None
    promised: int
    published: int

    @property
    def deviation(self) -> Decimal | None:
        """By how many points the station judged itself better than the check did."""
        return None if None in (self.own, self.checked) else self.own - self.checked

    def share(self, points: Decimal | None) -> Decimal | None:
        return (
            None
            if points is None
            else round_half_up(Fraction(points) * 100 / Fraction(self.points), 1)
        )


@dataclass(frozen=True)
class Card:
    """All that the card of one station says. `score` is None where the run does not hold the
    station, `chain` also where the run is preliminary; `around` is empty before the publication,
    when a unit sees its own stations only."""

    enrolment: Enrolment
    score: StationScore | None
    chain: Explanation | None
    reasons: list[str]
    verdict: str
    series: int
    areas: list[AreaLine]
    total: AreaLine
    checked_on: datetime | None
    inspectors: list[str]
    findings: list[Finding]
    more_findings: int
    finding_counts: dict[str, int]
    spread: SafeString
    around: SafeString
    profile: SafeString


def facts(report: Report, now: datetime) -> list[Card]:
    """The cards of a station, or of every station right below a bureau, in the order of codes."""
    unit = report.organisation
    enrolments = (
        Enrolment.objects.filter(
            campaign=report.campaign, station__organisation__path__startswith=unit.path
        )
        .with_station()
        .select_related("acceptance", "self_inspection")
        .prefetch_related(
            "acceptance__inspectors",
            "acceptance__scores__criterion",
            "self_inspection__items__criterion",
            "commitments",
            "findings__task",
        )
        .order_by("station__organisation__path")
    )
    if unit.kind != OrganisationKind.STATION:
        enrolments = enrolments.filter(station__organisation__supervisor=unit)
    if not enrolments:
        raise NothingToReport(_("%(unit)s has no enrolled station.") % {"unit": unit.name})
    scores = {row.enrolment_id: row for row in report.run.scores.filter(path__startswith=unit.path)}
    series = {kind: _series(report.run, kind) for kind in StationKind}
    areas = _areas(report.campaign)
    return [_card(report.run, row, scores.get(row.pk), series, areas) for row in enrolments]


def _series(run, kind) -> list[StationScore]:
    """The ranked stations of a kind, all over the province, best first."""
    names = ("enrolment_id", "code", "name_zh", "name_en", "composite", "low", "high", "rank_kind")
    rows = run.scores.filter(kind=kind, status=ScoreStatus.RANKED)
    return list(rows.only(*names).order_by("rank_kind", "code"))


def _areas(campaign) -> list[tuple[Area, Decimal]]:
    """The areas of the standard in force with their points."""
    areas = Area.objects.filter(standard__campaign=campaign, standard__frozen_at__isnull=False)
    latest = areas.order_by("-standard__version").values("standard")[:1]
    rows = areas.filter(standard__in=latest).prefetch_related("criteria")
    return [(area, sum(row.points for row in area.criteria.all())) for area in rows]


def _card(run, enrolment, score, series, areas) -> Card:
    if score is not None:
        # The run's row is shared, or every card would fetch its rules again.
        score.run = run
    kind = enrolment.station.kind
    lines = _lines(enrolment, areas)
    check = _signed(enrolment)
    findings = sorted(enrolment.findings.all(), key=lambda row: (row.recorded_at, row.pk))
    return Card(
        enrolment=enrolment,
        score=score,
        # SECURITY: a preliminary run shows no breakdown (scoring.discretion).
        chain=explain(score) if score and not run.preliminary else None,
        reasons=reasons_of(score) if score else [],
        verdict=verdict(run, kind),
        series=len(series[kind]),
        areas=lines,
        total=_together(lines),
        checked_on=check.checked_on if check else None,
        inspectors=[row.name for row in check.inspectors.all()] if check else [],
        findings=findings[-MOST_FINDINGS:],
        more_findings=max(len(findings) - MOST_FINDINGS, 0),
        finding_counts=_counts(findings),
        spread=_spread(series[kind], score),
        around=_around(series[kind], score) if run.state in STANDING else SafeString(""),
        profile=area_profile(
            [
                AreaShare(line.name, line.share(line.checked), line.share(line.own))
                for line in lines
            ],
            _("Share of each area's points that was reached"),
        ),
    )


def _signed(enrolment):
    check = getattr(enrolment, "acceptance", None)
    return check if check and check.state == CheckState.SIGNED else None


def _handed_in(enrolment):
    own = getattr(enrolment, "self_inspection", None)
    states = (InspectionState.SUBMITTED, InspectionState.ACCEPTED)
    return own if own and own.state in states else None


def _lines(enrolment, areas) -> list[AreaLine]:
    own, lost = defaultdict(Decimal), defaultdict(Decimal)
    inspection, check = _handed_in(enrolment), _signed(enrolment)
    for item in inspection.items.all() if inspection else ():
        own[item.criterion.area_id] += item.self_score or 0
    for item in check.scores.all() if check else ():
        lost[item.criterion.area_id] += item.deduction or 0
    promised = Counter(row.area_id for row in enrolment.commitments.all())
    published = Counter(row.area_id for row in enrolment.commitments.all() if row.published_at)
    return [
        AreaLine(
            name=area.name,
            points=points,
            own=own[area.pk] if inspection else None,
            checked=points - lost[area.pk] if check else None,
            promised=promised[area.pk],
            published=published[area.pk],
        )
        for area, points in areas
    ]


def _together(lines) -> AreaLine:
    def total(values):
        values = list(values)
        return None if None in values else sum(values, Decimal(0))

    return AreaLine(
        name=_("Together"),
        points=sum((line.points for line in lines), Decimal(0)),
        own=total(line.own for line in lines),
        checked=total(line.checked for line in lines),
        promised=sum(line.promised for line in lines),
        published=sum(line.published for line in lines),
    )


def _counts(findings) -> dict[str, int]:
    tasks = [row.task for row in findings if hasattr(row, "task")]
    return {
        "found": len(findings),
        "tasks": len(tasks),
        "accepted": sum(task.state == "accepted" for task in tasks),
    }


def _spread(series, score) -> SafeString:
    own = score.composite if score and score.status == ScoreStatus.RANKED else None
    return distribution([row.composite for row in series], own, _("Composites of its kind"))


def _around(series, score) -> SafeString:
    """The station among its neighbours in the ranking, with their intervals."""
    places = [place for place, row in enumerate(series) if score and row.pk == score.pk]
    if not places:
        return SafeString("")
    first = max(places[0] - NEIGHBOURS, 0)
    rows = [
        Interval(
            f"{row.rank_kind}  {row.name}", row.composite, row.low, row.high, row.pk == score.pk
        )
        for row in series[first : places[0] + NEIGHBOURS + 1]
    ]
    return intervals(rows, _("Its neighbours in the ranking"))


def _bureaus_with_stations(pack: Report) -> list[tuple[ReportKind, Organisation]]:
    """Every bureau right above a station that the run holds."""
    units = Organisation.objects.below(pack.organisation).filter(
        subordinates__station__enrolments__scores__run=pack.run
    )
    return [(ReportKind.STATION_CARDS, unit) for unit in units.distinct().order_by("path")]


PAPER = Document(
    kind=ReportKind.STATION_CARDS,
    slug="cards",
    units=(OrganisationKind.PREFECTURE, OrganisationKind.COUNTY, *STATIONS),
    confidential=True,
    facts=facts,
    template="reports/pdf/cards.html",
)

PACK = Pack(
    kind=ReportKind.ALL_CARDS,
    slug="all-cards",
    units=BUREAUS[:2],
    confidential=True,
    contents=_bureaus_with_stations,
)
