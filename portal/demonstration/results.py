"""Last year's results outside the pilot, from a list as an office would hand it in."""

from decimal import Decimal

from portal.demonstration import invention
from scoring.services.past_results import import_past_results
from stations.models import StationKind

SOURCE = "2013年评议结果通报（演示数据）"


def remember_last_year(story) -> None:
    """A result of 2013 for nearly every station that the pilot left out, ranked within its kind."""
    year = story.campaign.year - 1
    by_kind: dict[str, list] = {kind: [] for kind in StationKind.values}
    for enrolment in story.enrolments:
        if enrolment.station_id not in story.last_year and story.rng.random() < 0.97:
            level = story.quality[enrolment.pk] + story.rng.gauss(0, 0.03)
            score = invention.daily_score(story.rng, min(1.0, max(0.0, level)))
            by_kind[enrolment.station.kind].append((enrolment.station, min(score, Decimal(100))))
    rows = []
    for listed in by_kind.values():
        listed.sort(key=lambda pair: -pair[1])
        rank, before = 0, None
        for place, (station, score) in enumerate(listed, start=1):
            rank, before = (rank if score == before else place), score
            values = {
                "year": year,
                "composite": score,
                "rank_kind": rank,
                "ranked_in_kind": len(listed),
                "grade": "",
                "backward": place > len(listed) * 0.97,
                "circulated": place > len(listed) * 0.99,
                "source": SOURCE,
            }
            rows.append((station, values))
    import_past_results(rows=rows, by=story.admin, now=story.enrolments[0].enrolled_at)
