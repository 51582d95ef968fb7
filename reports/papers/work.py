"""The part of a summary that is about work: what is owed, found, mended and checked.

Read as it stands at a moment, unlike the scores, which are a frozen run's.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Campaign, Enrolment, Obligation, ObligationKind, ObligationState
from common import clock
from evaluations.models import CheckState, Finding, FindingCategory, TaskState, overdue
from scoring.engine import round_half_up
from stations.models import StationKind


def share(part: int, whole: int) -> Decimal | None:
    """Per cent at one place; None of nothing."""
    return round_half_up(Fraction(100 * part, whole), 1) if whole else None


@dataclass(frozen=True)
class DutyLine:
    """What the unit and all below it owe of one kind."""

    label: str
    total: int = 0
    met: int = 0
    overdue: int = 0
    waived: int = 0

    @property
    def waiting(self) -> int:
        """Open and not yet overdue."""
        return self.total - self.met - self.overdue - self.waived

    @property
    def share(self) -> Decimal | None:
        """Met, in per cent of what was not waived."""
        return share(self.met, self.total - self.waived)


@dataclass(frozen=True)
class FindingLine:
    """Problems of one category and what became of their rectification tasks."""

    label: str
    found: int = 0
    tasks: int = 0
    accepted: int = 0
    overdue: int = 0

    @property
    def share(self) -> Decimal | None:
        """Accepted, in per cent of the tasks."""
        return share(self.accepted, self.tasks)


@dataclass(frozen=True)
class CheckLine:
    """Stations enrolled, those checked and signed off, and the sum of their check scores."""

    label: str
    stations: int = 0
    checked: int = 0
    points: Decimal = Decimal(0)

    @property
    def share(self) -> Decimal | None:
        return share(self.checked, self.stations)

    @property
    def mean(self) -> Decimal | None:
        """The mean check score, in points."""
        return round_half_up(Fraction(self.points) / self.checked, 2) if self.checked else None


def together(shape, lines):
    """One line of `shape` that adds up `lines`."""
    numbers = [field.name for field in fields(shape)][1:]
    return shape(
        _("Together"), *(sum(getattr(line, number) for line in lines) for number in numbers)
    )


def duties_of(campaign: Campaign, unit: Organisation, now: datetime) -> list[DutyLine]:
    """By kind, what the unit and all below it owe in the campaign."""
    late = Q(state=ObligationState.OPEN, due_on__lt=clock.today(now))
    rows = (
        Obligation.objects.filter(campaign=campaign, organisation__path__startswith=unit.path)
        .order_by()
        .values("kind")
        .annotate(
            total=Count("pk"),
            met=Count("pk", filter=Q(state=ObligationState.MET)),
            overdue=Count("pk", filter=late),
            waived=Count("pk", filter=Q(state=ObligationState.WAIVED)),
        )
    )
    return _lines(DutyLine, ObligationKind, "kind", rows)


def findings_of(campaign: Campaign, unit: Organisation, now: datetime) -> list[FindingLine]:
    """By the notice's four categories, problems of the unit's stations and their tasks."""
    rows = (
        Finding.objects.filter(
            enrolment__campaign=campaign,
            enrolment__station__organisation__path__startswith=unit.path,
        )
        .order_by()
        .values("category")
        .annotate(
            found=Count("pk"),
            tasks=Count("task"),
            accepted=Count("task", filter=Q(task__state=TaskState.ACCEPTED)),
            overdue=Count("task", filter=Q(task__isnull=False) & overdue(now, "task__")),
        )
    )
    return _lines(FindingLine, FindingCategory, "category", rows)


def checks_of(campaign: Campaign, unit: Organisation) -> list[CheckLine]:
    """By kind of station, how many are checked and signed off, and how well they did."""
    signed = Q(acceptance__state=CheckState.SIGNED)
    rows = (
        Enrolment.objects.filter(
            campaign=campaign, station__organisation__path__startswith=unit.path
        )
        .order_by()
        .values(kind=F("station__kind"))
        .annotate(
            stations=Count("pk"),
            checked=Count("pk", filter=signed),
            points=Sum("acceptance__score", filter=signed, default=Decimal(0)),
        )
    )
    return _lines(CheckLine, StationKind, "kind", rows)


def _lines(shape, kinds, name, rows):
    """A line for each kind that occurs, in the order of `kinds`."""
    found = {row.pop(name): row for row in rows}
    return [shape(kind.label, **found[kind]) for kind in kinds if kind in found]
