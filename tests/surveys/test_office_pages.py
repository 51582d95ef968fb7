"""The office's pages: slips, workbooks, comments, leads, the editor."""

import re
from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.models import AuditEvent
from common import clock
from deliveries.models import Delivery
from evaluations.models import Finding
from surveys.codes import code_digest
from surveys.models import Ballot, BallotBatch, Invitation, Lead, Questionnaire
from surveys.models import SurveyComment as Comment
from surveys.services import leads
from surveys.services.ballots import cast_ballots
from surveys.services.comments import masked, personal_parts
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import opened

pytestmark = pytest.mark.django_db
AFTER = at("2014-12-01 00:00")


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return sign_in


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile("x.xlsx", target.getvalue())


def text_of(response):
    return response.content.decode()


# --- slips ---------------------------------------------------------------------------------------


def test_slips_are_shown_once_and_open_the_questionnaire(as_, world):
    client = as_(world.county_officer)
    people = workbook(["case number", "name"], *[[f"A-{n}", f"客户{n}"] for n in range(20)])
    page = reverse("surveys:issue", args=[world.brigade_enrolment.pk])
    form = {"key": "k" * 16, "group": "service", "number": "5", "note": "九月"}
    answer = client.post(page, form | {"workbook": people})
    html = text_of(answer)
    codes = re.findall(r'class="slip-code">([0-9A-Z-]{14})<', html)
    assert len(codes) == 5
    assert html.count("客户") == 5
    assert "no-store" in answer["Cache-Control"]
    digests = {code_digest(code.replace("-", "")) for code in codes}
    assert digests == set(Invitation.objects.values_list("code_digest", flat=True))
    # The same form again makes no second batch, and shows no code.
    again = client.post(page, form | {"workbook": ""})
    assert again.status_code == 409
    assert BallotBatch.objects.count() == 1
    batch = text_of(client.get(reverse("surveys:batch", args=[BallotBatch.objects.get().pk])))
    assert not any(code in batch for code in codes)
    assert "from 20 people" in batch
    opened_page = client.post("/s/code/?lang=en", {"code": codes[0]})
    assert "Unit 410122-1" in text_of(opened_page)


def test_a_list_with_faults_issues_nothing(as_, world):
    client = as_(world.county_officer)
    page = reverse("surveys:issue", args=[world.brigade_enrolment.pk])
    people = workbook(["case number", "name"], ["A-1", "甲"], ["A-1", "乙"])
    form = {"key": "k" * 16, "group": "", "number": "5"}
    html = text_of(client.post(page, form | {"workbook": people}))
    assert "Row 3" in html
    assert not BallotBatch.objects.exists()


def test_codes_by_mail_need_a_list_with_one_address_a_line(as_, world):
    client = as_(world.county_officer)
    page = reverse("surveys:issue", args=[world.brigade_enrolment.pk])
    form = {"key": "k" * 16, "group": "service", "number": "5", "by_mail": "on"}
    assert "people drawn from a list" in text_of(client.post(page, form))

    def answered(*addresses):
        rows = [[f"A-{n}", f"客户{n}", address] for n, address in enumerate(addresses)]
        people = workbook(["case number", "name", "e-mail address"], *rows)
        return client.post(page, form | {"workbook": people})

    good = [f"p{n}@example.cn" for n in range(8)]
    lacking = text_of(answered(*good[:3], "", *good[4:]))
    assert "Row 5, e-mail address: This is not an e-mail address." in lacking
    twice = text_of(answered(*good[:7], "p0@example.cn"))
    assert "Row 9, e-mail address: already stands in row 2" in twice
    assert not BallotBatch.objects.exists()
    assert not Delivery.objects.exists()
    # The twin: the same list, whole. Nobody sees a code.
    done = answered(*good)
    batch = BallotBatch.objects.get()
    assert done["Location"] == reverse("surveys:batch", args=[batch.pk])
    assert (batch.issued, batch.handed_out, Delivery.objects.count()) == (5, 5, 5)
    assert "slip-code" not in text_of(client.get(done["Location"]))


def test_lists_take_the_same_queries_for_one_and_three(as_, world):
    client = as_(world.county_officer)
    counts = []
    for number in (1, 2):
        for place in range(number):
            form = {"key": f"{number}{place}" * 8, "group": "", "number": "5"}
            client.post(reverse("surveys:issue", args=[world.brigade_enrolment.pk]), form)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("surveys:batches")).status_code == 200
        counts.append(len(queries))
    assert BallotBatch.objects.count() == 3
    assert counts[0] == counts[1]


