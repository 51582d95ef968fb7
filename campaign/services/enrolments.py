"""Enrolling stations (参评)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from campaign.models import Campaign, Enrolment
from campaign.policies import check_can_edit_campaign, check_can_enrol
from campaign.services.obligations import due_days, obligations_of, open_obligations
from campaign.workflow import CAMPAIGN
from common import clock


@transaction.atomic
def enrol(*, campaign: Campaign, stations, by, now: datetime) -> list[Enrolment]:
    """Enrol stations that are not yet enrolled and open what they, their assessors and their
    acceptance authority owe. Raises `Denied` or `WrongMoment`."""
    if isinstance(stations, QuerySet):
        stations = stations.select_related("organisation")
    stations = list(stations)
    # RACE: the campaign's row is held, so that a double click enrols once and not with an error.
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    check_can_enrol(by, campaign, stations, now)
    already = set(
        Enrolment.objects.filter(campaign=campaign, station__in=stations).values_list(
            "station_id", flat=True
        )
    )
    new = [station for station in stations if station.pk not in already]
    if not new:
        return []
    Enrolment.objects.bulk_create(
        [Enrolment(campaign=campaign, station=station, enrolled_at=now) for station in new],
        batch_size=1000,
    )
    enrolments = list(Enrolment.objects.filter(campaign=campaign, station__in=new).with_station())
    due = due_days(campaign, clock.today(now))
    owed = [row for enrolment in enrolments for row in obligations_of(enrolment, due)]
    open_obligations(owed, now=now)
    for_one = enrolments[0] if len(enrolments) == 1 else campaign
    audit.record(
        by=by,
        act="stations.enrolled",
        target=for_one,
        now=now,
        after={"stations": [enrolment.organisation.code for enrolment in enrolments]},
        rows=enrolments,
    )
    return enrolments


@transaction.atomic
def copy_enrolments(*, source: Campaign, target: Campaign, by, now: datetime) -> int:
    """Enrol the stations of `source` in the draft `target`; in the place of one that has closed,
    its successor. How many. They owe from the day on which the draft opens."""
    check_can_edit_campaign(by, target)
    CAMPAIGN.check(target, "opened")
    rows = Enrolment.objects.filter(campaign=source).select_related(
        "station__organisation", "station__successor__organisation"
    )
    wanted = {}
    for row in rows.order_by("pk"):
        station = row.station if row.station.closed_on is None else row.station.successor
        if station is not None and station.organisation.active:
            wanted[station.pk] = station
    already = set(target.enrolments.values_list("station_id", flat=True))
    new = [
        Enrolment(campaign=target, station=station, enrolled_at=now)
        for pk, station in wanted.items()
        if pk not in already
    ]
    Enrolment.objects.bulk_create(new, batch_size=1000)
    audit.record(
        by=by,
        act="stations.enrolled",
        target=target,
        now=now,
        after={"taken_from": source.year, "stations": len(new)},
        rows=target.enrolments.filter(station__in=[row.station_id for row in new]),
    )
    return len(new)
