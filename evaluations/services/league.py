"""What acceptance came to: by station, county and authority, and the facts of an authority's round.

The over-reporting index of a station is

    100 · Σ max(self score − check score, 0) / Σ points

over the criteria on which the station gave itself a score and the team gave one. A criterion on
which the station was stricter than the team is not set off against another. The index of a county
or prefecture is the same fraction with both sums taken over all its signed checks; stations without
a handed-in self-inspection are left out of both sums, never counted as 0. It is rounded once, half
up, to two places.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, Count, F, Max, Q, Sum, When

from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign, Enrolment
from evaluations.models import (
    AcceptanceCheck,
    AcceptanceResult,
    CheckScore,
    CheckState,
    Criterion,
    Objection,
    SpotCheck,
    SpotState,
    accepted_by,
)
from evaluations.models.acceptance import over_reporting_index

BUREAU = "station__organisation__supervisor"
PLACES = Decimal("0.01")


def rounded(numerator, denominator) -> Decimal | None:
    """The fraction, rounded half up to two places; None when there is nothing to divide by."""
    if not denominator:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(PLACES, ROUND_HALF_UP)


@dataclass(frozen=True)
class LeagueRow:
    """One unit's acceptance. `mean`: of the signed check scores. `deviation`: mean of first score
    less second score over its signed spot checks."""

    unit: Organisation
    total: int
    planned: int
    signed: int
    qualified: int
    conditional: int
    after_rectification: int
    not_qualified: int
    mean: Decimal | None
    index: Decimal | None
    compared: int
    spot_checks: int = 0
    deviation: Decimal | None = None
    flagged: int = 0

    @property
    def open(self) -> int:
        return self.total - self.signed


def league(enrolments, *, by_county: bool = False) -> list[LeagueRow]:
    """The enrolments by acceptance authority (or by the bureau above the station), best mean first.
    Three queries, whatever the number of stations."""
    group = F(BUREAU)
    if not by_county:
        group = Case(
            When(**{f"{BUREAU}__kind": OrganisationKind.PREFECTURE}, then=F(BUREAU)),
            default=F(f"{BUREAU}__supervisor"),
        )

    def results(value):
        return Count("pk", filter=Q(acceptance__result=value))

    rows = (
        enrolments.order_by()
        .annotate(unit=group)
        .values("unit")
        .annotate(
            total=Count("pk"),
            planned=Count("pk", filter=Q(planned_visit__isnull=False)),
            signed=Count("pk", filter=Q(acceptance__state=CheckState.SIGNED)),
            qualified=results(AcceptanceResult.QUALIFIED),
            conditional=results(AcceptanceResult.CONDITIONAL),
            after_rectification=results(AcceptanceResult.AFTER_RECTIFICATION),
            not_qualified=results(AcceptanceResult.NOT_QUALIFIED),
            score=Sum("acceptance__score"),
            over=Sum("acceptance__over_reported"),
            points=Sum("acceptance__compared_points"),
            compared=Count("acceptance__compared_points"),
        )
    )
    rows = list(rows)
    units = Organisation.objects.in_bulk([row["unit"] for row in rows])
    spots = {} if by_county else _spot_checks(enrolments)
    made = [_league_row(units[row.pop("unit")], row, spots) for row in rows]
    return sorted(made, key=lambda row: (row.mean is None, -(row.mean or 0), row.unit.code))


def _league_row(unit, row, spots) -> LeagueRow:
    score, over, points = row.pop("score"), row.pop("over"), row.pop("points")
    return LeagueRow(
        unit=unit,
        mean=rounded(score or 0, row["signed"]),
        index=over_reporting_index(over, points),
        **row,
        **spots.get(unit.pk, {}),
    )


def _spot_checks(enrolments) -> dict:
    rows = (
        SpotCheck.objects.standing()
        .filter(enrolment__in=enrolments.order_by().values("pk"), state=SpotState.SIGNED)
        .order_by()
        .values("authority")
        .annotate(
            count=Count("pk"), sum=Sum("deviation"), flags=Count("pk", filter=Q(flagged=True))
        )
    )
    return {
        row["authority"]: {
            "spot_checks": row["count"],
            "deviation": rounded(row["sum"], row["count"]),
            "flagged": row["flags"],
        }
        for row in rows
    }


# --- deviation of spot checks ---------------------------------------------------------------------


@dataclass(frozen=True)
class Deviation:
    """How far second looks lie from first ones. `mean`: first less second; above zero: too kind."""

    name: str
    count: int
    mean: Decimal
    greatest: Decimal
    flagged: int


def deviations(draw, field: str) -> list[Deviation]:
    """By prefecture (`field` "authority": `name` is its pk) or inspector of the first check
    ("enrolment__acceptance__inspectors__name"): greatest mean first."""
    rows = (
        draw.spot_checks.filter(state=SpotState.SIGNED)
        .order_by()
        .values(name=F(field))
        .annotate(
            count=Count("pk"),
            sum=Sum("deviation"),
            greatest=Max("deviation"),
            flagged=Count("pk", filter=Q(flagged=True)),
        )
    )
    made = [
        Deviation(
            row["name"],
            row["count"],
            rounded(row["sum"], row["count"]),
            row["greatest"],
            row["flagged"],
        )
        for row in rows
        if row["name"]
    ]
    return sorted(made, key=lambda row: (-row.mean, row.name))


# --- the facts of a round -------------------------------------------------------------------------


@dataclass(frozen=True)
class LostPoints:
    """A criterion, how many stations lost points on it, and how many points in all."""

    criterion: object
    stations: int
    points: Decimal


@dataclass(frozen=True)
class AcceptanceFacts:
    """All that the report on an authority's round of acceptance tells."""

    campaign: Campaign
    authority: Organisation
    row: LeagueRow | None
    counties: list[LeagueRow]
    # All of them, signed or not, by county; with bureau, and check and visit where there is one.
    enrolments: list[Enrolment]
    lost: list[LostPoints]
    objections: int
    objections_upheld: int


MOST_LOST = 10


def acceptance_facts(campaign: Campaign, authority: Organisation) -> AcceptanceFacts:
    """The facts of an authority's round, in a number of queries that does not grow with it."""
    enrolments = Enrolment.objects.filter(accepted_by(authority), campaign=campaign)
    signed = AcceptanceCheck.objects.filter(
        enrolment__in=enrolments.order_by().values("pk"), state=CheckState.SIGNED
    )
    decided = Objection.objects.filter(
        reply__check_of__in=signed.values("pk"), decided_at__isnull=False
    )
    lost = list(
        CheckScore.objects.filter(check_of__in=signed.values("pk"), deduction__gt=0)
        .order_by()
        .values("criterion")
        .annotate(stations=Count("pk"), points=Sum("deduction"))
        .order_by("-points", "criterion__position")[:MOST_LOST]
    )
    criteria = Criterion.objects.select_related("area").in_bulk([row["criterion"] for row in lost])
    return AcceptanceFacts(
        campaign=campaign,
        authority=authority,
        row=next(iter(league(enrolments)), None),
        counties=league(enrolments, by_county=True),
        enrolments=list(
            enrolments.select_related(
                "station__organisation__supervisor", "acceptance", "planned_visit__team"
            ).order_by("station__organisation__path")
        ),
        lost=[
            LostPoints(criteria[row["criterion"]], row["stations"], row["points"]) for row in lost
        ],
        objections=decided.count(),
        objections_upheld=decided.filter(deduction_after__lt=F("deduction_before")).count(),
    )
