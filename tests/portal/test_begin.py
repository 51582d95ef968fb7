"""The first day of a real portal: from an empty database to a system administrator who signs in."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import AuditEvent, Organisation, User
from accounts.services.people import create_first_person
from campaign.models import CalendarDay
from common.errors import WrongMoment
from stations.models import Station
from tests.factories import NOW, small_province

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
