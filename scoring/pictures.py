"""Where a station stands among those of its kind, as pictures; the same on pages and papers."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.charts.distribution import distribution
from common.charts.henan_tiles import PLACES
from common.charts.intervals import Interval, intervals
from common.charts.tile_map import FLOORS, Tile, short_name, tile_map
from scoring.models import RunState, ScoreRun, ScoreStatus, StationScore
from scoring.rollups import Rollup

# Before the publication a unit sees its own stations only.
STANDING = (RunState.PUBLISHED, RunState.SUPERSEDED)
# Stations shown above and below the own one among the intervals.
NEIGHBOURS = 3


def series_of(run: ScoreRun, kind: str) -> list[StationScore]:
    """The ranked stations of a kind, all over the province, best first."""
    # With `run_id`: the related manager reads it of every row, and would fetch it row by row.
    names = ("run_id", "name_zh", "name_en", "composite", "low", "high", "rank_kind")
    rows = run.scores.filter(kind=kind, status=ScoreStatus.RANKED)
    return list(rows.only(*names).order_by("rank_kind", "code"))


def spread_of(series: list[StationScore], score: StationScore | None) -> SafeString:
    """The composites of a series, with the place of `score` where it is ranked."""
    own = score.composite if score and score.status == ScoreStatus.RANKED else None
    return distribution([row.composite for row in series], own, _("Composites of its kind"))


def neighbours_of(series: list[StationScore], score: StationScore | None) -> SafeString:
    """`score` among its neighbours in the ranking, with their intervals; "" where unranked."""
    places = [place for place, row in enumerate(series) if score and row.pk == score.pk]
    if not places:
        return SafeString("")
    first = max(places[0] - NEIGHBOURS, 0)
    rows = [
        Interval(
            f"{row.rank_kind}  {row.name}", row.composite, row.low, row.high, row.pk == score.pk
        )
        for row in series[first : places[0] + NEIGHBOURS + 1]
    ]
    return intervals(rows, _("Its neighbours in the ranking"))


def spread_of_list(rows) -> SafeString:
    """The composites of the ranked ones among `rows` (a queryset of scores); "" without any."""
    values = rows.filter(status=ScoreStatus.RANKED).order_by().values_list("composite", flat=True)
    found = list(values)
    return distribution(found, None, _("Composites of this list")) if found else SafeString("")


def map_of(units: list[Rollup]) -> SafeString:
    """The plain means of prefectures and directly administered counties where they lie; "" with
    fewer than two of them. The shades divide the way from the lowest to the highest."""
    shown = [unit for unit in units if unit.code in PLACES]
    means = [unit.plain for unit in shown if unit.plain is not None]
    if len(means) < 2:
        return SafeString("")
    lowest, step = min(means), (max(means) - min(means)) / len(FLOORS)
    tiles = [
        Tile(
            *PLACES[unit.code], name=short_name(unit.name), share=unit.plain, figure=str(unit.plain)
        )
        for unit in shown
    ]
    return tile_map(
        tiles,
        title=_("Plain means on the map"),
        description=_("Each square is a prefecture or a directly administered county."),
        floors=[lowest + number * step for number in range(len(FLOORS))],
    )
