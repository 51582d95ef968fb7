"""A unit's list of daily scores: from a workbook, with a file, signed off."""

import hashlib
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from common.errors import Denied, WrongMoment
from scoring.imports import DAILY_COLUMNS
from scoring.models import DailyAssessment, DailyList
from scoring.services.daily import give_daily_score
from scoring.services.daily_lists import reopen_daily_list, sign_daily_list
from tests.factories import NOW, small_province

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    return small_province()


def workbook(*rows, head=("代码", "站所", "得分", "依据")):
    book = Workbook()
    book.active.append(list(head))
    for row in rows:
        book.active.append(list(row))
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile("scores.xlsx", target.getvalue())


def head_of(client):
    """The headings as the template writes them."""
    content = client.get(reverse("scoring:daily-template")).content
    return [cell.value for cell in load_workbook(BytesIO(content)).active[1]]


def test_a_prefecture_hands_its_whole_list_in(world, client):
    client.force_login(world.prefecture_assessor)
    address, head = reverse("scoring:daily-import"), head_of(client)
    book = workbook(
        ("410122-1", "", 91.5, "日常检查记录"),
        ("410122-2", "", None, ""),
        ("410185-1", "", "88", "日常检查记录"),
        head=head,
    )
    page = client.post(address, {"workbook": book})
    assert page.context["errors"] == []
    assert DailyAssessment.objects.count() == 0
    assert client.post(address, {"token": page.context["token"]}).status_code == 302
    code = "enrolment__station__organisation__code"
    given = dict(DailyAssessment.objects.values_list(code, "score"))
    # An empty cell gives nothing, never 0.
    assert given == {"410122-1": Decimal("91.5"), "410185-1": Decimal(88)}


def test_every_fault_is_named_and_nothing_saved(world, client):
    client.force_login(world.prefecture_assessor)
    address, head = reverse("scoring:daily-import"), head_of(client)
    page = client.post(
        address, {"workbook": workbook(("410122-1", "", 101, "日常检查记录"), head=head)}
    )
    assert [error.row for error in page.context["errors"]] == [2]
    page = client.post(
        address,
        {
            "workbook": workbook(
                ("410122-1", "", 90, "日常检查记录"),
                ("410221-1", "", 90, "日常检查记录"),  # another prefecture's
                ("410185-1", "", 90, "无"),  # no basis
                head=head,
            )
        },
    )
    assert [error.row for error in page.context["errors"]] == [3, 4]
    assert "token" not in page.context
    assert DailyAssessment.objects.count() == 0


def test_unknown_codes_and_unreadable_cells_are_told_at_once(world, client):
    """What was wrong with a cell is the only thing told of it: no second reason hides the first."""
    client.force_login(world.prefecture_assessor)
    address, head = reverse("scoring:daily-import"), head_of(client)
    rows = [
        ("410122-9", "", "九十", "日常检查记录"),  # no such station, and no number
        ("410221-1", "", 90, "无"),  # another prefecture's, and no basis
        ("410122-1", "", 101, "x" * 2001),  # both cells unreadable: no third error of the basis
        ("410122-1", "", 90, "日常检查记录"),  # a double
        (None, "", 90, "日常检查记录"),  # a code is missing, and is not "unknown" besides
        ("410185-1", "", 90, "日常检查记录"),
    ]
    page = client.post(address, {"workbook": workbook(*rows, head=head)})
    code, score, basis = (str(DAILY_COLUMNS[place].label) for place in (0, 2, 3))
    assert [(error.row, error.column) for error in page.context["errors"]] == [
        (2, score), (2, code), (3, code), (3, basis), (4, score), (4, basis), (5, code), (6, code),
    ]  # fmt: skip
    assert page.context["changes"] == [] and "token" not in page.context


def give(world, score="90", now=NOW):
    row = DailyAssessment.objects.filter(enrolment=world.brigade_enrolment, part="county").first()
    return give_daily_score(
        enrolment=world.brigade_enrolment,
        part="county",
        score=Decimal(score),
        basis="日常检查记录",
        by=world.county_assessor,
        now=now,
        expected_version=row.version if row else 0,
    )


def test_a_signed_list_stands_until_the_province_opens_it(world):
    give(world)
    signed = sign_daily_list(campaign=world.campaign, by=world.county_assessor, now=NOW)
    assert signed.score_count == 1
    assert signed.digest == hashlib.sha256(b"410122-1 90.00\n").hexdigest()
    with pytest.raises(WrongMoment):
        give(world, "80")
    with pytest.raises(Denied):
        reopen_daily_list(row=signed, reason="更正", by=world.prefecture_officer, now=NOW)
    reopen_daily_list(row=signed, reason="更正", by=world.province_officer, now=NOW)
    assert give(world, "80").score == 80
    # The prefecture's list is its own.
    assert not DailyList.objects.signed(world.campaign, world.prefecture)


def test_the_file_behind_a_score_is_kept_and_read_in_scope(world, client):
    client.force_login(world.county_assessor)
    address = reverse("scoring:daily-edit", args=[world.brigade_enrolment.pk])
    form = {"score": "90", "basis": "日常检查记录", "version": 0}
    wrong = client.post(address, form | {"file": SimpleUploadedFile("x.pdf", b"MZ not a pdf")})
    assert "file" in wrong.context["form"].errors
    right = form | {"file": SimpleUploadedFile("x.pdf", PDF)}
    assert client.post(address, right).status_code == 302
    row = DailyAssessment.objects.get()
    assert row.file_sha256 == hashlib.sha256(PDF).hexdigest()
    page = reverse("scoring:daily-file", args=[row.pk])
    for who, status in (
        ("county_assessor", 200),
        ("prefecture_officer", 200),
        ("prefecture_assessor", 403),
        ("station_officer", 403),
        ("other_prefecture_officer", 404),
    ):
        client.force_login(getattr(world, who))
        assert client.get(page).status_code == status, who
