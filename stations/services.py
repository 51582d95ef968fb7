"""Adding and changing stations."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from common import clock
from common.errors import Incomplete, WrongMoment
from stations.models import Station, StationChange, StationChangeKind
from stations.policies import check_can_edit_stations_of

UNIT_FIELDS = ("name_zh", "name_en")
STATION_FIELDS = ("kind", "region", "head", "phone", "address", "staff_count", "founded_on")


def next_code(bureau: Organisation) -> str:
    """The bureau's code and the next serial number; numbers are never used again."""
    codes = bureau.subordinates.filter(kind=OrganisationKind.STATION).values_list("code", flat=True)
    serials = [int(code.rpartition("-")[2]) for code in codes]
    return f"{bureau.code}-{max(serials, default=0) + 1}"


class NameTaken(WrongMoment):
    """The bureau has a station of this name already."""


def check_name_is_free(bureau: Organisation, name_zh: str, station: Station | None = None) -> None:
    """Raise `NameTaken` when another active station right below `bureau` bears the name."""
    same = Organisation.objects.filter(supervisor=bureau, name_zh=name_zh, active=True)
    if station is not None:
        same = same.exclude(pk=station.organisation_id)
    other = same.first()
    if other is not None:
        raise NameTaken(
            _("%(bureau)s already has a station of this name (%(code)s).")
            % {"bureau": bureau.name, "code": other.code}
        )


@transaction.atomic
def add_station(*, bureau: Organisation, by, now: datetime, **values) -> Station:
    """Add a station right below `bureau`; `values` as `UNIT_FIELDS` and `STATION_FIELDS`.

    Raises `NameTaken` when the bureau has a station of that name.
    """
    check_can_edit_stations_of(by, bureau)
    # RACE: the bureau's row is held, so that two people cannot be given the same serial number,
    # nor a double click add two stations.
    bureau = Organisation.objects.select_for_update().get(pk=bureau.pk)
    check_name_is_free(bureau, values["name_zh"])
    code = next_code(bureau)
    unit = Organisation.objects.create(
        code=code,
        kind=OrganisationKind.STATION,
        supervisor=bureau,
        path=f"{bureau.path}{code}/",
        **{name: values[name] for name in UNIT_FIELDS},
    )
    station = Station.objects.create(
        organisation=unit, **{name: values[name] for name in STATION_FIELDS}
    )
    audit.record(
        by=by, act="station.added", target=station, now=now, after=as_text(values), rows=[unit]
    )
    return station


@transaction.atomic
def update_station(
    *, station: Station, expected_version: int, by, now: datetime, reason: str = "", **values
) -> Station:
    """Change a station; a new name is kept in its history with the old one. Raises `WrongMoment`
    when somebody else changed it since the form was opened (`expected_version`), `NameTaken` when
    a sister station bears the new name."""
    check_can_edit_stations_of(by, station.organisation.supervisor)
    bureau = Organisation.objects.select_for_update().get(pk=station.organisation.supervisor_id)
    check_name_is_free(bureau, values["name_zh"], station)
    won = Station.objects.filter(pk=station.pk, version=expected_version).update(
        version=F("version") + 1
    )
    if not won:
        raise WrongMoment(_("Somebody else changed this station while your form was open."))
    before = {
        **{name: getattr(station.organisation, name) for name in UNIT_FIELDS},
        **{name: getattr(station, name) for name in STATION_FIELDS},
    }
    if before["name_zh"] != values["name_zh"]:
        _note_change(station, StationChangeKind.RENAMED, clock.today(now), reason)
    Organisation.objects.filter(pk=station.organisation_id).update(
        **{name: values[name] for name in UNIT_FIELDS}
    )
    Station.objects.filter(pk=station.pk).update(**{name: values[name] for name in STATION_FIELDS})
    changed = {name: value for name, value in values.items() if before[name] != value}
    audit.record(
        by=by,
        act="station.changed",
        target=station,
        now=now,
        before=as_text({name: before[name] for name in changed}),
        after=as_text(changed),
        reason=reason,
        rows=[station.organisation],
    )
    return Station.objects.with_units().get(pk=station.pk)


@transaction.atomic
def retire_station(
    *, station: Station, on: date, successor: Station | None, merged: bool, reason: str, by, now
) -> Station:
    """Close a station from the day `on`; or merge it (`merged`) into `successor`, which carries on
    its work. It keeps its code and its history, and can be reached by nobody new."""
    bureau = station.organisation.supervisor
    check_can_edit_stations_of(by, bureau)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    if merged and successor is None:
        raise Incomplete(_("Name the station that carries on its work."))
    if successor is not None and (successor.pk == station.pk or successor.closed_on):
        raise Incomplete(_("The successor must be another station that is at work."))
    # RACE: the bureau's row is held, so that two stations cannot become each other's successor.
    Organisation.objects.select_for_update().get(pk=bureau.pk)
    closing = Station.objects.filter(pk=station.pk, closed_on=None)
    if not closing.update(closed_on=on, successor=successor, version=F("version") + 1):
        raise WrongMoment(_("This station is closed already."))
    kind = StationChangeKind.MERGED if merged else StationChangeKind.CLOSED
    _note_change(station, kind, on, reason.strip(), successor)
    Organisation.objects.filter(pk=station.organisation_id).update(active=False)
    audit.record(
        by=by,
        act=f"station.{kind}",
        target=station,
        now=now,
        after={"on": str(on), "successor": successor.code if successor else None},
        reason=reason.strip(),
        rows=[station.organisation],
    )
    return Station.objects.with_units().get(pk=station.pk)


def _note_change(station, kind, on, reason, successor=None) -> None:
    StationChange.objects.create(
        station=station,
        kind=kind,
        on=on,
        name_zh_before=station.organisation.name_zh,
        name_en_before=station.organisation.name_en,
        successor=successor,
        reason=reason,
    )


def as_text(values: dict) -> dict:
    """Values for the audit trail."""
    return {name: None if value is None else str(value) for name, value in values.items()}
