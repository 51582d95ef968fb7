"""A station list as a workbook: known codes are changed, rows without a code are new stations."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from common import clock
from common.sheets import Column, Table, choice, code, day, text, whole
from stations.models import Region, Station, StationChange, StationChangeKind, StationKind
from stations.plausibility import PHONE
from stations.policies import bureaus_of


def phone(value) -> str:
    """Parses a phone number as the form does."""
    found = code(value)
    if not PHONE.fullmatch(found):
        raise ValidationError(
            _("Not a phone number: write area code-number, a mobile or a short number.")
        )
    return found


KINDS = tuple(StationKind.choices)
COLUMNS = (
    Column(
        "code",
        gettext_lazy("station code"),
        code,
        note=gettext_lazy("Leave it empty for a new station; it is given a code."),
        example="410122-2",
        width=14,
    ),
    Column("bureau", gettext_lazy("code of the unit above"), code, required=True, example="410122"),
    Column("name_zh", gettext_lazy("name in Chinese"), text(80), required=True, width=34),
    Column("name_en", gettext_lazy("name in English"), text(120), width=34),
    Column("kind", gettext_lazy("kind"), choice(KINDS), required=True, choices=KINDS),
    Column(
        "region", gettext_lazy("region code"), code, required=True, example="410122100", width=14
    ),
    Column("head", gettext_lazy("head"), text(40), required=True, width=12),
    Column("phone", gettext_lazy("supervision phone"), phone, required=True, width=18),
    Column("address", gettext_lazy("address"), text(120), width=30),
    Column("staff_count", gettext_lazy("staff"), whole(least=0, most=999), width=8, number=True),
    Column("founded_on", gettext_lazy("founded on"), day, example="2009-05-01", width=14),
)
UNIT_FIELDS = ("name_zh", "name_en")
FIELDS = ("kind", "region", "head", "phone", "address", "staff_count", "founded_on")


class StationImport:
    """One import by one person: checks the rows as a whole, then saves all of them."""

    def __init__(self, *, by, now: datetime):
        self.by, self.now = by, now

    def plan(self, table: Table) -> list[tuple]:
        """Add errors about rows; what would change, in words."""
        self._look_up(table)
        named = [row for row in table.rows if row.values["code"]]
        _fail_double_codes(table, named)
        table.fail_doubles("bureau", "name_zh")
        new = changed = 0
        for row in table.rows:
            self._check(table, row)
            if not row.values["code"]:
                new += 1
            elif row.values["code"] in self.stations and table.is_read(row):
                changed += bool(self._changes(row))
        return [
            (_("new stations"), new),
            (_("stations that change"), changed),
            (_("stations as they are"), len(table.rows) - new - changed),
        ]

    def _look_up(self, table) -> None:
        self.bureaus = {unit.code: unit for unit in bureaus_of(self.by)}
        self.regions = {}
        wanted = sorted({row.values["region"] or "" for row in table.rows})
        for first in range(0, len(wanted), 500):
            rows = Region.objects.filter(code__in=wanted[first : first + 500])
            self.regions |= {row.code: row for row in rows.select_related("parent")}
        units = [unit.pk for unit in self.bureaus.values()]
        at_work = Station.objects.at_work().filter(organisation__supervisor__in=units)
        self.stations = {row.code: row for row in at_work.with_units()}
        self.names = {
            (row.organisation.supervisor.code, row.organisation.name_zh): row.code
            for row in self.stations.values()
        }

    def _check(self, table, row) -> None:
        values = row.values
        bureau = self.bureaus.get(values["bureau"])
        if bureau is None:
            table.fail(row, "bureau", _("no bureau whose stations you keep"))
            return
        if values["code"]:
            station = self.stations.get(values["code"])
            if station is None or station.organisation.supervisor_id != bureau.pk:
                table.fail(row, "code", _("no station of this bureau"))
        region = self.regions.get(values["region"])
        if region is None or bureau.code not in (
            region.code,
            region.parent.code if region.parent else "",
        ):
            table.fail(row, "region", _("no region of this bureau"))
        bearer = self.names.get((bureau.code, values["name_zh"]))
        if not table.is_read(row, "code"):
            bearer = None  # perhaps it is the row's own station
        if bearer and bearer != values["code"] and not self._renamed(table, bearer):
            table.fail(row, "name_zh", _("station %(code)s has this name") % {"code": bearer})
        if values["founded_on"] and values["founded_on"] > clock.today(self.now):
            table.fail(row, "founded_on", _("The day lies in the future."))

    def _renamed(self, table, bearer) -> bool:
        """True when the same workbook gives the bearer of the name another one."""
        old = self.stations[bearer].organisation.name_zh
        return any(
            row.values["code"] == bearer and row.values["name_zh"] != old for row in table.rows
        )

    def _wanted(self, row) -> dict:
        values = {name: row.values[name] for name in (*UNIT_FIELDS, *FIELDS)}
        for name in ("name_en", "address"):
            values[name] = values[name] or ""
        return values | {"region": self.regions[row.values["region"]]}

    def _changes(self, row) -> dict:
        """What the row changes on its station."""
        station = self.stations[row.values["code"]]
        if row.values["region"] not in self.regions:
            return {}
        before = {name: getattr(station.organisation, name) for name in UNIT_FIELDS}
        before |= {name: getattr(station, name) for name in FIELDS}
        return {name: value for name, value in self._wanted(row).items() if before[name] != value}

    def apply(self, table: Table) -> str:
        """Save every row; the caller holds the transaction."""
        # RACE: the bureaus' rows are held, so that no serial number is given twice meanwhile.
        codes = {row.values["bureau"] for row in table.rows}
        list(Organisation.objects.select_for_update().filter(code__in=sorted(codes)[:500]))
        self._look_up(table)
        changed = self._change_known(table)
        added = self._add_new(table)
        written = Station.objects.filter(organisation__code__in=[*added, *changed])
        rows = list(written.select_related("organisation"))
        audit.record(
            by=self.by,
            act="stations.imported",
            now=self.now,
            after={"added": added, "changed": changed},
            rows=[*rows, *(row.organisation for row in rows)],
        )
        return _("Imported: %(added)s new stations, %(changed)s changed.") % {
            "added": len(added),
            "changed": len(changed),
        }

    def _change_known(self, table) -> dict[str, dict]:
        units, stations, renamed, changed = [], [], [], {}
        for row in table.rows:
            changes = self._changes(row) if row.values["code"] else {}
            if not changes:
                continue
            station = self.stations[row.values["code"]]
            if "name_zh" in changes:
                renamed.append(
                    StationChange(
                        station=station,
                        kind=StationChangeKind.RENAMED,
                        on=clock.today(self.now),
                        name_zh_before=station.organisation.name_zh,
                        name_en_before=station.organisation.name_en,
                        reason=_("station list imported"),
                    )
                )
            for name, value in changes.items():
                setattr(station.organisation if name in UNIT_FIELDS else station, name, value)
            units.append(station.organisation)
            stations.append(station)
            changed[station.code] = {name: str(value) for name, value in changes.items()}
        StationChange.objects.bulk_create(renamed, batch_size=500)
        Organisation.objects.bulk_update(units, UNIT_FIELDS, batch_size=200)
        Station.objects.bulk_update(stations, FIELDS, batch_size=100)
        keys = [station.pk for station in stations]
        for first in range(0, len(keys), 500):
            Station.objects.filter(pk__in=keys[first : first + 500]).update(
                version=F("version") + 1
            )
        return changed

    def _add_new(self, table) -> list[str]:
        new = [row for row in table.rows if not row.values["code"]]
        serials = self._last_serials()
        units, rows = [], []
        for row in new:
            bureau, values = self.bureaus[row.values["bureau"]], self._wanted(row)
            serials[bureau.pk] = serials.get(bureau.pk, 0) + 1
            unit_code = f"{bureau.code}-{serials[bureau.pk]}"
            units.append(
                Organisation(
                    code=unit_code,
                    kind=OrganisationKind.STATION,
                    supervisor=bureau,
                    path=f"{bureau.path}{unit_code}/",
                    **{name: values[name] for name in UNIT_FIELDS},
                )
            )
            rows.append({name: values[name] for name in FIELDS})
        Organisation.objects.bulk_create(units, batch_size=500)
        Station.objects.bulk_create(
            [
                Station(organisation=unit, **values)
                for unit, values in zip(units, rows, strict=True)
            ],
            batch_size=500,
        )
        return [unit.code for unit in units]

    def _last_serials(self) -> dict[int, int]:
        """By bureau: the highest serial number ever given; closed stations keep theirs."""
        serials: dict[int, int] = {}
        units = [unit.pk for unit in self.bureaus.values()]
        rows = Organisation.objects.filter(supervisor__in=units, kind=OrganisationKind.STATION)
        for bureau, unit_code in rows.values_list("supervisor_id", "code"):
            serial = int(unit_code.rpartition("-")[2])
            serials[bureau] = max(serials.get(bureau, 0), serial)
        return serials


def _fail_double_codes(table, named) -> None:
    seen: dict[str, int] = {}
    for row in named:
        if row.values["code"] in seen:
            first = seen[row.values["code"]]
            table.fail(row, "code", _("already stands in row %(row)s") % {"row": first})
        seen.setdefault(row.values["code"], row.number)


def as_rows(stations) -> list[dict]:
    """Stations as rows of the workbook, to be changed and handed in again."""
    return [
        {
            "code": row.code,
            "bureau": row.organisation.supervisor.code,
            "name_zh": row.organisation.name_zh,
            "name_en": row.organisation.name_en,
            "kind": row.get_kind_display(),
            "region": row.region.code,
            "head": row.head,
            "phone": row.phone,
            "address": row.address,
            "staff_count": row.staff_count,
            "founded_on": row.founded_on,
        }
        for row in stations
    ]
