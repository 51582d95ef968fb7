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
from math import floor

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Enrolment, Obligation, ObligationKind, ObligationState, SupervisionLine
from common import clock
from common.bilingual import is_chinese
from evaluations.models import CheckState, Finding, FindingCategory, TaskState
from scoring.models import Grade, Part, ScoreRun, ScoreStatus
from stations.models import StationKind

# A province's table would fill a book: it shows this many stations from each end.
ENDS_SHOWN = 20


class NothingToReport(Exception):
    """The run holds no station of the unit; the message says so (translated)."""


def half_up(value: Fraction | None, places: int = 2) -> Decimal | None:
    """A non-negative exact figure at `places` decimal places, ties upwards; None stays None."""
    if value is None:
        return None
    return Decimal(f"{floor(value * 10**places + Fraction(1, 2))}E-{places}")


def share(part: int, whole: int) -> Decimal | None:
    """Per cent at one place; None of nothing."""
    return half_up(Fraction(100 * part, whole), 1) if whole else None


@dataclass(frozen=True)
class Row:
    """A station with its score. `daily`: the parts of its supervision line, None where one was not
    given. `county`: name of the bureau above it; empty where the table need not say."""

    code: str
    name: str
    path: str
    kind: str
    line: str
    county: str
    status: str
    rank_kind: int | None
    rank_prefecture: int | None
    questionnaire: Decimal | None
    daily: dict
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
class DutyLine:
    """What the unit and all below it owe of one kind; `waiting`: open and not yet overdue."""

    label: str
    total: int
    met: int
    waiting: int
    overdue: int
    waived: int
    share: Decimal | None


@dataclass(frozen=True)
class FindingLine:
    """Problems of one category and what became of their rectification tasks."""

    label: str
    found: int
    tasks: int
    accepted: int
    overdue: int
    share: Decimal | None


@dataclass(frozen=True)
class CheckLine:
    """Stations checked and signed off; `mean`: check score, points."""

    label: str
    stations: int
    checked: int
    share: Decimal | None
    mean: Decimal | None


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


def collect(*, run: ScoreRun, organisation: Organisation, now: datetime) -> Summary:
    """The summary of `organisation` and all below it. Raises `NothingToReport`."""
    policy = _parts_by_line(run)
    rows = _rows(run, organisation, policy)
    if not rows:
        raise NothingToReport(
            _("The scoring run holds no station of %(unit)s.") % {"unit": organisation.name}
        )
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in StationKind}
    kinds = {kind: found for kind, found in kinds.items() if found}
    lines = {row.line for row in rows}
    daily = {part for line in lines for part, _weight in policy[line]} - {Part.QUESTIONNAIRE}
    is_province = organisation.kind == OrganisationKind.PROVINCE
    duties, findings = _duties(run, organisation, now), _findings(run, organisation, now)
    checks = _checks(run, organisation)
    return Summary(
        unit=organisation,
        run=run,
        now=now,
        is_province=is_province,
        daily_parts=[part for part in Part if part in daily],
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
        duties_total=_duty(_("Together"), *_sums(duties, "total", "met", "overdue", "waived")),
        findings=findings,
        findings_total=_finding(
            _("Together"), *_sums(findings, "found", "tasks", "accepted", "overdue")
        ),
        checks=[_check(StationKind(kind).label, *values) for kind, values in checks.items()],
        checks_total=_check(_("Together"), *map(sum, zip(*checks.values(), strict=True))),
    )


def _sums(lines, *fields):
    return [sum(getattr(line, field) for line in lines) for field in fields]


def _parts_by_line(run) -> dict[str, list[tuple[str, Decimal]]]:
    """The parts of the composite and their weights on each supervision line, by the run's policy."""
    parts = defaultdict(list)
    for row in run.policy.parts.all():
        parts[row.line].append((row.part, row.weight))
    return parts


