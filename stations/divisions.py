"""Loading a province: divisions, the units that supervise, and a station for each place.

Supervision is not the code's parent: a directly administered county hangs under the province, and
a prefecture without counties (Jiyuan) is itself the bureau of its stations.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from stations.models import Region, RegionLevel, Station, StationKind


@dataclass(frozen=True)
class Division:
    """A row of the divisions file."""

    code: str
    name: str
    name_en: str
    level: str
    parent_code: str
    directly_administered: bool

    @property
    def region_level(self) -> str:
        """By the last three digits: 0xx street, 1xx town, 2xx and 3xx township."""
        if self.level != "township":
            return self.level
        return {"0": RegionLevel.STREET, "1": RegionLevel.TOWN}.get(
            self.code[6], RegionLevel.TOWNSHIP
        )


def read_divisions(path: Path) -> list[Division]:
    """The rows of a divisions file, in its order (parents before children)."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Division(
                code=row["code"],
                name=row["name"],
                name_en=row["name_en"],
                level=row["level"],
                parent_code=row["parent_code"],
                directly_administered=row["directly_administered"] == "1",
            )
            for row in csv.DictReader(file)
        ]


@transaction.atomic
def load_divisions(divisions: list[Division], now: datetime) -> None:
    """Create regions, bureaus and stations: a brigade for each county (and for a prefecture without
    counties), a station for each town and township; streets are left out, as the notice names
    乡镇 only."""
    regions = _load_regions(divisions)
    bureaus = _load_bureaus(divisions)
    _load_stations(divisions, regions, bureaus)
    stations = list(Station.objects.all())
    audit.record(
        by=None,
        act="divisions.loaded",
        now=now,
        after={"stations": len(stations)},
        rows=[*Region.objects.all(), *Organisation.objects.all(), *stations],
    )


def _load_regions(divisions):
    regions = {}
    for levels in (("province",), ("prefecture",), ("county",), ("township",)):
        batch = [
            Region(
                code=row.code,
                name_zh=row.name,
                name_en=row.name_en,
                level=row.region_level,
                parent=regions.get(row.parent_code),
            )
            for row in divisions
            if row.level in levels
        ]
        Region.objects.bulk_create(batch, batch_size=1000)
        regions |= {region.code: region for region in batch}
    return regions


def _load_bureaus(divisions):
    province_code = next(row.code for row in divisions if row.level == "province")
    units = {}
    for level in (OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE, OrganisationKind.COUNTY):
        batch = []
        for row in divisions:
            if row.level != level:
                continue
            above = province_code if row.directly_administered else row.parent_code
            supervisor = units.get(above)
            batch.append(
                Organisation(
                    code=row.code,
                    kind=level,
                    name_zh=f"{row.name}安全监管局",
                    name_en=f"{row.name_en} Work Safety Bureau",
                    supervisor=supervisor,
                    path=f"{supervisor.path if supervisor else ''}{row.code}/",
                )
            )
        Organisation.objects.bulk_create(batch)
        units |= {unit.code: unit for unit in batch}
    return units


def _load_stations(divisions, regions, bureaus):
    with_counties = {row.parent_code for row in divisions if row.level == "county"}
    places = {}
    for row in divisions:
        if row.level == "township" and row.region_level != RegionLevel.STREET:
            places.setdefault(row.parent_code, []).append(row)
    units, kinds = [], []
    for row in divisions:
        if row.level == "county" or row.level == "prefecture" and row.code not in with_counties:
            bureau = bureaus[row.code]
            units.append(_station_unit(bureau, 1, f"{row.name}安全生产执法监察大队", row.name_en))
            kinds.append((StationKind.BRIGADE, regions[row.code]))
            for serial, place in enumerate(places.get(row.code, []), 2):
                name_en = f"{place.name_en}, {row.name_en}"
                units.append(
                    _station_unit(bureau, serial, f"{row.name}{place.name}安监站", name_en)
                )
                kinds.append((StationKind.TOWNSHIP, regions[place.code]))
    Organisation.objects.bulk_create(units, batch_size=1000)
    Station.objects.bulk_create(
        [
            Station(organisation=unit, kind=kind, region=region)
            for unit, (kind, region) in zip(units, kinds, strict=True)
        ],
        batch_size=1000,
    )


def _station_unit(bureau, serial, name_zh, place_en):
    code = f"{bureau.code}-{serial}"
    suffix = "Enforcement Brigade" if serial == 1 else "Station"
    return Organisation(
        code=code,
        kind=OrganisationKind.STATION,
        name_zh=name_zh,
        name_en=f"{place_en} {suffix}" if serial == 1 else f"{suffix} of {place_en}",
        supervisor=bureau,
        path=f"{bureau.path}{code}/",
    )
