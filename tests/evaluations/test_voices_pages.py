"""Pages of opinions and meetings: the public's, the office's lists, the workbook of a batch."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.models import AuditEvent
from common.models import RateLimit
from evaluations.models import Commitment, Opinion, OpinionAnswer
from evaluations.services import opinions as services
from evaluations.services.opinion_answers import answer_opinion
from tests.evaluations import evaluation_steps as steps
from tests.evaluations.test_meetings import asked, held
from tests.evaluations.test_opinions import NAME, PHONE, named, said, taken_up
from tests.factories import NOW

CODE = re.compile(r'<p class="code">([0-9A-Z-]{19})</p>')


@pytest.fixture
def public(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    return Client(headers={"accept-language": "en"})


def unit(world):
    return reverse("opinions:unit", args=[world.brigade.code])


def form(public, world, **fields):
    """A form as the page gave it, filled in."""
    key = re.search(r'name="key" value="([^"]+)"', public.get(unit(world)).content.decode())[1]
    return {"key": key, "kind": "complaint", "group": "public", "text": "被推诿三次", **fields}


def query(public, code, **fields):
    return public.post(reverse("opinions:query"), {"code": code, **fields}).content.decode()


# --- the public -----------------------------------------------------------------------------------


def test_sent_without_script_and_found_by_its_code(public, world, files):
    data = form(public, world, name=NAME, phone=PHONE, files=[files.jpg(), files.pdf()])
    page = public.post(unit(world), data).content.decode()
    code = CODE.search(page)[1]
    opinion = Opinion.objects.get()
    assert (opinion.handler, opinion.files.count(), opinion.named) == (world.county, 2, True)
    data.pop("files")
    again = public.post(unit(world), data).content.decode()
    assert CODE.search(again)[1] == code
    assert Opinion.objects.count() == 1
    found = query(public, code)
    assert opinion.number in found
    # The page of a code tells neither what was said nor by whom.
    assert not any(word in found for word in (NAME, PHONE, "推诿三次"))


def test_every_wrong_code_gets_the_same_answer(public, world):
    _opinion, code = said(world)
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|value="[^"]*" maxlength')
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    pages = {token.sub("", query(public, typed)) for typed in (wrong, "0" * 16, "x")}
    assert len(pages) == 1
    assert token.sub("", query(public, code)) not in pages


def test_a_failed_form_keeps_what_was_typed(public, world, files):
    data = form(public, world, text="短", phone=PHONE, files=[files.pdf() for _ in range(4)])
    page = public.post(unit(world), data).content.decode()
    assert not Opinion.objects.exists()
    assert f'value="{PHONE}"' in page
    assert data["key"] in page
    assert page.count('class="error"') == 3


def test_a_promise_can_be_named_and_stands_beside_it(public, world, sign_in):
    promise = Commitment.objects.create(
        enrolment=world.brigade_enrolment,
        area=steps.criteria(world)[0].area,
        content="首问负责",
        responsible="张三",
        supervision="0371-1",
        state="published",
        published_at=NOW,
    )
    public.post(unit(world), form(public, world, commitment=promise.pk))
    assert Opinion.objects.get().commitment == promise
    address = reverse("evaluations:commitments", args=[world.brigade_enrolment.pk])
    link = f"?promise={promise.pk}"
    assert link in sign_in(world.county_officer).get(address).content.decode()
    # The station reported learns nothing of it.
    assert link not in sign_in(world.station_officer).get(address).content.decode()
    listed = sign_in(world.county_officer).get(reverse("evaluations:opinions") + link)
    assert [row.commitment for row in listed.context["page"]] == [promise]


def test_the_campaigns_page_reaches_any_bureau(public, world):
    address = reverse("opinions:campaign")
    for code, handler in (("", world.province), ("410122", world.prefecture)):
        data = form(public, world, unit=code)
        assert CODE.search(public.post(address, data).content.decode())
        assert Opinion.objects.latest("pk").handler == handler


def test_sending_and_asking_have_their_limits(public, world):
    for scope in ("opinions", "opinion_codes"):
        RateLimit.objects.create(scope=scope, limit=1, seconds=3600)
    for address, data in (
        (unit(world), form(public, world)),
        (reverse("opinions:query"), {"code": "x"}),
    ):
        assert public.post(address, data).status_code == 200
        assert public.post(address, data).status_code == 429
    # Reading the form stays possible.
    assert public.get(unit(world)).status_code == 200


def test_the_verdict_by_code_once_and_only_with_a_name(public, world):
    opinion, code = said(world, name=NAME)
    services.accept_opinion(opinion=opinion, by=world.county_officer, now=NOW)
    answer_opinion(opinion=opinion, text="已向其致歉", by=world.county_officer, now=NOW)
    assert "已向其致歉" in query(public, code)
    query(public, code, satisfied="no", words="")
    assert OpinionAnswer.objects.get().satisfied is None
    query(public, code, satisfied="no", words="没有致歉")
    opinion.refresh_from_db()
    assert opinion.state == "accepted"
    nameless, its_code = said(world)
    services.accept_opinion(opinion=nameless, by=world.county_officer, now=NOW)
    answer_opinion(opinion=nameless, text="已处理", by=world.county_officer, now=NOW)
    assert 'name="satisfied"' not in query(public, its_code)


def test_the_light_page_costs_few_queries_and_no_session(public, world):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = public.get(unit(world))
    assert len(queries) <= 5
    assert set(response.cookies) == {"csrftoken"}


# --- the office -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["opinions", "meetings", "questions"])
def test_lists_ask_the_same_number_of_questions_for_one_row_and_three(world, sign_in, name):
    client, address = sign_in(world.county_officer), reverse(f"evaluations:{name}")

    def add():
        taken_up(world)
        asked(world, held(world))

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    add()
    client.get(address)
    one = count()
    add()
    add()
    assert count() == one


def test_the_list_is_filtered_and_the_most_urgent_stand_first(world, sign_in):
    first, second = taken_up(world), named(world)
    client = sign_in(world.county_officer)

    def listed(**filters):
        page = client.get(reverse("evaluations:opinions"), filters).context["page"]
        return [row.pk for row in page]

    # Taken up is due on 24 November, still to be decided on 30 October.
    assert listed() == [second.pk, first.pk]
    assert listed(state="accepted") == [first.pk]
    assert listed(q=first.number) == [first.pk]
    assert listed(overdue="on") == []
    assert listed(whose="own", state="waiting") == [second.pk, first.pk]


def test_the_page_shows_the_name_once_asked_and_never_before(world, sign_in):
    opinion = named(world)
    client = sign_in(world.county_officer)
    address = reverse("evaluations:opinion", args=[opinion.pk])
    assert NAME not in client.get(address).content.decode()
    reveal = reverse("evaluations:complainant", args=[opinion.pk])
    assert NAME not in client.post(reveal, {"reveal-reason": ""}).content.decode()
    assert NAME in client.post(reveal, {"reveal-reason": "回访"}).content.decode()
    assert NAME not in client.get(address).content.decode()
    assert AuditEvent.objects.filter(act="complainant.read").count() == 1


def test_the_register_holds_no_name(world, sign_in):
    named(world)
    response = sign_in(world.county_officer).get(reverse("evaluations:opinions-export"))
    cells = [cell for row in rows_of(response) for cell in row]
    assert "去窗口办事被推诿三次" in cells
    assert not {NAME, PHONE} & set(cells)


def test_the_minutes_as_a_workbook(world, sign_in):
    question = asked(world)
    client = sign_in(world.station_officer)
    address = reverse("evaluations:meeting-minutes", args=[question.meeting_id])
    cells = [cell for row in rows_of(client.get(address)) for cell in row]
    assert question.text in cells
    assert "面对面评议大会" in cells


def rows_of(response):
    book = load_workbook(io.BytesIO(response.content))
    return list(book.active.iter_rows(values_only=True))


# --- a batch --------------------------------------------------------------------------------------

HEADINGS = ("Code of the unit", "Kind", "Channel", "Group", "What was said", "Name", "Phone")


def workbook(*rows):
    book, target = Workbook(), io.BytesIO()
    book.active.append(HEADINGS)
    for row in rows:
        book.active.append(row)
    book.save(target)
    return SimpleUploadedFile("opinions.xlsx", target.getvalue())


def test_a_batch_is_previewed_and_entered_once(world, sign_in):
    client, address = sign_in(world.county_officer), reverse("evaluations:opinions-import")
    rows = (
        ("410122-1", "意见建议", "座谈会", "政协委员", "建议延长服务时间", None, None),
        ("410122-2", "complaint", "paper", "enterprise", "检查太频繁", NAME, PHONE),
    )
    preview = client.post(address, {"workbook": workbook(*rows)})
    assert not Opinion.objects.exists()
    token = preview.context["token"]
    assert client.post(address, {"token": token}).status_code == 302
    assert client.post(address, {"token": token}).status_code == 409
    found = list(Opinion.objects.order_by("pk").values_list("group", "channel", "named"))
    assert found == [("cppcc", "meeting", False), ("enterprise", "paper", True)]
    assert NAME not in str(list(AuditEvent.objects.values()))


def test_a_faulty_batch_names_each_row_and_saves_nothing(world, sign_in):
    client, address = sign_in(world.county_officer), reverse("evaluations:opinions-import")
    rows = (
        ("410122-1", "opinion", "paper", "cppcc", "很好的意见", None, None),
        # Not below this county; the county itself; no unit; a phone without a name.
        ("410185-1", "opinion", "paper", "cppcc", "意见一", None, None),
        ("410122", "opinion", "paper", "cppcc", "意见二", None, None),
        ("999", "opinion", "paper", "cppcc", "意见三", None, None),
        ("410122-1", "opinion", "paper", "cppcc", "意见四", None, PHONE),
    )
    page = client.post(address, {"workbook": workbook(*rows)})
    assert [error.row for error in page.context["errors"]] == [3, 4, 5, 6]
    assert not Opinion.objects.exists()


def test_a_code_for_paper_is_issued_by_the_office_and_for_the_page_never(world, public):
    online, paper = named(world), named(world, channel="paper")
    code = services.issue_code(opinion=paper, by=world.county_officer, now=NOW)
    assert services.opinion_of_code(code) == paper
    client = Client()
    client.force_login(world.county_officer)
    address = reverse("evaluations:opinion-code", args=[online.pk])
    assert client.post(address).status_code == 409
