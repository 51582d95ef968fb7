"""The contents of a unit's summary: plain values, collected once from one frozen run.

Scores, ranks, grades and flags are the run's. Obligations, findings and checks are read as they
stand at `now`, which the document says. Words are written in the language in force, so collect
under `translation.override`. Nothing missing is ever written as zero.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import SupervisionLine
from common.bilingual import is_chinese
from reports.models import Report, ReportKind
from reports.papers.base import Document, NothingToReport
from reports.papers.work import (
    CheckLine,
    DutyLine,
    FindingLine,
    checks_of,
    duties_of,
    findings_of,
    share,
    together,
)
from scoring.engine import round_half_up
from scoring.models import DAILY_PARTS, Grade, Part, ScoreRun, ScoreStatus
from stations.models import StationKind

# A province's table would fill a book: it shows this many stations from each end.
ENDS_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """A station with its score. `daily`, one for each of the summary's `daily_parts`: the score,
    None where it was not given, "" where its supervision line has no such part."""

    code: str
    name: str
    path: str
    kind: str
    status: str
    status_label: str
    rank_kind: int | None
    rank_prefecture: int | None
    questionnaire: Decimal | None
    daily: tuple[Decimal | str | None, ...]
    composite: Decimal | None
    grade: str
    ballots: int
    flags: tuple[str, ...]

    @property
    def ranked(self) -> bool:
        return self.status == ScoreStatus.RANKED

    @property
    def vetoed(self) -> bool:
        return "vetoed" in self.flags

    @property
    def renormalised(self) -> bool:
        return "groups_renormalised" in self.flags


@dataclass(frozen=True)
class Figures:
    """The figures of a set of stations: counts, and the mean of the composite of its ranked ones,
    plain and weighted by valid ballots (points)."""

    label: str
    stations: int
    ranked: int
    incomplete: int
    insufficient: int
    vetoed: int
    ballots: int
    mean: Decimal | None
    weighted_mean: Decimal | None


@dataclass(frozen=True)
class GradeLine:
    """How many ranked stations carry a grade; `share` in per cent of all ranked ones."""

    code: str
    label: str
    floor: Decimal
    counts: tuple[int, ...]
    total: int
    share: Decimal | None


@dataclass(frozen=True)
class League:
    """The league table of one kind. `rows` end with the unranked; a province has only `rows` from
    the top and `last` from the bottom."""

    label: str
    rows: list[Row]
    last: list[Row]


@dataclass(frozen=True)
class Summary:
    """All that the document says."""

    unit: Organisation
    run: ScoreRun
    now: datetime
    is_province: bool
    daily_parts: list[str]
    weights: list[tuple[str, list[tuple[str, Decimal]]]]
    total: Figures
    kinds: list[Figures]
    grades: list[GradeLine]
    units: list[Figures]
    leagues: list[League]
    duties: list[DutyLine]
    duties_total: DutyLine
    findings: list[FindingLine]
    findings_total: FindingLine
    checks: list[CheckLine]
    checks_total: CheckLine

    @property
    def campaign(self):
        return self.run.campaign


def facts(report: Report, now: datetime) -> Summary:
    return collect(run=report.run, organisation=report.organisation, now=now)


def collect(*, run: ScoreRun, organisation: Organisation, now: datetime) -> Summary:
    """The summary of `organisation` and all below it. Raises `NothingToReport`."""
    policy = _parts_by_line(run)
    frozen = _frozen(run, organisation)
    if not frozen:
        raise NothingToReport(
            _("The scoring run holds no station of %(unit)s.") % {"unit": organisation.name}
        )
    lines = {values["line"] for values in frozen}
    daily_parts = [
        part
        for part in DAILY_PARTS
        if any(part == own for line in lines for own, _weight in policy[line])
    ]
    rows = _rows(frozen, policy, daily_parts)
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in StationKind}
    kinds = {kind: found for kind, found in kinds.items() if found}
    is_province = organisation.kind == OrganisationKind.PROVINCE
    duties = duties_of(run.campaign, organisation, now)
    findings = findings_of(run.campaign, organisation, now)
    checks = checks_of(run.campaign, organisation)
    return Summary(
        unit=organisation,
        run=run,
        now=now,
        is_province=is_province,
        daily_parts=[part.label for part in daily_parts],
        weights=[
            (line.label, [(Part(part).label, weight) for part, weight in policy[line]])
            for line in SupervisionLine
            if line in lines
        ],
        total=_figures(_("Together"), rows),
        kinds=[_figures(kind.label, found) for kind, found in kinds.items()],
        grades=_grades(run, kinds),
        units=_units(organisation, rows),
        leagues=[_league(kind.label, found, is_province) for kind, found in kinds.items()],
        duties=duties,
        duties_total=together(DutyLine, duties),
        findings=findings,
        findings_total=together(FindingLine, findings),
        checks=checks,
        checks_total=together(CheckLine, checks),
    )


def _parts_by_line(run) -> dict[str, list[tuple[str, Decimal]]]:
    """Supervision line → the parts of its composite with their weights, by the run's policy."""
    parts = defaultdict(list)
    for row in run.policy.parts.all():
        parts[row.line].append((row.part, row.weight))
    return parts


