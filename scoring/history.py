"""A station's results over the years. Keyed to the station: a new name or code does not break it;
a merged station brings its own years into those of its successor (docs/adr/0034)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

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
from stations.models import Station


@dataclass(frozen=True)
class YearResult:
    """One station's year. `size`: ranked stations of its kind; `behind`: how many of them stand
    behind it, None where only its rank is known. `circulated`: criticised in a circular (通报批评)
    that year. `code`, `name`: the predecessor whose result it was; "" for the station's own."""

    year: int
    composite: Decimal | None
    rank: int | None
    size: int | None
    grade: str
    circulated: bool
    backward: bool | None = None
    behind: int | None = None
    code: str = ""
    name: str = ""

    def is_high(self, floor: Decimal) -> bool:
        return self.composite is not None and self.composite >= floor

    def is_in_front(self, share: Decimal) -> bool:
        return (
            self.rank is not None
            and bool(self.size)
            and self.rank <= front_places(self.size, share)
        )

    def is_backward(self, share: Decimal) -> bool:
        """Among the last of its kind, or named backward in an imported list. Who shares the last
        place is last, but nobody is who shares the first."""
        if self.backward:
            return True
        if self.rank is None or not self.size or self.rank == 1:
            return False
        behind = self.size - self.rank if self.behind is None else self.behind
        return behind < front_places(self.size, share)


def front_places(size: int, share: Decimal) -> int:
    """How many places of `size` a share is: rounded down, one at least."""
    return max(1, int(size * share))


Years = dict[int, list[YearResult]]


def histories(station_ids: Iterable[int], before: int) -> dict[int, Years]:
    """station id → year → results, of the years before `before`: the station's own first, then
    those of the stations that it carries on, by code.

    From the published runs of the portal's campaigns, else from the imported lists.
    """
    wanted = set(station_ids)
    heirs = Station.objects.forebears_of(wanted)
    asked = wanted | heirs.keys()
    found = _imported(asked, before) | _published(asked, before)
    names = {
        station.pk: station
        for station in Station.objects.filter(pk__in=heirs).select_related("organisation")
    }
    years: dict[int, Years] = {}
    for (station, year), values in found.items():
        if station in wanted:
            years.setdefault(station, {}).setdefault(year, []).append(YearResult(year, **values))
        for heir in heirs.get(station, set()) & wanted:
            former = names[station]
            result = YearResult(year, **values, code=former.code, name=former.name)
            years.setdefault(heir, {}).setdefault(year, []).append(result)
    for each in years.values():
        for results in each.values():
            results.sort(key=lambda result: result.code)
    return years


def _imported(stations: set[int], before: int) -> dict[tuple[int, int], dict]:
    return {
        (past.station_id, past.year): {
            "composite": past.composite,
            "rank": past.rank_kind,
            "size": past.ranked_in_kind,
            "grade": past.grade,
            "circulated": past.circulated,
            "backward": past.backward,
        }
        for past in PastResult.objects.filter(station__in=stations, year__lt=before)
    }


def _published(stations: set[int], before: int) -> dict[tuple[int, int], dict]:
    found = {}
    campaigns = Campaign.objects.filter(year__lt=before, runs__state=RunState.PUBLISHED)
    for campaign in campaigns.distinct():
        scores = StationScore.objects.filter(
            run__campaign=campaign, run__state=RunState.PUBLISHED
        ).order_by()
        ranked = scores.filter(status=ScoreStatus.RANKED)
        sizes = dict(ranked.values_list("kind").annotate(Count("pk")))
        worse = (
            ranked.filter(kind=OuterRef("kind"), rank_kind__gt=OuterRef("rank_kind"))
            .values("kind")
            .annotate(number=Count("pk"))
            .values("number")
        )
        circulated = circulated_stations(campaign)
        rows = scores.filter(enrolment__station__in=stations).values_list(
            "enrolment__station_id",
            "composite",
            "rank_kind",
            "kind",
            "grade",
            Coalesce(Subquery(worse), 0),
        )
        for station, composite, rank, kind, grade, behind in rows:
            found[station, campaign.year] = {
                "composite": composite,
                "rank": rank,
                "size": sizes.get(kind),
                "grade": grade,
                "circulated": station in circulated,
                "behind": behind,
            }
    return found


def circulated_stations(campaign: Campaign) -> set[int]:
    """The stations on which a circulated criticism was imposed in the campaign."""
    rows = Consequence.objects.filter(
        campaign=campaign, kind=ConsequenceKind.CRITICISM, state=ConsequenceState.IMPOSED
    )
    return set(rows.values_list("organisation__station", flat=True)) - {None}