# --- a workbook of ballots -----------------------------------------------------------------------


def test_ballots_from_a_workbook_with_preview(as_, world):
    client = as_(world.province_admin)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    address = reverse("surveys:import")
    good = ["410122-1", "service", "2014-10-20", *["满意"] * 10, "否", "好"]
    wrong = ["410122-9", "service", "2014-10-20", *["满意"] * 10, "否", ""]
    headings = client.get(reverse("surveys:import-template"))
    assert headings.status_code == 200
    bad = client.post(address, {"workbook": workbook(template_head(headings), good, wrong)})
    assert 'name="token"' not in text_of(bad)
    preview = client.post(address, {"workbook": workbook(template_head(headings), good, good)})
    assert Ballot.objects.count() == 0
    token = re.search(r'name="token" value="([^"]+)"', text_of(preview))[1]
    assert client.post(address, {"token": token}).status_code == 302
    assert Ballot.objects.filter(channel="import", batch__issued=2, valid=True).count() == 2
    assert Comment.objects.count() == 2
    assert client.post(address, {"token": token}).status_code == 409
    assert Ballot.objects.count() == 2


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_chinese_workbook_of_ballots_is_read_in_either_language(as_, world, language):
    """Headings, groups and answers are content: the reader's language must not lose them."""
    client = as_(world.province_admin)
    address = reverse("surveys:import")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    head = template_head(client.get(reverse("surveys:import-template")))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    row = ["410122-1", "管理服务对象", "2014-10-20", *["满意"] * 10, "否", ""]
    preview = text_of(client.post(address, {"workbook": workbook(head, row)}))
    token = re.search(r'name="token" value="([^"]+)"', preview)[1]
    client.post(address, {"token": token})
    ballot = Ballot.objects.get()
    assert (ballot.answers, ballot.group, ballot.valid) == ("11111111112", "service", True)


def template_head(response):
    from_template = load_workbook(BytesIO(response.content)).active
    return [cell.value for cell in from_template[1]]


# --- comments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我的电话13712345678，请回复", ["13712345678"]),
        ("固定电话0371-65506789", ["0371-65506789"]),
        ("身份证41010119800101123X", ["41010119800101123X"]),
        ("我叫王小明，住城关", ["我叫王小明"]),
        ("微信号 abc_12345", ["微信号 abc_12345"]),
        ("写信到 a.b@example.com", ["a.b@example.com"]),
        ("收费100元，等了3小时，希望改进", []),
        ("监督电话12350打不通", []),
    ],
)
def test_personal_data_is_recognised(text, found):
    assert personal_parts(text) == found
    assert not any(part in masked(text) for part in found)


def fill(world, number, lead="2"):
    row = (world.brigade_enrolment.pk, "service", "1" * 10 + lead, "paper", date(2014, 10, 20))
    cast_ballots(rows=[row] * number, by=world.province_admin, now=NOW)


def test_a_comment_is_screened_before_the_station_sees_it(as_, world, monkeypatch):
    comment = Comment.objects.create(
        id=7, enrolment=world.brigade_enrolment, text="窗口少人。我是张大山，13712345678"
    )
    page = reverse("surveys:comments", args=[world.brigade_enrolment.pk])
    screen = reverse("surveys:screen", args=[comment.pk])
    fill(world, 4)
    assert "窗口少人" not in text_of(as_(world.county_officer).get(page))  # four ballots
    fill(world, 1)
    html = text_of(as_(world.county_officer).get(page))
    assert "窗口少人。■■" in html
    client = as_(world.county_officer)
    kept = client.post(screen, {"decision": "show", "text": comment.text})
    assert kept.status_code == 409
    assert client.post(screen, {"decision": "show", "text": "窗口少人。"}).status_code == 302
    assert as_(world.station_officer).get(page).status_code == 409
    find = reverse("surveys:find", args=[comment.pk])
    client = as_(world.county_officer)
    assert client.post(find, {"category": "service", "severity": "minor"}).status_code == 302
    assert client.post(find, {"category": "service", "severity": "minor"}).status_code == 409
    finding = Finding.objects.get()
    assert (finding.source, finding.text) == ("survey", "窗口少人。")
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    seen = text_of(as_(world.station_officer).get(page))
    assert "窗口少人。" in seen
    assert "张大山" not in seen


# --- leads ---------------------------------------------------------------------------------------


