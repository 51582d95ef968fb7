"""Upload, preview, confirm: all or nothing, once, by the same person, checked again at the end."""

import io
import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook

from common import sheets
from common.errors import WrongMoment
from common.models import Heartbeat
from common.sheet_pages import KEPT, SheetImport, import_page, stage, staged, sweep_staged
from common.sheets import Column
from tests.factories import small_province

pytestmark = pytest.mark.django_db
COLUMNS = (Column("code", "代码", sheets.code, required=True),)


@pytest.fixture
def world():
    return small_province()


def heartbeats():
    """An import that writes a heartbeat for each row; a code that is there already is an error."""

    def plan(table):
        table.fail_doubles("code")
        for row in table.rows:
            if Heartbeat.objects.filter(name=row.values["code"]).exists():
                table.fail(row, "code", "已有")
        return [("新增", len(table.rows))]

    def apply(table):
        for row in table.rows:
            Heartbeat.objects.create(name=row.values["code"], at=timezone.now())
        return "已导入"

    return SheetImport(
        kind="heartbeats",
        title="导入",
        columns=COLUMNS,
        plan=plan,
        apply=apply,
        back="/desk/",
        template="/template/",
    )


def upload(*codes):
    book = Workbook()
    for value in ("代码", *codes):
        book.active.append([value])
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile("表.xlsx", target.getvalue())


def send(rf, user, data=None, what=None):
    request = rf.post("/", data) if data is not None else rf.get("/")
    request.user, request.session = user, {}
    request._messages = FallbackStorage(request)
    response = import_page(request, what or heartbeats())
    response.told = [str(message) for message in get_messages(request)]
    return response


def token_of(response):
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def test_a_preview_saves_nothing_and_the_confirmation_saves_all(rf, world):
    shown = send(rf, world.county_officer, {"workbook": upload("a", "b")})
    assert Heartbeat.objects.count() == 0
    done = send(rf, world.county_officer, {"token": token_of(shown)})
    assert (done.status_code, done.url, done.told) == (302, "/desk/", ["已导入"])
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"a", "b"}


def test_a_preview_shows_how_the_first_rows_were_read(rf, world):
    codes = [f"c{number}" for number in range(1, 13)]
    page = send(rf, world.county_officer, {"workbook": upload(*codes)}).content.decode()
    read = re.findall(r'<td class="number">(\d+)</td><td>(\w+)</td>', page)
    assert read == [(str(number + 1), f"c{number}") for number in range(1, 11)]
    assert 'class="number">' not in send(rf, world.county_officer).content.decode()


def test_a_choice_is_shown_by_its_label_and_nothing_as_nothing():
    plain, chosen = Column("a", "甲"), Column("b", "乙", choices=((True, "是"), (False, "否")))
    assert [plain.shown("x"), plain.shown(None), chosen.shown(False), chosen.shown(None)] == [
        "x",
        "",
        "否",
        "",
    ]


def test_the_same_confirmation_sent_twice_is_refused(rf, world):
    token = token_of(send(rf, world.county_officer, {"workbook": upload("a")}))
    send(rf, world.county_officer, {"token": token})
    Heartbeat.objects.all().delete()
    with pytest.raises(WrongMoment):
        send(rf, world.county_officer, {"token": token})
    assert Heartbeat.objects.count() == 0


def test_what_became_wrong_after_the_preview_is_found_and_nothing_is_saved(rf, world):
    token = token_of(send(rf, world.county_officer, {"workbook": upload("a", "b")}))
    Heartbeat.objects.create(name="b", at=timezone.now())
    answer = send(rf, world.county_officer, {"token": token})
    assert "已有" in answer.content.decode()
    assert not Heartbeat.objects.filter(name="a").exists()


def test_errors_are_shown_with_their_place_and_offer_no_confirmation(rf, world):
    page = send(rf, world.county_officer, {"workbook": upload("a", "a")}).content.decode()
    assert 'name="token"' not in page
    assert re.search(r'<td class="number">3</td><td[^>]*>代码</td>', page)


@pytest.mark.parametrize(("reads_gaps", "rows"), [(True, [2, 3]), (False, [2])])
def test_a_plan_is_asked_of_rows_with_gaps_only_where_it_knows_of_them(rf, world, reads_gaps, rows):
    columns = (Column("code", "代码", sheets.text(3), required=True),)
    Heartbeat.objects.create(name="a", at=timezone.now())
    what = replace(heartbeats(), columns=columns, reads_gaps=reads_gaps)
    page = send(rf, world.county_officer, {"workbook": upload("toolong", "a")}, what=what)
    text = page.content.decode()
    found = [row for row in (2, 3) if f'<td class="number">{row}</td>' in text]
    assert found == rows


def test_hostile_text_in_a_cell_is_shown_as_text(rf, world):
    upload_ = upload("<script>x</script>", "<script>x</script>")
    page = send(rf, world.county_officer, {"workbook": upload_}).content.decode()
    assert "<script>x" not in page


def test_somebody_elses_or_another_kinds_token_is_refused(world):
    token = stage(kind="a", user=world.county_officer, content=b"x")
    assert staged(kind="a", user=world.county_officer, token=token) == b"x"
    for kind, user, word in (
        ("b", world.county_officer, token),
        ("a", world.leader, token),
        ("a", world.county_officer, token[:-1] + ("A" if token[-1] != "A" else "B")),
    ):
        with pytest.raises(WrongMoment):
            staged(kind=kind, user=user, token=word)


def test_old_previews_are_swept_and_fresh_ones_stay(world):
    sweep_staged()
    old = stage(kind="a", user=world.leader, content=b"old")
    fresh = stage(kind="a", user=world.leader, content=b"fresh")
    _folders, names = default_storage.listdir("staged")
    for name in names:
        path = default_storage.path(f"staged/{name}")
        with open(path, "rb") as file:
            if file.read() == b"old":
                then = (timezone.now() - KEPT - timedelta(minutes=1)).timestamp()
                os.utime(path, (then, then))
    assert sweep_staged() == 1
    assert staged(kind="a", user=world.leader, token=fresh) == b"fresh"
    with pytest.raises(WrongMoment):
        staged(kind="a", user=world.leader, token=old)
