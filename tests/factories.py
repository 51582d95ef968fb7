"""A small province for tests: the shapes that matter, and one person for each role.

410000 province
  410100 prefecture ── 410122 county ── 410122-1 brigade, 410122-2 township station
                    └─ 410185 county ── 410185-1 brigade
  410200 prefecture ── 410221 county ── 410221-1 brigade
  410181 directly administered county ── 410181-1 brigade
  419001 prefecture without counties ── 419001-1 brigade
"""

from datetime import date, datetime
from types import SimpleNamespace

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Membership, Organisation, User
from accounts.roles import Role
from campaign.models import (
    Activity,
    Campaign,
    CampaignState,
    Enrolment,
    Obligation,
    ObligationKind,
    ObligationRule,
    Phase,
    PhaseActivity,
    PhaseKind,
    ReminderStep,
)
from campaign.services.obligations import due_days, obligations_of
from evaluations.models import Area, Criterion, Inspector, Standard
from stations.models import Region, RegionLevel, Station, StationKind

# In the pool of every authority.
INSPECTORS = ("A", "B", "甲", "乙", "张三", "李四")
PASSWORD = "demo-2014"
PASSWORD_HASH = make_password(PASSWORD, hasher="md5")


def at(text: str) -> datetime:
    """A local moment: `at("2014-10-25 09:00")`."""
    return timezone.make_aware(datetime.fromisoformat(text))


NOW = at("2014-10-25 09:00")


def organisation(code, kind, supervisor=None):
    path = f"{supervisor.path if supervisor else ''}{code}/"
    return Organisation.objects.create(
        code=code,
        kind=kind,
        name_zh=f"单位{code}",
        name_en=f"Unit {code}",
        supervisor=supervisor,
        path=path,
    )


def station(bureau, serial, kind=StationKind.TOWNSHIP):
    unit = organisation(f"{bureau.code}-{serial}", "station", bureau)
    region, _ = Region.objects.get_or_create(
        code=bureau.code,
        defaults={"name_zh": f"区划{bureau.code}", "level": RegionLevel.COUNTY},
    )
    return Station.objects.create(
        organisation=unit, kind=kind, region=region, head="张三", phone="0371-12345678"
    )


def person(username, unit, role, **fields):
    (user,) = people({username: (unit, role)}, **fields)
    return user


def people(places, **fields) -> list[User]:
    """Users with one membership each. `places`: user name → (organisation, role)."""
    users = User.objects.bulk_create(
        User(
            username=username,
            name=username,
            password=PASSWORD_HASH,
            email=f"{username}@example.com",
            **fields,
        )
        for username in places
    )
    Membership.objects.bulk_create(
        Membership(user=user, organisation=unit, role=role)
        for user, (unit, role) in zip(users, places.values(), strict=True)
    )
    return users


def campaign(year=2014, state=CampaignState.OPEN):
    """The notice's campaign with its phases, due days, reminder steps and a standard of two areas,
    three criteria, 10 points."""
    row = Campaign.objects.create(
        year=year,
        title_zh=f"{year}年创建群众满意基层站所活动",
        title_en=f"{year} campaign",
        document_number="豫安监管办〔2014〕117号",
        notice="通知",
        state=state,
    )
    phases = {
        PhaseKind.MOBILISATION: (date(year, 8, 1), date(year, 8, 20)),
        PhaseKind.IMPLEMENTATION: (date(year, 8, 21), date(year, 10, 31)),
        PhaseKind.ASSESSMENT: (date(year, 11, 1), date(year, 11, 30)),
    }
    early = {Activity.ENROL, Activity.PLAN, Activity.COMMIT}
    allowed = {
        PhaseKind.MOBILISATION: early,
        PhaseKind.IMPLEMENTATION: set(Activity) - {Activity.SUMMARY, Activity.RESULTS},
        PhaseKind.ASSESSMENT: {
            Activity.RECTIFY,
            Activity.QUESTIONNAIRE,
            Activity.DAILY,
            Activity.SCORE,
            Activity.SPOT_CHECK,
            Activity.SUMMARY,
            Activity.RESULTS,
        },
    }
    for kind, (starts_on, ends_on) in phases.items():
        phase = Phase.objects.create(campaign=row, kind=kind, starts_on=starts_on, ends_on=ends_on)
        PhaseActivity.objects.bulk_create(
            PhaseActivity(phase=phase, activity=activity) for activity in allowed[kind]
        )
    fixed = {
        ObligationKind.REGISTRY: date(year, 8, 20),
        ObligationKind.PLAN: date(year, 8, 31),
        ObligationKind.COMMITMENTS: date(year, 8, 31),
        ObligationKind.SELF_INSPECTION: date(year, 9, 30),
        ObligationKind.ACCEPTANCE: date(year, 10, 31),
        ObligationKind.DAILY_SCORE: date(year, 11, 30),
        ObligationKind.SUMMARY: date(year, 11, 30),
    }
    working = {
        ObligationKind.RECEIPT: 5,
        ObligationKind.OPINION: 15,
        ObligationKind.WRITTEN_REPLY: 5,
        ObligationKind.RECTIFICATION: 15,
        ObligationKind.OBJECTION: 5,
        ObligationKind.RECHECK: 10,
        ObligationKind.LEAD: 15,
    }
    ObligationRule.objects.bulk_create(
        [ObligationRule(campaign=row, kind=kind, due_on=day) for kind, day in fixed.items()]
        + [
            ObligationRule(campaign=row, kind=kind, unit="working", days=days)
            for kind, days in working.items()
        ]
    )
    ReminderStep.objects.bulk_create(
        [ReminderStep(campaign=row, offset_days=offset) for offset in (-7, -3, -1, 0, 1)]
        + [ReminderStep(campaign=row, offset_days=3, repeat_days=7)]
    )
    standard = Standard.objects.create(campaign=row, version=1, total=10, frozen_at=NOW)
    position = 0
    for number, name, points in ((1, "落实承诺", ("3.0", "2.0")), (2, "依法办事", ("5.0",))):
        area = Area.objects.create(standard=standard, number=number, name_zh=name, name_en=name)
        for item, value in enumerate(points, 1):
            position += 1
            Criterion.objects.create(
                area=area,
                number=f"{number}.{item}",
                position=position,
                name_zh=f"指标{number}.{item}",
                name_en=f"Criterion {number}.{item}",
                points=value,
                check_method="查阅资料",
                deduction_rule="每缺1项扣1分",
                veto=number == 2,
            )
    return row


