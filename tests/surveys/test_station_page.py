"""The public's way: page, review, box, receipt; without account, session or JavaScript."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common import clock
from evaluations.models import Area, Commitment, Opinion
from surveys import receipts
from surveys.models import Ballot, SurveyComment
from surveys.receipts import new_key
from surveys.services.batches import issue_codes
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import opened, posted

pytestmark = pytest.mark.django_db
EN = "?lang=en"


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


@pytest.fixture
def page(world):
    return reverse("surveys:station", args=[world.brigade.code]) + EN


def text_of(response):
    return response.content.decode()


def key_in(response):
    return re.search(r'name="key" value="([^"]+)"', text_of(response)).group(1)


def checked(response):
    """(name, value) of every radio button that is chosen."""
    found = re.findall(r'name="(\w+)" value="(\w+)" checked', text_of(response))
    return dict(found)


def code_in(response):
    return re.search(r'class="code">([0-9A-Z-]{19})<', text_of(response)).group(1)


def test_the_page_shows_station_organiser_phone_and_every_question(client, world, page):
    response = client.get(page)
    html = text_of(response)
    assert response.status_code == 200
    assert "Unit 410122-1" in html
    assert "Run by Unit 410000 within “2014 campaign” (豫安监管办〔2014〕117号)." in html
    assert "0371-12345678" in html
    assert "voluntary and anonymous" in html
    assert "until 24:00 on 2014-11-30" in html
    assert html.count("<fieldset") == 12  # the group and 11 questions
    assert html.count('type="radio"') == 3 + 10 * 4 + 2
    assert html.count("<textarea") == 1
    assert not re.search(r"<script(?! src)| style=| on\w+=", html)


def test_both_languages(client, world, page):
    chinese = text_of(client.get(page.replace("=en", "=zh-hans")))
    english = text_of(client.get(page))
    assert 'lang="zh-Hans"' in chinese.split("<head>")[0]
    assert "总体而言，您对该站所是否满意？" in chinese
    assert "Overall, how satisfied are you with this station?" in english
    assert "总体而言" not in english
    assert text_of(client.get(page)) != chinese


def test_from_the_form_over_the_review_into_the_box(client, world, page):
    form = client.get(page)
    fields = posted("review", key=key_in(form), comment="排队<b>太长</b>", q4="3")
    review = client.post(page, fields)
    assert review.status_code == 200
    assert key_in(review) == key_in(form)
    assert "Dissatisfied" in text_of(review)
    assert "排队&lt;b&gt;太长&lt;/b&gt;" in text_of(review)
    assert "<b>太长" not in text_of(review)
    assert Ballot.objects.count() == 0

    thanks = client.post(page, fields | {"step": "send"})
    assert thanks.status_code == 200
    ballot = Ballot.objects.get()
    assert ballot.answers == "11131111112"
    assert ballot.channel == "open"
    assert SurveyComment.objects.get().text == "排队<b>太长</b>"
    assert receipts.cleaned(code_in(thanks)) == receipts.receipt_code(
        world.brigade_enrolment.pk, fields["key"]
    )
    assert "太长" not in text_of(thanks)
    assert "Dissatisfied" not in text_of(thanks)
    assert thanks["Cache-Control"] == "no-store"


def test_change_shows_the_form_with_every_answer(client, page):
    fields = posted("change", comment="建议", q2="4", q9="2", group="society")
    form = client.post(page, fields)
    expected = {f"q{number}": "1" for number in range(1, 11)}
    assert checked(form) == expected | {"q2": "4", "q9": "2", "q11": "2", "group": "society"}
    assert "建议</textarea>" in text_of(form)
    assert key_in(form) == fields["key"]


def test_what_lacks_is_said_at_the_question_and_the_rest_kept(client, page):
    fields = posted("review", comment="意见", group=None, q3=None, q7=None)
    form = client.post(page, fields)
    html = text_of(form)
    assert form.status_code == 200
    assert re.findall(r'class="error" id="(\w+)-error"', html) == ["group", "q3", "q7"]
    assert re.findall(r'<li><a href="#(\w+)">', html) == ["group", "q3", "q7"]
    assert set(checked(form)) == {"q1", "q2", "q4", "q5", "q6", "q8", "q9", "q10", "q11"}
    assert "意见</textarea>" in html
    assert key_in(form) == fields["key"]
    # Nor does a forged "send" get past it.
    client.post(page, fields | {"step": "send"})
    assert Ballot.objects.count() == 0


def test_a_too_long_or_odd_comment(client, page):
    form = client.post(page, posted("send", comment="长" * 1001))
    assert re.findall(r'class="error" id="(\w+)-error"', text_of(form)) == ["q12"]
    assert "长" * 1001 in text_of(form)
    client.post(page, posted("send", comment="a\x00b\r\nc\x1f"))
    assert SurveyComment.objects.get().text == "ab\nc"


def test_an_unknown_option_or_key_is_taken_as_none(client, page):
    form = client.post(page, posted("send", q1="9"))
    assert re.findall(r'class="error" id="(\w+)-error"', text_of(form)) == ["q1"]
    review = client.post(page, posted("send", key="no key"))
    assert Ballot.objects.count() == 0
    assert receipts.is_key(key_in(review)) is True


def test_sent_twice_is_received_once_with_the_same_receipt(client, page):
    fields = posted("send")
    first, second = client.post(page, fields), client.post(page, fields)
    assert code_in(first) == code_in(second)
    assert "received already" not in text_of(first)
    assert "received already" in text_of(second)
    # The back button leads to pages that are sent again: none shows an answer any more.
    for step in ("review", "change", "send"):
        again = client.post(page, fields | {"step": step})
        assert "received already" in text_of(again)
        assert checked(again) == {}
        assert again["Cache-Control"] == "no-store"
    assert Ballot.objects.count() == 1


def test_no_session_and_no_cookie_but_the_form_guard(client, page):
    assert set(client.get(page).cookies) == {"csrftoken"}
    assert set(client.post(page, posted("review")).cookies) <= {"csrftoken"}
    assert set(client.post(page, posted("send")).cookies) <= {"csrftoken"}
    assert set(client.cookies) == {"csrftoken"}


def test_the_form_is_guarded_against_forgery(world, page):
    strict = Client(enforce_csrf_checks=True)
    token = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', text_of(strict.get(page))
    ).group(1)
    assert strict.post(page, posted("send")).status_code == 403
    assert Ballot.objects.count() == 0
    answer = strict.post(page, posted("send") | {"csrfmiddlewaretoken": token})
    assert answer.status_code == 200
    assert Ballot.objects.count() == 1


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2014-08-20 23:59:59", 409),
        ("2014-08-21 00:00:00", 200),
        ("2014-11-30 23:59:59", 200),
        ("2014-12-01 00:00:00", 409),
    ],
)
def test_the_page_keeps_the_window(client, page, monkeypatch, moment, status):
    monkeypatch.setattr(clock, "now", lambda: at(moment))
    answer = client.post(page, posted("send", comment="我的意见", q6="3"))
    assert answer.status_code == status
    assert Ballot.objects.count() == (status == 200)
    if status == 409:
        # The answers stay on the screen.
        assert "我的意见" in text_of(answer)
        assert text_of(answer).count("<dd>Satisfied</dd>") == 9
        assert text_of(answer).count("<dd>Dissatisfied</dd>") == 1
        assert "from 2014-11-01 to 2014-11-30, 24:00" in text_of(answer)


def test_outside_the_window_the_page_says_when(client, page, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at("2014-08-10 12:00"))
    response = client.get(page)
    assert response.status_code == 200
    assert "Unit 410122-1" in text_of(response)
    assert "from 2014-08-21 to 2014-10-31, 24:00" in text_of(response)
    assert "<form" not in text_of(response)


def test_a_late_retry_of_a_counted_form_gets_its_receipt(client, page, monkeypatch):
    fields = posted("send")
    monkeypatch.setattr(clock, "now", lambda: at("2014-11-30 23:59:59"))
    first = client.post(page, fields)
    monkeypatch.setattr(clock, "now", lambda: at("2014-12-01 00:00:00"))
    second = client.post(page, fields)
    assert (second.status_code, code_in(second)) == (200, code_in(first))


def test_unknown_or_not_enrolled_is_404_in_plain_words(client, world):
    world.township_enrolment.obligations.all().delete()
    world.township_enrolment.delete()
    for code in ("410122-99", world.township.code):
        for name in ("station", "promises", "qr"):
            response = client.get(reverse(f"surveys:{name}", args=[code]) + EN)
            assert response.status_code == 404
        assert client.post(reverse("surveys:station", args=[code])).status_code == 404
    response = client.get(reverse("surveys:station", args=["410122-99"]) + EN)
    assert "no station with the code “410122-99”" in text_of(response)


def test_an_unfinished_campaign_shows_nothing(client, world, page):
    type(world.campaign).objects.update(state="draft")
    assert client.get(page).status_code == 404
    type(world.campaign).objects.update(state="closed")
    assert client.get(page).status_code == 200
    assert client.post(page, posted("send")).status_code == 409


def test_the_first_visit_weighs_less_than_60_kb(client, page):
    html = client.get(page).content
    static = Path(project.BASE_DIR) / "static"
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', html.decode())
    assert sorted(names) == ["css/ballot.css", "img/mark.svg", "js/ballot.js"]
    weight = len(html) + sum((static / name).stat().st_size for name in names)
    assert weight < 60_000


@pytest.mark.parametrize("demonstration", [False, True])
def test_the_page_takes_at_most_four_queries(
    client, page, settings, monkeypatch, django_assert_max_num_queries, demonstration
):
    settings.DEMONSTRATION = demonstration
    client.get(page)
    with django_assert_max_num_queries(4):
        response = client.get(page)
    assert ("demonstration" in text_of(response)) is demonstration


def test_a_ballot_costs_seven_statements(client, page, settings):
    """What 70 ballots a second are paid for with; the transaction's own bounds not counted."""
    settings.LOOKUPS_KEPT = 60
    client.post(page, posted("send"))
    with CaptureQueriesContext(connection) as queries:
        code_in(client.post(page, posted("send")))
    bounds = ("SAVEPOINT", "RELEASE")
    statements = [q["sql"] for q in queries if not q["sql"].startswith(bounds)]
    assert len(statements) == 7, statements


