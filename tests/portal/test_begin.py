"""The first day of a real portal: from an empty database to a system administrator who signs in."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AuditEvent, Organisation, User
from accounts.roles import Role
from accounts.services.people import create_first_person
from campaign.models import CalendarDay
from common.errors import WrongMoment
from stations.models import Station
from tests.access_matrix import read_table
from tests.factories import NOW, person, small_province

pytestmark = pytest.mark.django_db

DIVISIONS = """code,name,name_en,level,parent_code,directly_administered
410000,河南省,Henan,province,,0
410100,郑州市,Zhengzhou,prefecture,410000,0
410122,中牟县,Zhongmu,county,410100,0
410122100,城关镇,Chengguan,township,410122,0
"""


@pytest.fixture
def divisions(tmp_path):
    path = tmp_path / "divisions.csv"
    path.write_text(DIVISIONS, encoding="utf-8")
    return path


def begin(path, **changed):
    out = StringIO()
    given = {"name": "王五", "email": "wang@example.com", "divisions": path} | changed
    call_command("begin", "wangwu", stdout=out, **given)
    return out.getvalue()


def test_an_empty_database_gets_units_and_an_administrator_who_must_choose_a_password(divisions):
    text = begin(divisions)
    assert Organisation.objects.count() == 5
    assert Station.objects.count() == 2
    assert CalendarDay.objects.exists()
    (password,) = (
        line.split()[2] for line in text.splitlines() if line.startswith("initial password")
    )
    client = Client()
    signed_in = client.post(reverse("accounts:login"), {"username": "wangwu", "password": password})
    assert signed_in.status_code == 302
    assert client.get(reverse("portal:desk")).url.startswith(reverse("accounts:password"))
    person = User.objects.get()
    assert (person.is_demonstration, person.is_superuser, person.is_staff) == (False, False, False)
    acts = AuditEvent.objects.filter(target_id=str(person.pk), user=None).order_by("pk")
    assert [event.act for event in acts] == ["user.created", "user.role_added"]


@pytest.mark.one_database
def test_before_the_first_campaign_every_list_opens_or_says_why_not(divisions):
    begin(divisions)
    province, county = (Organisation.objects.get(code=code) for code in ("410000", "410122"))
    people = (
        person("p", province, Role.PROVINCE_ADMIN),
        person("c", county, Role.COUNTY_OFFICER),
    )
    statuses = {}
    for who in people:
        client = Client(raise_request_exception=False)
        client.force_login(who)
        for line in read_table():
            if line.method == "GET" and line.target == "-":
                status = client.get(reverse(line.url_name)).status_code
                statuses.setdefault(status, []).append(f"{line.url_name} {who}")
    assert statuses.keys() == {200, 302, 403, 404, 409}, statuses.get(500)
    assert len(statuses[200]) > 100


@pytest.mark.parametrize(
    "changed", [{"email": "nonsense"}, {"divisions": Path("/nowhere.csv")}], ids=["email", "file"]
)
def test_what_is_wrong_is_told_and_nothing_is_left(divisions, changed):
    with pytest.raises(CommandError):
        begin(divisions, **changed)
    assert not Organisation.objects.exists()
    assert not User.objects.exists()


def test_it_begins_once_and_never_in_a_demonstration(divisions):
    with override_settings(DEMONSTRATION=True), pytest.raises(CommandError, match="demonstration"):
        begin(divisions)
    begin(divisions)
    with pytest.raises(CommandError, match="not empty"):
        begin(divisions)
    assert User.objects.count() == 1


def test_the_first_account_is_the_first():
    world = small_province()
    with pytest.raises(WrongMoment):
        create_first_person(
            username="x", organisation=world.province, now=NOW, name="x", email="", phone=""
        )
