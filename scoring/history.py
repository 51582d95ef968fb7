"""A station's results over the years, keyed to the station: renames and moves do not break it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from campaign.models import Campaign
from scoring.models import (
    Consequence,
    ConsequenceKind,
    ConsequenceState,
    PastResult,
    RunState,
    ScoreStatus,
    StationScore,
)


@dataclass(frozen=True)
class YearResult:
    """One year of a station. `size`: ranked stations of its kind. `circulated`: criticised in a
    circular (通报批评) that year."""

    year: int
    composite: Decimal | None
    rank: int | None
    size: int | None
    grade: str
    circulated: bool
    backward: bool | None = None

    def is_high(self, floor: Decimal) -> bool:
        return self.composite is not None and self.composite >= floor

    def is_in_front(self, share: Decimal) -> bool:
        return (
            self.rank is not None
            and bool(self.size)
            and self.rank <= front_places(self.size, share)
        )

    def is_backward(self, share: Decimal) -> bool:
        """Among the last of its kind, or named backward in an imported list."""
        if self.backward:
            return True
        return (
            self.rank is not None
            and bool(self.size)
            and self.rank > self.size - front_places(self.size, share)
        )


def front_places(size: int, share: Decimal) -> int:
    """How many places of `size` a share is: rounded down, one at least."""
    return max(1, int(size * share))


def histories(station_ids: Iterable[int], before: int) -> dict[int, dict[int, YearResult]]:
    """station id → year → result, of the years before `before`.

    From the published runs of the portal's campaigns, else from the imported lists.
    """
    wanted = set(station_ids)
    found: dict[int, dict[int, YearResult]] = {}
    for past in PastResult.objects.filter(station__in=wanted, year__lt=before):
        found.setdefault(past.station_id, {})[past.year] = YearResult(
            past.year,
            past.composite,
            past.rank_kind,
            past.ranked_in_kind,
            past.grade,
            past.circulated,
            past.backward,
        )
    campaigns = Campaign.objects.filter(year__lt=before, runs__state=RunState.PUBLISHED)
    for campaign in campaigns.distinct():
        sizes = dict(
            StationScore.objects.filter(
                run__campaign=campaign, run__state=RunState.PUBLISHED, status=ScoreStatus.RANKED
            )
            .values_list("kind")
            .annotate(Count("pk"))
        )
        circulated = circulated_stations(campaign)
        rows = StationScore.objects.filter(
            run__campaign=campaign, run__state=RunState.PUBLISHED, enrolment__station__in=wanted
        ).values_list("enrolment__station_id", "composite", "rank_kind", "kind", "grade")
        for station, composite, rank, kind, grade in rows:
            found.setdefault(station, {})[campaign.year] = YearResult(
                campaign.year, composite, rank, sizes.get(kind), grade, station in circulated
            )
    return found


def circulated_stations(campaign: Campaign) -> set[int]:
    """The stations on which a circulated criticism was imposed in the campaign."""
    rows = Consequence.objects.filter(
        campaign=campaign, kind=ConsequenceKind.CRITICISM, state=ConsequenceState.IMPOSED
    )
    return set(rows.values_list("organisation__station", flat=True)) - {None}
