"""How far a unit and those below it have come: completeness and timeliness, level by level, read
from the obligations."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, F, Q
from django.db.models.functions import Substr

from accounts.models import Organisation, OrganisationKind
from campaign.models import Obligation, ObligationKind, ObligationState
from common import clock

# A unit's code and the "/" after it, in a path: what a unit right below a bureau adds to it.
STEP = 7


@dataclass
class Figures:
    """What is owed, and how it stands. `late`: met, but after its day. Waived things are not
    owed: they are left out of `total`."""

    total: int = 0
    met: int = 0
    late: int = 0
    overdue: int = 0
    waived: int = 0

    def add(self, other: "Figures") -> None:
        for name in ("total", "met", "late", "overdue", "waived"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def on_time(self) -> int:
        return self.met - self.late

    @property
    def waiting(self) -> int:
        return self.total - self.met - self.overdue

    @property
    def share(self) -> int | None:
        """Met of a hundred, rounded down, so that 100 means all; None where nothing is owed."""
        return self.met * 100 // self.total if self.total else None


@dataclass
class Line:
    """A unit with the figures of what it and all below it owe, by kind."""

    unit: Organisation
    own: bool = False
    by_kind: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    total: Figures = field(default_factory=Figures)

    def put(self, kind: str, figures: Figures) -> None:
        self.by_kind[kind].add(figures)
        self.total.add(figures)

    def cells(self, kinds) -> list[tuple[str, Figures]]:
        return [
            (ObligationKind(kind).label, self.by_kind[kind] if kind in self.by_kind else Figures())
            for kind in kinds
        ]


@dataclass(frozen=True)
class Progress:
    """`lines`: the unit itself first, where it owes something, then those right below it."""

    unit: Organisation
    kinds: list[str]
    lines: list[Line]
    whole: Line

    @property
    def rows(self) -> list[tuple[Line, list[tuple[str, Figures]]]]:
        return [(line, line.cells(self.kinds)) for line in self.lines]

    @property
    def bars(self) -> list[tuple[str, Figures]]:
        return [(ObligationKind(kind).label, self.whole.by_kind[kind]) for kind in self.kinds]


def progress_of(user, campaign, unit: Organisation, now) -> Progress:
    """The figures of `unit` and of each unit right below it, in two queries."""
    below = list(Organisation.objects.visible_to(user).filter(supervisor=unit).order_by("path"))
    lines = {row.path: Line(row) for row in below}
    own, whole = Line(unit, own=True), Line(unit)
    for path, kind, figures in _figures(user, campaign, unit, below, now):
        line = lines.get(path, own)
        line.put(kind, figures)
        whole.put(kind, figures)
    kinds = [kind for kind in ObligationKind.values if kind in whole.by_kind]
    shown = [own] if own.by_kind else []
    return Progress(unit, kinds, [*shown, *lines.values()], whole)


def _figures(user, campaign, unit, below, now):
    """(path of the unit right below or of the unit itself, kind, figures)."""
    today = clock.today(now)
    # Stations' codes differ in length; above them every code has six digits.
    has_stations = any(row.kind == OrganisationKind.STATION for row in below)
    path = (
        F("organisation__path")
        if has_stations
        else Substr("organisation__path", 1, len(unit.path) + STEP)
    )
    met = Q(state=ObligationState.MET)
    rows = (
        Obligation.objects.visible_to(user)
        .filter(campaign=campaign, organisation__path__startswith=unit.path)
        .order_by()
        .annotate(group=path)
        .values_list("group", "kind")
        .annotate(
            total=Count("pk", filter=~Q(state=ObligationState.WAIVED)),
            met=Count("pk", filter=met),
            late=Count("pk", filter=met & Q(met_at__date__gt=F("due_on"))),
            overdue=Count("pk", filter=Q(state=ObligationState.OPEN, due_on__lt=today)),
            waived=Count("pk", filter=Q(state=ObligationState.WAIVED)),
        )
    )
    for group, kind, *counts in rows:
        yield group, kind, Figures(*counts)


def units_above(user, unit: Organisation) -> list[Organisation]:
    """The way from the person's own unit down to the unit above `unit`."""
    codes = [code for code in unit.path.split("/") if code and code != unit.code]
    return list(Organisation.objects.visible_to(user).filter(code__in=codes).order_by("path"))
