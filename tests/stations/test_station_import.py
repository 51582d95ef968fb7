"""Station lists from workbooks: known codes change, rows without a code are new, all or nothing."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from stations.models import Region, RegionLevel, Station
from tests.factories import small_province

pytestmark = pytest.mark.django_db
HEADINGS = [
    "station code", "code of the unit above", "name in Chinese", "name in English", "kind",
    "region code", "head", "supervision phone", "address", "staff", "founded on",
]  # fmt: skip
KNOWN = [
    "410122-2", "410122", "单位410122-2", "", "township", "410122", "王五", "0371-62160001",
    "路1号", 5, "2009-05-01",
]  # fmt: skip
NEW = [
    "", "410122", "白沙镇安监站", "", "township", "410122100", "赵六", "13800000000", "", "", "",
]  # fmt: skip


@pytest.fixture
def world():
    world = small_province()
    county = Region.objects.get(code="410122")
    Region.objects.create(code="410122100", name_zh="白沙镇", level=RegionLevel.TOWN, parent=county)
    return world


def workbook(*rows, headings=HEADINGS):
    book, target = Workbook(), io.BytesIO()
    book.active.append(headings)
    for row in rows:
        book.active.append(row)
    book.save(target)
    return SimpleUploadedFile("stations.xlsx", target.getvalue())


def upload(client, *rows):
    return client.post(reverse("stations:import"), {"workbook": workbook(*rows)})


def confirm(client, page):
    return client.post(reverse("stations:import"), {"token": page.context["token"]})


def test_a_list_is_previewed_and_then_saved_whole(client, world):
    client.force_login(world.county_officer)
    page = upload(client, KNOWN, NEW)
    assert [value for _label, value in page.context["changes"]] == [1, 1, 0]
    assert Station.objects.get(organisation__code="410122-2").head == "张三"
    assert confirm(client, page).status_code == 302
    known = Station.objects.get(organisation__code="410122-2")
    assert (known.head, known.staff_count, known.version) == ("王五", 5, 2)
    new = Station.objects.get(organisation__code="410122-3")
    assert (new.name, new.region.code, new.organisation.path) == (
        "白沙镇安监站", "410122100", "410000/410100/410122/410122-3/",
    )  # fmt: skip
    assert confirm(client, page).status_code == 409


def test_a_new_name_is_kept_with_the_old_one(client, world):
    client.force_login(world.county_officer)
    row = KNOWN[:2] + ["刘集镇安监站"] + KNOWN[3:]
    confirm(client, upload(client, row))
    station = Station.objects.get(organisation__code="410122-2")
    assert (station.name, station.changes.get().name_zh_before) == (
        "刘集镇安监站", "单位410122-2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "heading"),
    [
        (0, "410122-9", "station code"),
        (0, "410185-1", "station code"),
        (1, "410185", "code of the unit above"),
        (2, "单位410122-1", "name in Chinese"),
        (4, "省局", "kind"),
        (5, "410185", "region code"),
        (7, "12", "supervision phone"),
        (9, "-1", "staff"),
        (10, "2099-01-01", "founded on"),
    ],
)
def test_a_fault_is_named_by_row_and_column_and_nothing_is_saved(
    client, world, place, value, heading
):
    world.county_officer.language = "en"
    client.force_login(world.county_officer)
    bad = [*KNOWN]
    bad[place] = value
    page = client.post(
        reverse("stations:import"),
        {"workbook": workbook(NEW, bad)},
        headers={"accept-language": "en"},
    )
    assert "token" not in page.context
    assert (3, heading) in {(error.row, error.column) for error in page.context["errors"]}
    assert {error.row for error in page.context["errors"]} == {3}
    assert Station.objects.count() == 6


def test_rows_that_repeat_each_other_are_faults(client, world):
    client.force_login(world.county_officer)
    page = upload(client, NEW, NEW)
    assert [error.row for error in page.context["errors"]] == [3]


def test_the_template_holds_what_is_there_and_can_be_handed_in_again(client, world):
    client.force_login(world.county_officer)
    response = client.get(reverse("stations:import-template"))
    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["410122-1", "410122-2"]
    again = client.post(
        reverse("stations:import"),
        {"workbook": SimpleUploadedFile("x.xlsx", response.content)},
    )
    assert again.context["errors"] == []
    assert [value for _label, value in again.context["changes"]] == [0, 0, 2]


def test_unknown_codes_and_unreadable_cells_are_told_at_once(client, world):
    client.force_login(world.county_officer)
    unread = [*KNOWN]
    unread[9] = "-1"
    unread[0] = "410122-9"
    gone = [*NEW]
    gone[5] = "410185"
    page = upload(client, unread, gone)
    # The name of row 2 belongs to the station whose code is mistyped.
    assert [error.row for error in page.context["errors"]] == [2, 2, 2, 3]
    assert "token" not in page.context and page.context["changes"] == []
