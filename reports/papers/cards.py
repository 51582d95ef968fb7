"""The report card of a station: two pages on how its score came about and what its work was."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Enrolment
from evaluations.models import (
    AcceptanceCheck,
    CheckReply,
    Finding,
    Recheck,
    SelfInspection,
    SpotCheck,
    SpotState,
)
from evaluations.profiles import (
    READ_OF_ENROLMENTS,
    AreaLine,
    handed_in,
    lines_of,
    points_by_area,
    profile_of,
    signed_check,
    together,
)
from reports.models import Report, ReportKind
from reports.papers.base import BUREAUS, STATIONS, Document, NothingToReport, Pack
from scoring.explain import Explanation, explain
from scoring.lists import reasons_of, verdict
from scoring.models import StationScore
from scoring.pictures import STANDING, neighbours_of, series_of, spread_of
from stations.models import StationKind

# Problems that fit on the second page.
MOST_FINDINGS = 5


@dataclass(frozen=True)
class Checks:
    """Who looked at the station, and what came of it: the signed check with its team, the station's
    reply to it, the re-check after rectification, the province's spot check. None: not (yet)."""

    check: AcceptanceCheck | None
    own: SelfInspection | None
    inspectors: list[str]
    reply: CheckReply | None
    recheck: Recheck | None
    spot: SpotCheck | None


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
    checks: Checks
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
            *READ_OF_ENROLMENTS,
            "acceptance__inspectors",
            "acceptance__replies",
            "acceptance__rechecks",
            Prefetch("spot_checks", _signed_spot_checks(), to_attr="looked_at_again"),
            "findings__task",
        )
        .order_by("station__organisation__path")
    )
    if unit.kind != OrganisationKind.STATION:
        enrolments = enrolments.filter(station__organisation__supervisor=unit)
    if not enrolments:
        raise NothingToReport(_("%(unit)s has no enrolled station.") % {"unit": unit.name})
    scores = {row.enrolment_id: row for row in report.run.scores.filter(path__startswith=unit.path)}
    series = {kind: series_of(report.run, kind) for kind in StationKind}
    areas = {kind: points_by_area(report.campaign, kind) for kind in StationKind}
    return [_card(report.run, row, scores.get(row.pk), series, areas) for row in enrolments]


def _signed_spot_checks():
    """Nobody learns of a visit before it is signed off."""
    return (
        SpotCheck.objects.standing().filter(state=SpotState.SIGNED).order_by("-checked_on", "-pk")
    )


def _card(run, enrolment, score, series, areas) -> Card:
    if score is not None:
        # The run's row is shared, or every card would fetch its rules again.
        score.run = run
    kind = enrolment.station.kind
    lines = lines_of(enrolment, areas[kind])
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
        total=together(lines),
        checks=_checks(enrolment),
        findings=findings[-MOST_FINDINGS:],
        more_findings=max(len(findings) - MOST_FINDINGS, 0),
        finding_counts=_counts(findings),
        spread=spread_of(series[kind], score),
        around=neighbours_of(series[kind], score) if run.state in STANDING else SafeString(""),
        profile=profile_of(lines),
    )


def _checks(enrolment) -> Checks:
    check = signed_check(enrolment)
    # The last round's: an earlier one was opened again.
    replies = [row for row in check.replies.all() if row.round == check.round] if check else []
    rechecks = [row for row in check.rechecks.all() if row.round == check.round] if check else []
    return Checks(
        check=check,
        own=handed_in(enrolment),
        inspectors=[row.name for row in check.inspectors.all()] if check else [],
        reply=replies[0] if replies else None,
        recheck=rechecks[0] if rechecks else None,
        spot=enrolment.looked_at_again[0] if enrolment.looked_at_again else None,
    )


def _counts(findings) -> dict[str, int]:
    tasks = [row.task for row in findings if hasattr(row, "task")]
    return {
        "found": len(findings),
        "tasks": len(tasks),
        "accepted": sum(task.state == "accepted" for task in tasks),
    }


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
