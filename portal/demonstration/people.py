"""The demonstration's people: one for every unit and role, all with one known password.

Such accounts sign in in demonstration mode only (accounts.backends).
"""

import random
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import audit
from accounts.models import Membership, Organisation, OrganisationKind, User
from accounts.roles import Role
from stations.models import Station

PASSWORD = "demo-2014"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉建国志文斌宇浩亮红波辉力健世广"


def person_name(rng: random.Random) -> str:
    """A made-up name."""
    given = "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2))))
    return rng.choice(SURNAMES) + given


@transaction.atomic
def create_people(rng: random.Random, now: datetime) -> None:
    """Create the accounts that the sign-in list names."""
    # One hash for all: two thousand slow hashes would take minutes and protect nothing.
    password = make_password(PASSWORD)
    province = Organisation.objects.get(kind=OrganisationKind.PROVINCE)
    wanted = [
        ("province", province, Role.PROVINCE_OFFICER, "省局工作人员"),
        ("province-admin", province, Role.PROVINCE_ADMIN, "省局纠风办管理员"),
        (f"assessor-{province.code}", province, Role.ASSESSOR, "省政府纠风办考核员"),
        ("leader", province, Role.LEADER, "分管领导"),
        ("auditor", province, Role.AUDITOR, "审计员"),
        ("sysadmin", province, Role.SYSTEM_ADMIN, "系统管理员"),
    ]
    roles = {
        OrganisationKind.PREFECTURE: ("prefecture", Role.PREFECTURE_OFFICER),
        OrganisationKind.COUNTY: ("county", Role.COUNTY_OFFICER),
        OrganisationKind.STATION: ("station", Role.STATION_OFFICER),
    }
    for unit in Organisation.objects.exclude(kind=OrganisationKind.PROVINCE).order_by("path"):
        prefix, role = roles[unit.kind]
        wanted.append((f"{prefix}-{unit.code}", unit, role, person_name(rng)))
        if unit.kind != OrganisationKind.STATION:
            wanted.append((f"assessor-{unit.code}", unit, Role.ASSESSOR, person_name(rng)))
    users = User.objects.bulk_create(
        [
            User(
                username=username,
                name=name,
                password=password,
                email=f"{username}@henan.example",
                is_demonstration=True,
            )
            for username, _unit, _role, name in wanted
        ],
        batch_size=1000,
    )
    Membership.objects.bulk_create(
        [
            Membership(user=user, organisation=unit, role=role)
            for user, (_username, unit, role, _name) in zip(users, wanted, strict=True)
        ],
        batch_size=1000,
    )
    audit.record(by=None, act="users.imported", now=now, after={"count": len(users)}, rows=users)


def fill_stations(rng: random.Random, now: datetime) -> None:
    """Give every station a head, a phone, an address, a staff and a founding day."""
    stations = list(Station.objects.select_related("region", "organisation"))
    for station in stations:
        station.head = person_name(rng)
        station.phone = f"0{rng.randint(370, 398)}-{rng.randint(2_000_000, 8_999_999)}"
        station.address = f"{station.region.name_zh}人民路{rng.randint(1, 200)}号"
        station.staff_count = rng.randint(3, 18)
    Station.objects.bulk_update(
        stations, ["head", "phone", "address", "staff_count"], batch_size=500
    )
    audit.record(
        by=None,
        act="stations.imported",
        now=now,
        after={"added": [], "changed": len(stations)},
        rows=stations,
    )
