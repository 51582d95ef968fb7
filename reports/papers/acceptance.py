"""The report on an authority's acceptance checks (检查验收报告)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Enrolment
from evaluations.models import AcceptanceCheck, AcceptanceResult, CheckScore, CheckState
from evaluations.models.acceptance import accepted_by
from reports.models import Report, ReportKind
from reports.papers import official
from reports.papers.base import CHINESE_ONLY, Document, NothingToReport
from reports.papers.work import share
from reports.pdf import Style
from scoring.engine import round_half_up
from stations.models import StationKind

# Criteria named as the main problems.
MOST_NAMED = 5


@dataclass(frozen=True)
class AreaLoss:
    """The mean deduction of the checked stations in an area, in points of its points."""

    name: str
    points: Decimal
    mean: Decimal


@dataclass(frozen=True)
class CriterionLoss:
    """On how many stations a criterion cost points."""

    number: str
    name: str
    stations: int


@dataclass(frozen=True)
class Facts:
    """An authority's round: enrolled, checked, mean score, results, losses, and every check."""

    enrolled: int
    checks: list[AcceptanceCheck]
    kinds: list[tuple[str, int, int]]
    mean: Decimal
    first_day: date
    last_day: date
    results: list[tuple[str, int]]
    mean_over_reported: Decimal | None
    areas: list[AreaLoss]
    criteria: list[CriterionLoss]

    @property
    def share(self) -> Decimal | None:
        return share(len(self.checks), self.enrolled)


def signed_checks(campaign, unit: Organisation):
    """What the unit has signed off as the acceptance authority."""
    owed = Enrolment.objects.filter(accepted_by(unit), campaign=campaign)
    return AcceptanceCheck.objects.filter(enrolment__in=owed, state=CheckState.SIGNED)


def facts(report: Report, now: datetime) -> Facts:
    """What the unit checked as the acceptance authority (notice, part 4 (2) 4)."""
    owed = Enrolment.objects.filter(accepted_by(report.organisation), campaign=report.campaign)
    checks = list(
        signed_checks(report.campaign, report.organisation)
        .select_related("enrolment__station__organisation__supervisor")
        .order_by("enrolment__station__organisation__path")
    )
    if not checks:
        raise NothingToReport(
            _("%(unit)s has signed off no acceptance check yet.")
            % {"unit": report.organisation.name}
        )
    enrolled = Counter(owed.values_list("station__kind", flat=True))
    checked = Counter(check.enrolment.station.kind for check in checks)
    results = Counter(check.result for check in checks)
    over = [check.over_reported for check in checks if check.over_reported is not None]
    areas, criteria = _losses(checks)
    return Facts(
        enrolled=enrolled.total(),
        checks=checks,
        kinds=[
            (kind.label, enrolled[kind], checked[kind]) for kind in StationKind if enrolled[kind]
        ],
        mean=_mean(check.score for check in checks),
        first_day=min(check.checked_on for check in checks),
        last_day=max(check.checked_on for check in checks),
        results=[(kind.label, results[kind]) for kind in AcceptanceResult if results[kind]],
        mean_over_reported=_mean(over) if over else None,
        areas=areas,
        criteria=criteria,
    )


def _mean(values) -> Decimal:
    values = [Fraction(value) for value in values]
    return round_half_up(sum(values) / len(values), 2)


def _losses(checks) -> tuple[list[AreaLoss], list[CriterionLoss]]:
    """By area the mean deduction; of the criteria, those on which most stations lost points."""
    lost, points, hit = defaultdict(Fraction), defaultdict(Decimal), Counter()
    named = {}
    rows = CheckScore.objects.filter(check_of__in=checks).select_related("criterion__area")
    for row in rows.iterator(chunk_size=2000):
        area = row.criterion.area
        lost[area.number, area.name] += Fraction(row.deduction or 0)
        named[row.criterion_id] = row.criterion
        if row.deduction:
            hit[row.criterion_id] += 1
    for criterion in named.values():
        points[criterion.area.number, criterion.area.name] += criterion.points
    areas = [
        AreaLoss(name, points[number, name], round_half_up(loss / len(checks), 2))
        for (number, name), loss in sorted(lost.items())
    ]
    most = sorted(hit.items(), key=lambda item: (-item[1], named[item[0]].position))[:MOST_NAMED]
    criteria = [CriterionLoss(named[pk].number, named[pk].name, number) for pk, number in most]
    return areas, criteria


PAPER = Document(
    kind=ReportKind.ACCEPTANCE_REPORT,
    slug="acceptance",
    units=(OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE),
    of_run=False,
    languages=CHINESE_ONLY,
    fields=official.FIELDS,
    facts=facts,
    template="reports/pdf/acceptance.html",
    style=Style.OFFICIAL,
)
