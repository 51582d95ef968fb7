"""A station that closes or merges owes nothing more in the campaigns that run."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from campaign.models import CampaignState, Obligation, ObligationState
from campaign.services.obligations import tell_of
from stations.models import Station
from stations.services import retire_station


@transaction.atomic
def retire(
    *,
    station: Station,
    on: date,
    successor: Station | None,
    merged: bool,
    reason: str,
    by,
    now: datetime,
) -> int:
    """Close or merge a station; what it owes, and what others owe for it, is waived with the
    reason. How many obligations were waived."""
    station = retire_station(
        station=station,
        on=on,
        successor=successor,
        merged=merged,
        reason=reason,
        by=by,
        now=now,
    )
    owed = (
        Obligation.objects.open()
        .select_for_update(no_key=True, of=("self",))
        .filter(
            Q(organisation=station.organisation) | Q(enrolment__station=station),
            campaign__state=CampaignState.OPEN,
        )
    )
    rows = list(owed)
    Obligation.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=ObligationState.WAIVED, waived_by=by, waived_because=reason.strip()
    )
    tell_of("waived", rows, now, reason.strip(), by=by)
    return len(rows)
