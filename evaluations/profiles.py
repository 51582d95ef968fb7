"""The work of a station by area of the standard: what it gave itself, what the check left of that,
and what became of its commitments. For pages and papers alike."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaign.models import Enrolment
from common.charts.profile import AreaShare, area_profile
from evaluations.models import (
    AcceptanceCheck,
    CheckState,
    FulfilmentStatus,
    InspectionState,
    SelfInspection,
    Standard,
)

# What `lines_of` reads of an enrolment; fetched in advance for many of them at once.
READ_OF_ENROLMENTS = (
    "acceptance__scores__criterion",
    "self_inspection__items__criterion",
    "commitments__fulfilments",
)


@dataclass(frozen=True)
class AreaLine:
    """An area: its points, what the station gave itself and what the check left (None: not yet),
    its commitments, how many are in force, and how those were last seen."""

    name: str
    points: Decimal
    own: Decimal | None
    checked: Decimal | None
    promised: int = 0
    published: int = 0
    kept: int = 0
    at_risk: int = 0
    broken: int = 0

    @property
    def deviation(self) -> Decimal | None:
        """By how many points the station judged itself better than the check did."""
        return None if None in (self.own, self.checked) else self.own - self.checked

    @property
    def unseen(self) -> int:
        """Commitments in force of which nobody has written down yet whether they are kept."""
        return self.published - self.kept - self.at_risk - self.broken

    def share(self, points: Decimal | None) -> Decimal | None:
        """Per cent of the area's points; None of nothing."""
        if points is None or not self.points:
            return None
        return (points * 100 / self.points).quantize(Decimal("0.1"), ROUND_HALF_UP)


def points_by_area(campaign, kind: str) -> list[tuple]:
    """(area, points) of the standard in force, for stations of `kind`; [] without a standard."""
    standard = Standard.objects.in_force(campaign)
    if standard is None:
        return []
    points = defaultdict(Decimal)
    for criterion in standard.criteria_for(kind):
        points[criterion.area_id] += criterion.points
    return [(area, points[area.pk]) for area in standard.areas.all() if area.pk in points]


def signed_check(enrolment: Enrolment) -> AcceptanceCheck | None:
    """The acceptance check once it is signed off."""
    check = getattr(enrolment, "acceptance", None)
    return check if check and check.state == CheckState.SIGNED else None


def handed_in(enrolment: Enrolment) -> SelfInspection | None:
    """The self-inspection once it is handed in."""
    own = getattr(enrolment, "self_inspection", None)
    states = (InspectionState.SUBMITTED, InspectionState.ACCEPTED)
    return own if own and own.state in states else None


def lines_of(enrolment: Enrolment, areas: list[tuple]) -> list[AreaLine]:
    """A line for each of `points_by_area`."""
    inspection, check = handed_in(enrolment), signed_check(enrolment)
    own = _by_area((row.criterion, row.self_score) for row in _rows(inspection, "items"))
    lost = _by_area((row.criterion, row.deduction) for row in _rows(check, "scores"))
    promised, published, seen = Counter(), Counter(), Counter()
    for row in enrolment.commitments.all():
        promised[row.area_id] += 1
        if row.published_at:
            published[row.area_id] += 1
            # The latest comes first.
            for latest in row.fulfilments.all()[:1]:
                seen[row.area_id, latest.status] += 1
    return [
        AreaLine(
            name=area.name,
            points=points,
            own=own.get(area.pk),
            checked=None if lost.get(area.pk) is None else points - lost[area.pk],
            promised=promised[area.pk],
            published=published[area.pk],
            kept=seen[area.pk, FulfilmentStatus.KEPT],
            at_risk=seen[area.pk, FulfilmentStatus.AT_RISK],
            broken=seen[area.pk, FulfilmentStatus.BROKEN],
        )
        for area, points in areas
    ]


def _rows(of, name):
    return getattr(of, name).all() if of else ()


def _by_area(values) -> dict[int, Decimal | None]:
    """The sums of (criterion, number); None where a number of the area is missing."""
    sums = {}
    for criterion, number in values:
        before = sums.get(criterion.area_id, Decimal(0))
        sums[criterion.area_id] = None if None in (before, number) else before + number
    return sums


def together(lines: list[AreaLine]) -> AreaLine:
    """All areas in one line; what is missing in one is missing in all."""

    def total(name):
        values = [getattr(line, name) for line in lines]
        return None if None in values else sum(values, Decimal(0))

    counted = ("promised", "published", "kept", "at_risk", "broken")
    return AreaLine(
        name=_("Together"),
        points=total("points"),
        own=total("own"),
        checked=total("checked"),
        **{name: sum(getattr(line, name) for line in lines) for name in counted},
    )


def profile_of(lines: list[AreaLine]) -> SafeString:
    """The lines as a chart; "" without any."""
    if not lines:
        return SafeString("")
    shares = [
        AreaShare(line.name, line.share(line.checked), line.share(line.own)) for line in lines
    ]
    return area_profile(shares, _("Share of each area's points that was reached"))
