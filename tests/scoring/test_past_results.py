"""Results of years before the portal, from a workbook: previewed, all or nothing, told by row."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from scoring.models import PastResult
from tests.factories import small_province

pytestmark = pytest.mark.django_db
IMPORT = "scoring:past-import"
# Station, name, year, composite, rank, of how many, grade, backward, circulated, source.
GOOD = ("410122-1", "", 2013, 88.5, 3, 159, "", "", "", "豫纠办〔2013〕9号")
OTHER = ("410181-1", "", 2013, None, None, None, "", "", "", "豫纠办〔2013〕9号")


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    return small_province()


def send(client, *rows):
    template = client.get(reverse("scoring:past-template")).content
    book, target = Workbook(), BytesIO()
    book.active.append([cell.value for cell in load_workbook(BytesIO(template)).active[1]])
    for row in rows:
        book.active.append(list(row))
    book.save(target)
    return client.post(
        reverse(IMPORT), {"workbook": SimpleUploadedFile("past.xlsx", target.getvalue())}
    )


def test_results_are_previewed_and_then_saved(world, client):
    client.force_login(world.province_admin)
    page = send(client, GOOD, OTHER)
    assert page.context["errors"] == []
    assert not PastResult.objects.exists()
    assert client.post(reverse(IMPORT), {"token": page.context["token"]}).status_code == 302
    rows = {row.station.code: row for row in PastResult.objects.all()}
    first = rows["410122-1"]
    assert (first.year, first.composite, first.rank_kind, first.ranked_in_kind) == (
        2013, Decimal("88.5"), 3, 159,
    )  # fmt: skip
    # What the workbook does not say is missing, not 0.
    assert rows["410181-1"].composite is None


def test_the_same_year_again_replaces_it(world, client):
    client.force_login(world.province_admin)
    for composite in (88.5, 91):
        page = send(client, (*GOOD[:3], composite, *GOOD[4:]))
        client.post(reverse(IMPORT), {"token": page.context["token"]})
    assert PastResult.objects.get().composite == 91


@pytest.mark.parametrize(
    "wrong",
    [
        ("999999-9", *GOOD[1:]),
        (*GOOD[:2], 2014, *GOOD[3:]),
        (*GOOD[:3], 100.01, *GOOD[4:]),
        GOOD,
        (*GOOD[:9], ""),
    ],
    ids=["unknown station", "this year", "more than 100", "twice", "no source"],
)
def test_one_wrong_row_stops_all_and_is_named(world, client, wrong):
    client.force_login(world.province_admin)
    page = send(client, GOOD, wrong)
    assert {error.row for error in page.context["errors"]} == {3}
    assert not page.context.get("token")
    assert not PastResult.objects.exists()


def test_nobody_below_the_province_writes_the_past(world, client):
    client.force_login(world.prefecture_officer)
    assert client.get(reverse(IMPORT)).status_code == 403
    client.force_login(world.province_admin)
    assert client.get(reverse(IMPORT)).status_code == 200


def test_unknown_codes_and_unreadable_cells_are_told_at_once(world, client):
    client.force_login(world.province_admin)
    unknown = ("410122-9", "", "去年", *GOOD[3:])
    page = send(client, unknown, GOOD, (*GOOD[:2], 2014, *GOOD[3:]))
    assert [error.row for error in page.context["errors"]] == [2, 2, 4]
    assert "token" not in page.context