def _rows(run, organisation, policy) -> list[Row]:
    """The frozen scores of the unit's stations, in the order of their codes."""
    bureaus = {
        bureau.path: bureau.name
        for bureau in Organisation.objects.below(organisation).exclude(
            kind=OrganisationKind.STATION
        )
        if bureau != organisation
    }
    name, other = ("name_zh", "name_en") if is_chinese() else ("name_en", "name_zh")
    rows = []
    for values in (
        run.scores.filter(path__startswith=organisation.path)
        .order_by("path")
        .values(
            *("code", "path", "kind", "line", "status", "questionnaire", "composite", "grade"),
            *("rank_kind", "rank_prefecture", "valid_ballots", "flags", "inputs__daily"),
            *("name_zh", "name_en"),
        )
    ):
        given = values["inputs__daily"] or {}
        rows.append(
            Row(
                code=values["code"],
                name=values[name] or values[other],
                path=values["path"],
                kind=values["kind"],
                line=values["line"],
                county=bureaus.get(values["path"].rsplit("/", 2)[0] + "/", ""),
                status=values["status"],
                rank_kind=values["rank_kind"],
                rank_prefecture=values["rank_prefecture"],
                questionnaire=values["questionnaire"],
                daily={
                    part: Decimal(given[part]) if part in given else None
                    for part, _weight in policy[values["line"]]
                    if part != Part.QUESTIONNAIRE
                },
                composite=values["composite"],
                grade=Grade(values["grade"]).label if values["grade"] else "",
                ballots=values["valid_ballots"],
                flags=tuple(values["flags"]),
            )
        )
    return rows


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
        mean=half_up(plain / len(ranked)) if ranked else None,
        weighted_mean=half_up(weighted / ballots) if ballots else None,
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


def _duty(label, total, met, overdue, waived) -> DutyLine:
    return DutyLine(
        label=str(label),
        total=total,
        met=met,
        waiting=total - met - waived - overdue,
        overdue=overdue,
        waived=waived,
        share=share(met, total - waived),
    )


def _duties(run, organisation, now) -> list[DutyLine]:
    """By kind, what the unit and all below it owe in the campaign."""
    state = ObligationState
    late = Q(state=state.OPEN, due_on__lt=clock.today(now))
    found = {
        row["kind"]: row
        for row in Obligation.objects.filter(
            campaign=run.campaign, organisation__path__startswith=organisation.path
        )
        .order_by()
        .values("kind")
        .annotate(
            total=Count("pk"),
            met=Count("pk", filter=Q(state=state.MET)),
            overdue=Count("pk", filter=late),
            waived=Count("pk", filter=Q(state=state.WAIVED)),
        )
    }
    return [
        _duty(kind.label, *(found[kind][f] for f in ("total", "met", "overdue", "waived")))
        for kind in ObligationKind
        if kind in found
    ]


def _finding(label, found, tasks, accepted, overdue) -> FindingLine:
    return FindingLine(
        label=str(label),
        found=found,
        tasks=tasks,
        accepted=accepted,
        overdue=overdue,
        share=share(accepted, tasks),
    )


def _findings(run, organisation, now) -> list[FindingLine]:
    """By the notice's four categories, problems of the unit's stations and their tasks."""
    unfinished = Q(task__isnull=False) & ~Q(task__state=TaskState.ACCEPTED)
    found = {
        row["category"]: row
        for row in Finding.objects.filter(
            enrolment__campaign=run.campaign,
            enrolment__station__organisation__path__startswith=organisation.path,
        )
        .order_by()
        .values("category")
        .annotate(
            found=Count("pk"),
            tasks=Count("task"),
            accepted=Count("task", filter=Q(task__state=TaskState.ACCEPTED)),
            overdue=Count("task", filter=unfinished & Q(task__due_on__lt=clock.today(now))),
        )
    }
    none = dict.fromkeys(("found", "tasks", "accepted", "overdue"), 0)
    return [
        _finding(
            kind.label,
            *(found.get(kind, none)[f] for f in ("found", "tasks", "accepted", "overdue")),
        )
        for kind in FindingCategory
    ]


def _check(label, stations, checked, points) -> CheckLine:
    return CheckLine(
        label=str(label),
        stations=stations,
        checked=checked,
        share=share(checked, stations),
        mean=half_up(Fraction(points) / checked) if checked else None,
    )


def _checks(run, organisation) -> dict[str, tuple[int, int, Decimal]]:
    """By kind of station: enrolled, signed off, and the sum of the check scores."""
    signed = Q(acceptance__state=CheckState.SIGNED)
    return {
        row["station__kind"]: (row["stations"], row["checked"], row["points"] or Decimal(0))
        for row in Enrolment.objects.filter(
            campaign=run.campaign, station__organisation__path__startswith=organisation.path
        )
        .order_by("station__kind")
        .values("station__kind")
        .annotate(
            stations=Count("pk"),
            checked=Count("pk", filter=signed),
            points=Sum("acceptance__score", filter=signed),
        )
    }
