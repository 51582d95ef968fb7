"""Results of years before the portal, by which the rules over two years can look back."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import audit
from scoring.models import PastResult
from scoring.policies import check_can_import_past_results
from stations.models import Station

FIELDS = ("composite", "rank_kind", "ranked_in_kind", "grade", "backward", "circulated", "source")


@transaction.atomic
def import_past_results(*, rows: Iterable[tuple[Station, dict]], by, now: datetime) -> int:
    """Write (station, values by column) rows; a result of the same station and year is replaced."""
    check_can_import_past_results(by)
    made = [
        PastResult(
            station=station,
            year=values["year"],
            composite=values["composite"],
            rank_kind=values["rank_kind"],
            ranked_in_kind=values["ranked_in_kind"],
            grade=values["grade"] or "",
            backward=bool(values["backward"]),
            circulated=bool(values["circulated"]),
            source=values["source"],
            imported_by=by,
            imported_at=now,
        )
        for station, values in rows
    ]
    PastResult.objects.bulk_create(
        made,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["station", "year"],
        update_fields=[*FIELDS, "imported_by", "imported_at"],
    )
    audit.record(
        by=by,
        act="past_results.imported",
        now=now,
        after={f"{row.station.code} {row.year}": str(row.composite) for row in made},
        rows=made,
    )
    return len(made)