def test_the_receipt_page_says_counted_and_nothing_else(client, world, page):
    code = code_in(client.post(page, posted("send", comment="我的意见")))
    address = reverse("surveys:receipt") + EN
    assert client.get(address).status_code == 200
    answer = client.post(address, {"code": code.lower()})
    html = text_of(answer)
    assert "was received and is counted in" in html
    for told in ("2014-10-25", "410122", "0371-12345678", "我的意见", "Unit", "service"):
        assert told not in html
    assert answer["Cache-Control"] == "no-store"
    assert set(client.cookies) == {"csrftoken"}

    stranger = receipts.grouped(receipts.receipt_code(1, receipts.new_key()))
    assert "There is no ballot with this code." in text_of(client.post(address, {"code": stranger}))
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "not a whole receipt code" in text_of(client.post(address, {"code": mistyped}))
    hostile = text_of(client.post(address, {"code": "<script>alert(1)</script>"}))
    assert "<script>alert" not in hostile


def test_the_promises_page_shows_what_is_published(client, world):
    area = Area.objects.first()
    for content, published_at in (("一日办结", NOW), ("草稿", None)):
        Commitment.objects.create(
            enrolment=world.brigade_enrolment,
            area=area,
            content=content,
            responsible="李四",
            supervision_phone="电话12350",
            state="published" if published_at else "draft",
            published_at=published_at,
        )
    response = client.get(reverse("surveys:promises", args=[world.brigade.code]) + EN)
    html = text_of(response)
    assert response.status_code == 200
    assert "一日办结" in html
    assert "草稿" not in html
    assert "电话12350" in html
    assert "张三" in html
    assert f'href="{reverse("surveys:station", args=[world.brigade.code])}{EN}"' in html
    empty = client.get(reverse("surveys:promises", args=[world.township.code]) + EN)
    assert "has not published its commitments yet" in text_of(empty)