def enrolment(row_campaign, row_station, due=None):
    """An enrolment with its obligations, without the service's checks. `due`: what is owed when,
    where it is known."""
    row = Enrolment.objects.create(campaign=row_campaign, station=row_station, enrolled_at=NOW)
    row = Enrolment.objects.with_station().get(pk=row.pk)
    # Without an act, as all rows here.
    Obligation.objects.bulk_create(obligations_of(row, due or due_days(row_campaign)))
    return row


def small_province():
    """The tree above with one person for each role; every station enrolled in the 2014 campaign."""
    province = organisation("410000", "province")
    prefecture = organisation("410100", "prefecture", province)
    other_prefecture = organisation("410200", "prefecture", province)
    jiyuan = organisation("419001", "prefecture", province)
    county = organisation("410122", "county", prefecture)
    sibling_county = organisation("410185", "county", prefecture)
    other_county = organisation("410221", "county", other_prefecture)
    direct_county = organisation("410181", "county", province)
    world = SimpleNamespace(
        province=province,
        prefecture=prefecture,
        other_prefecture=other_prefecture,
        jiyuan=jiyuan,
        county=county,
        sibling_county=sibling_county,
        other_county=other_county,
        direct_county=direct_county,
        brigade=station(county, 1, StationKind.BRIGADE),
        township=station(county, 2),
        sibling_brigade=station(sibling_county, 1, StationKind.BRIGADE),
        other_brigade=station(other_county, 1, StationKind.BRIGADE),
        direct_brigade=station(direct_county, 1, StationKind.BRIGADE),
        jiyuan_brigade=station(jiyuan, 1, StationKind.BRIGADE),
        campaign=campaign(),
    )
    places = {
        "province_admin": (province, Role.PROVINCE_ADMIN),
        "province_officer": (province, Role.PROVINCE_OFFICER),
        "prefecture_officer": (prefecture, Role.PREFECTURE_OFFICER),
        "other_prefecture_officer": (other_prefecture, Role.PREFECTURE_OFFICER),
        "jiyuan_officer": (jiyuan, Role.PREFECTURE_OFFICER),
        "county_officer": (county, Role.COUNTY_OFFICER),
        "sibling_county_officer": (sibling_county, Role.COUNTY_OFFICER),
        "direct_county_officer": (direct_county, Role.COUNTY_OFFICER),
        "station_officer": (world.brigade.organisation, Role.STATION_OFFICER),
        "township_officer": (world.township.organisation, Role.STATION_OFFICER),
        "province_assessor": (province, Role.ASSESSOR),
        "prefecture_assessor": (prefecture, Role.ASSESSOR),
        "county_assessor": (county, Role.ASSESSOR),
        "leader": (province, Role.LEADER),
        "auditor": (province, Role.AUDITOR),
        "system_admin": (province, Role.SYSTEM_ADMIN),
    }
    for user in people(places):
        setattr(world, user.username, user)
    due = due_days(world.campaign)
    for name in ("brigade", "township", "sibling_brigade", "other_brigade", "direct_brigade"):
        setattr(world, f"{name}_enrolment", enrolment(world.campaign, getattr(world, name), due))
    Inspector.objects.bulk_create(
        Inspector(pool=authority, unit=authority, name=name)
        for authority in (province, prefecture, other_prefecture, jiyuan)
        for name in INSPECTORS
    )
    world.jiyuan_enrolment = enrolment(world.campaign, world.jiyuan_brigade, due)
    return world