def _frozen(run, organisation) -> list[dict]:
    """The frozen scores of the unit's stations, in the order of their paths."""
    names = ("code", "name_zh", "name_en", "path", "kind", "line", "status", "flags")
    results = ("questionnaire", "composite", "grade", "rank_kind", "rank_prefecture")
    return list(
        run.scores.filter(path__startswith=organisation.path)
        .order_by("path")
        .values(*names, *results, "valid_ballots", "inputs__daily")
    )


def _rows(frozen, policy, daily_parts) -> list[Row]:
    name, other = ("name_zh", "name_en") if is_chinese() else ("name_en", "name_zh")

    def daily(values):
        own = {part for part, _weight in policy[values["line"]]}
        given = values["inputs__daily"] or {}
        return tuple(
            Decimal(given[part]) if part in given else None if part in own else ""
            for part in daily_parts
        )

    return [
        Row(
            code=values["code"],
            name=values[name] or values[other],
            path=values["path"],
            kind=values["kind"],
            status=values["status"],
            status_label=str(ScoreStatus(values["status"]).label),
            rank_kind=values["rank_kind"],
            rank_prefecture=values["rank_prefecture"],
            questionnaire=values["questionnaire"],
            daily=daily(values),
            composite=values["composite"],
            grade=str(Grade(values["grade"]).label) if values["grade"] else "",
            ballots=values["valid_ballots"],
            flags=tuple(values["flags"]),
        )
        for values in frozen
    ]


def _figures(label, rows) -> Figures:
    ranked = [row for row in rows if row.ranked]
    states = Counter(row.status for row in rows)
    ballots = sum(row.ballots for row in ranked)
    weighted = sum(Fraction(row.composite) * row.ballots for row in ranked)
    plain = sum(Fraction(row.composite) for row in ranked)
    return Figures(
        label=str(label),
        stations=len(rows),
        ranked=len(ranked),
        incomplete=states[ScoreStatus.INCOMPLETE],
        insufficient=states[ScoreStatus.INSUFFICIENT_SAMPLE],
        vetoed=sum(row.vetoed for row in rows),
        ballots=sum(row.ballots for row in rows),
        mean=round_half_up(plain / len(ranked), 2) if ranked else None,
        weighted_mean=round_half_up(weighted / ballots, 2) if ballots else None,
    )


def _grades(run, kinds) -> list[GradeLine]:
    counts = {
        kind: Counter(row.grade for row in rows if row.ranked) for kind, rows in kinds.items()
    }
    ranked = sum(sum(counter.values()) for counter in counts.values())
    lines = []
    for band in run.policy.grades.all():
        of_kind = [counter[band.get_grade_display()] for counter in counts.values()]
        lines.append(
            GradeLine(
                code=band.grade,
                label=band.get_grade_display(),
                floor=band.floor,
                counts=tuple(of_kind),
                total=sum(of_kind),
                share=share(sum(of_kind), ranked),
            )
        )
    return lines


def _units(organisation, rows) -> list[Figures]:
    """The figures of each unit right below; none below a unit that has only stations."""
    units = organisation.subordinates.exclude(kind=OrganisationKind.STATION).order_by("path")
    return [
        _figures(unit.name, [row for row in rows if row.path.startswith(unit.path)])
        for unit in units
    ]


def _league(label, rows, ends_only) -> League:
    ranked = sorted((row for row in rows if row.ranked), key=lambda row: (row.rank_kind, row.code))
    if not ends_only:
        unranked = [row for row in rows if not row.ranked]
        return League(label=str(label), rows=ranked + unranked, last=[])
    # Where the ends would meet or overlap, one table holds all.
    whole = len(ranked) <= 2 * ENDS_SHOWN
    return League(
        label=str(label),
        rows=ranked if whole else ranked[:ENDS_SHOWN],
        last=[] if whole else ranked[-ENDS_SHOWN:],
    )


PAPER = Document(
    kind=ReportKind.UNIT_SUMMARY,
    slug="summary",
    facts=facts,
    template="reports/pdf/summary.html",
)