def test_a_yes_becomes_a_lead_above_the_station(as_, world):
    fill(world, 3)
    fill(world, 1, lead="1")
    assert leads.raise_leads(campaign=world.campaign, now=NOW) == 0  # four ballots
    fill(world, 1)
    assert leads.raise_leads(campaign=world.campaign, now=NOW) == 1
    assert leads.raise_leads(campaign=world.campaign, now=NOW) == 0
    lead = Lead.objects.get()
    page = reverse("surveys:leads")
    assert "Unit 410122-1" in text_of(as_(world.county_officer).get(page))
    assert as_(world.station_officer).get(page).status_code == 403
    client = as_(world.county_officer)
    client.post(reverse("surveys:lead-take-up", args=[lead.pk]))
    client.post(reverse("surveys:lead-close", args=[lead.pk]), {"reason": "已核查，转纪检"})
    lead.refresh_from_db()
    assert (lead.state, lead.outcome) == ("closed", "已核查，转纪检")


# --- the editor ----------------------------------------------------------------------------------


def test_a_version_is_copied_changed_previewed_and_frozen(as_, world):
    client = as_(world.province_admin)
    first = Questionnaire.objects.get()
    client.post(reverse("surveys:questionnaire-add"), {"source": first.pk})
    copy = Questionnaire.objects.exclude(pk=first.pk).get()
    assert list(copy.questions.values_list("number", "text_zh", "weight")) == list(
        first.questions.values_list("number", "text_zh", "weight")
    )
    question = copy.questions.get(number=3)
    assert question.scale.questionnaire == copy
    part = reverse("surveys:part", args=[copy.pk, "question", question.pk])
    fields = {"number": "3", "area_number": "2", "area_zh": "依法办事", "area_en": "Law"}
    fields |= {"type": "single", "text_zh": "新题目？", "text_en": "A new question?"}
    fields |= {"weight": "8", "scale": question.scale_id, "required": "on"}
    assert client.post(part, fields | {"type": "text"}).status_code == 200  # a weight on a text
    assert client.post(part, fields).status_code == 302
    assert client.post(part, fields | {"number": "4"}).status_code == 409  # taken
    preview = text_of(client.get(reverse("surveys:preview", args=[copy.pk]) + "?lang=en"))
    assert "A new question?" in preview
    assert "Nothing can be sent from here" in preview
    assert 'value="review"' not in preview
    assert client.post(reverse("surveys:questionnaire-open", args=[copy.pk])).status_code == 302
    assert client.get(part).status_code == 409
    shown = text_of(client.get(f"/s/{world.brigade.code}/?lang=en"))
    assert "A new question?" in shown
    acts = list(AuditEvent.objects.values_list("act", flat=True))
    assert "questionnaire.changed" in acts


def test_the_list_of_versions_says_why_there_can_be_no_new_one(as_, world):
    client = as_(world.province_admin)
    page = reverse("surveys:questionnaires")
    assert "New version as shipped" in text_of(client.get(page))
    ballot = (world.brigade_enrolment.pk, "service", "11111111112", "paper", date(2014, 10, 20))
    cast_ballots(rows=[ballot], by=world.province_admin, now=NOW)
    html = text_of(client.get(page))
    assert "New version as shipped" not in html
    assert "Ballots have been given already" in html


def test_a_scale_is_edited_with_its_options(as_, world):
    client = as_(world.province_admin)
    client.post(reverse("surveys:questionnaire-add"))
    draft = Questionnaire.objects.latest("version")
    fields = {"code": "S2", "options-TOTAL_FORMS": "2", "options-INITIAL_FORMS": "0"}
    fields |= {"options-MIN_NUM_FORMS": "0", "options-MAX_NUM_FORMS": "9"}
    for place, (zh, en) in enumerate((("好", "Good"), ("差", "Bad"))):
        fields |= {f"options-{place}-number": place + 1, f"options-{place}-counts": "on"}
        fields |= {f"options-{place}-text_zh": zh, f"options-{place}-text_en": en}
    add = reverse("surveys:part-add", args=[draft.pk, "scale"])
    assert client.post(add, fields).status_code == 302
    scale = draft.scales.get(code="S2")
    assert list(scale.options.values_list("text_zh", "counts", "satisfied")) == [
        ("好", True, False),
        ("差", True, False),
    ]


def test_a_version_in_which_something_lacks_is_not_frozen(as_, world):
    client = as_(world.province_admin)
    client.post(reverse("surveys:questionnaire-add"))
    draft = Questionnaire.objects.latest("version")
    draft.questions.all().delete()
    assert client.post(reverse("surveys:questionnaire-open", args=[draft.pk])).status_code == 409
