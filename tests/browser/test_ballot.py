"""The questionnaire on a phone: a lost line, going back, no JavaScript, weight, small screens."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from common.models import RateLimit
from surveys.models import Ballot, BallotRules, SurveyComment
from tests.browser.walking import follow, new_page
from tests.factories import small_province
from tests.surveys.survey_cast import opened

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]
WORDS = "窗口中午没有人"


@pytest.fixture
def world():
    world = small_province()
    opened(world)
    # These phones are quicker than people, and all of them are one machine.
    BallotRules.objects.create(campaign=world.campaign, fast_seconds=0)
    RateLimit.objects.create(scope="ballot_device", limit=1_000, seconds=86_400)
    return world


@pytest.fixture
def phone(portal, browser, live_server, world):
    """`phone(**context)`: a page on the station's questionnaire."""
    address = live_server.url + reverse("surveys:station", args=[world.brigade.code])
    contexts = []

    def take(query="", **options):
        options = {"locale": "zh-CN", "viewport": {"width": 320, "height": 640}} | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = new_page(context)
        page.address = address + query
        page.goto(page.address)
        return page

    yield take
    for context in contexts:
        context.close()


def fill(page):
    page.check("[name=group][value=service]")
    for number in range(1, 11):
        page.check(f"[name=q{number}][value='2']")
    page.check("[name=q11][value='2']")
    page.fill("[name=q12]", WORDS)


def review(page):
    fill(page)
    follow(page, "button[value=review]")


def test_a_lost_line_keeps_the_ballot_and_sends_it_once(phone):
    page = phone()
    review(page)
    page.context.set_offline(True)
    page.click("button[value=send]")
    page.wait_for_selector("#waiting:not([hidden])")
    assert Ballot.objects.count() == 0
    page.context.set_offline(False)
    page.wait_for_selector(".code")
    assert Ballot.objects.count() == 1
    code = page.inner_text(".code")
    # The receipt says "counted", and nothing of what was answered.
    page.goto(page.address.replace(page.address.split("/s/")[1], "receipt/"))
    page.fill("[name=code]", code)
    follow(page, "main form button")
    assert page.locator(".good").count() == 1
    assert WORDS not in page.content()
    assert Ballot.objects.count() == SurveyComment.objects.count() == 1


def test_an_answer_that_is_lost_on_the_way_costs_no_second_ballot(phone):
    """The ballot arrived, its acknowledgement did not: the phone sends again by itself."""
    page = phone()
    review(page)
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            return route.abort()
        return route.continue_()

    page.route("**/s/**", lose)
    page.click("button[value=send]")
    page.wait_for_selector(".code")
    assert len(lost) == 1
    assert Ballot.objects.count() == 1


def test_a_closed_page_gives_the_answers_back_until_they_are_sent(phone):
    page = phone()
    fill(page)
    page.reload()
    assert page.is_checked("[name=q7][value='2']")
    assert page.input_value("[name=q12]") == WORDS
    expect(page.locator("#restored")).to_be_visible()
    page.click("#forget")
    expect(page.locator("#restored")).to_be_hidden()
    page.reload()
    assert not page.is_checked("[name=q7][value='2']")
    assert page.input_value("[name=q12]") == ""


def test_after_sending_nobody_finds_the_answers_on_the_phone(phone):
    """T5: back, forward, a new tab and the phone's memory show no answer."""
    page = phone()
    review(page)
    page.click("button[value=send]")
    page.wait_for_selector(".code")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert WORDS not in page.content()
        assert page.locator("input:checked").count() == 0
    again = page.context.new_page()
    again.goto(page.address)
    assert again.locator("input:checked").count() == 0
    assert again.input_value("[name=q12]") == ""
    assert Ballot.objects.count() == 1


def test_it_works_without_javascript(phone):
    page = phone(java_script_enabled=False)
    follow(page, "button[value=review]")  # too early: what is missing is said
    assert page.locator(".problem").count() == 1
    review(page)
    follow(page, "button[value=change]")
    assert page.is_checked("[name=q3][value='2']")
    follow(page, "button[value=review]")
    follow(page, "button[value=send]")
    assert page.locator(".code").count() == 1
    assert Ballot.objects.get().answers == "2" * 11


def test_the_first_visit_weighs_less_than_60_kb_in_all(browser, live_server, world, phone):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    parts = {}
    page.on("response", lambda answer: parts.update({answer.url: len(answer.body())}))
    page.goto(live_server.url + reverse("surveys:station", args=[world.brigade.code]))
    page.wait_for_load_state("networkidle")
    context.close()
    assert len(parts) >= 3  # the page, its style sheet, its script; no font, no foreign address
    assert all(url.startswith(live_server.url) for url in parts)
    assert sum(parts.values()) < 60_000


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize(
    "query", ["?lang=zh-hans", "?lang=en", "?size=large", "?lang=en&size=large"]
)
def test_nothing_is_wider_than_a_small_phone(phone, width, query):
    page = phone(query, viewport={"width": width, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    name, buttons = page.locator(".station").bounding_box(), page.locator("header .language")
    # The station's name has a line of its own, below the buttons.
    assert name["width"] > width - 60
    assert name["y"] >= max(
        box["y"] + box["height"] for box in (b.bounding_box() for b in buttons.all())
    )
    # What is tapped is large enough for a finger.
    heights = [label.bounding_box()["height"] for label in page.locator("fieldset label").all()]
    assert min(heights) >= 44


def test_who_is_pressed_leaves_no_answers_on_the_phone(phone, live_server):
    page = phone()
    fill(page)
    assert page.evaluate("localStorage.length") == 1
    # The twin: an ordinary link away keeps them for the way back.
    page.goto(live_server.url + reverse("surveys:box"))
    page.goto(page.address)
    page.wait_for_selector("#restored:not([hidden])")
    follow(page, "#leave")
    assert page.is_checked("[name=kind][value=complaint]")
    assert page.evaluate("localStorage.getItem('ballot:410122-1')") is None
    # Going back does not lead to the form with its answers either.
    page.go_back()
    assert "/s/box/" in page.url
    page.goto(page.address)
    expect(page.locator("#restored")).to_be_hidden()
    assert page.locator("input[type=radio]:checked").count() == 0
    assert not Ballot.objects.exists()