def test_the_promises_page_takes_the_same_queries_for_one_and_three(
    client, world, django_assert_num_queries
):
    address = reverse("surveys:promises", args=[world.brigade.code])
    for number in (1, 2):
        for area in Area.objects.all()[:number]:
            Commitment.objects.create(
                enrolment=world.brigade_enrolment,
                area=area,
                content="一日办结",
                responsible="李四",
                supervision_phone="电话12350",
                state="published",
                published_at=NOW,
            )
        with django_assert_num_queries(3):
            client.get(address)


def test_the_qr_code_is_a_drawing_of_the_public_address(client, world):
    response = client.get(reverse("surveys:qr", args=[world.brigade.code]))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<?xml")
    assert b"<svg" in response.content
    assert set(client.cookies) == set()


# --- who is pressed -------------------------------------------------------------------------------


def way_out(response):
    return re.search(r'id="leave"[^>]*href="([^"]+)"', text_of(response))[1].replace("&amp;", "&")


def test_who_is_pressed_leaves_without_a_ballot_and_reports_it_above_the_station(
    client, world, page
):
    form = client.get(page)
    review = client.post(page, posted("review"))
    assert way_out(form) == way_out(review)
    report = client.get(way_out(form))
    assert report.context["form"].initial["kind"] == "complaint"
    # The twin: who comes from elsewhere finds an empty form.
    usual = client.get(reverse("opinions:unit", args=[world.brigade.code]))
    assert usual.context["form"].initial == {}
    fields = {"group": "public"} | report.context["form"].initial
    fields["text"] = words = str(fields["text"])
    assert client.post(way_out(form), fields).status_code == 200
    opinion = Opinion.objects.get()
    assert (opinion.kind, opinion.handler) == ("complaint", world.county)
    assert not Ballot.objects.exists()
    # The answers that were shown for review were not sent with the report.
    assert opinion.text == words


def test_who_holds_a_code_and_is_pressed_keeps_it(client, world):
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=5,
        key=new_key(),
        by=world.county_officer,
        now=NOW,
    )
    address, code = reverse("surveys:code") + EN, issued.codes[0]
    form = client.post(address, {"code": code})
    assert code not in way_out(form)
    assert "Your code stays good." in text_of(form)
    client.get(way_out(form))
    sent = client.post(address, posted("send") | {"code": code})
    assert sent.status_code == 200
    assert Ballot.objects.filter(batch=issued.batch).count() == 1
