"""Where a station stands among those of its kind, as pictures; the same on pages and papers."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.charts.distribution import distribution
from common.charts.intervals import Interval, intervals
from scoring.models import RunState, ScoreRun, ScoreStatus, StationScore

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
