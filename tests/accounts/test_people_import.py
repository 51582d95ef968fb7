"""People from a workbook: preview, all or nothing, initial passwords shown once."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.people_sheets import COLUMNS
from common.sheet_templates import write_template
from tests.factories import small_province

pytestmark = pytest.mark.django_db
GOOD = [
    {"username": "wang", "name": "王五", "organisation": "410122", "role": "county_officer"},
    {"username": "zhao", "name": "赵六", "organisation": "410122-1", "role": "station_officer"},
]


@pytest.fixture
def world(client):
    world = small_province()
    client.force_login(world.system_admin)
    return world


def workbook(rows):
    target = io.BytesIO()
    write_template(target, title="账号", columns=COLUMNS, rows=rows)
    return SimpleUploadedFile("people.xlsx", target.getvalue())


def upload(client, rows):
    return client.post(reverse("accounts:people-import"), {"workbook": workbook(rows)})


def test_nothing_is_saved_before_the_confirmation_and_all_by_it(world, client):
    page = upload(client, GOOD)
    assert page.context["changes"][0][1] == 2
    assert not User.objects.filter(username="wang").exists()
    token = page.context["token"]
    page = client.post(reverse("accounts:people-import"), {"token": token})
    (wang, password), (zhao, _other) = page.context["created"]
    assert password in page.content.decode()
    assert wang.memberships.get().role == "county_officer"
    assert zhao.memberships.get().organisation.code == "410122-1"
    assert authenticate(HttpRequest(), username="wang", password=password).must_change_password
    assert AuditEvent.objects.get(act="users.imported").after == {"count": 2}
    assert AuditEvent.objects.filter(act="user.created").count() == 2
    # Sent again, the page finds nothing to save.
    again = client.post(reverse("accounts:people-import"), {"token": token})
    assert again.status_code == 409


@pytest.mark.parametrize(
    "role",
    [
        "县（市、区）局工作人员",
        "县(市、区)局工作人员",
        "县(市,区)局工作人员",
        "县 （市，区） 局工作人员",
    ],
)
def test_a_role_is_taken_with_brackets_and_commas_of_either_width(world, client, role):
    page = upload(client, [GOOD[0] | {"role": role}])
    client.post(reverse("accounts:people-import"), {"token": page.context["token"]})
    assert User.objects.get(username="wang").memberships.get().role == "county_officer"


def test_every_fault_is_named_and_one_stops_all(world, client):
    page = upload(
        client,
        [
            GOOD[0],
            GOOD[0],
            GOOD[0] | {"username": "county_officer"},
            GOOD[0] | {"username": "b", "organisation": "999999"},
            GOOD[0] | {"username": "c", "role": "station_officer"},
        ],
    )
    assert {(error.row, error.column) for error in page.context["errors"]} == {
        (3, str(COLUMNS[0].label)),
        (4, str(COLUMNS[0].label)),
        (5, str(COLUMNS[4].label)),
        (6, str(COLUMNS[5].label)),
    }
    assert "token" not in page.context
    assert not User.objects.filter(username="wang").exists()


def test_cells_against_the_rules_are_named(world, client):
    bad = GOOD[0] | {"username": "王 五!", "email": "x", "role": "king"}
    page = upload(client, [bad])
    columns = {error.column for error in page.context["errors"]}
    assert columns == {str(COLUMNS[number].label) for number in (0, 2, 5)}


def test_unknown_units_and_unreadable_cells_are_told_at_once(world, client):
    bad = GOOD[0] | {"username": "b", "organisation": "999999", "role": "king"}
    page = upload(client, [bad, GOOD[0] | {"username": "county_officer"}])
    assert {(error.row, error.column) for error in page.context["errors"]} == {
        (2, str(COLUMNS[4].label)),
        (2, str(COLUMNS[5].label)),
        (3, str(COLUMNS[0].label)),
    }
