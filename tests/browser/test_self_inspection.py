"""The self-inspection in a real browser: nothing typed is lost, nobody's words are overwritten."""

import pytest
from django.test.utils import override_settings
from django.urls import reverse
from playwright.sync_api import expect

from evaluations.models import SelfInspectionItem, Standard
from tests.browser.walking import follow, new_page, sign_in
from tests.factories import small_province

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]

NO_STORE = "Storage.prototype.setItem = () => { throw new Error('full'); };"


@pytest.fixture
def world():
    return small_province()


@pytest.fixture
def device(live_server, browser):
    """`device(person)`: a signed-in browser context, whose pages share one memory."""
    contexts = []

    def of(user, script=None):
        context = browser.new_context(locale="zh-CN")
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = new_page(context)
        sign_in(page, live_server.url, user)
        page.close()
        return context

    with override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25"):
        yield of
        for context in contexts:
            context.close()


@pytest.fixture
def area(live_server, world):
    """Opens the first area of the brigade's self-inspection in a device."""

    def opened(context):
        page = context.new_page()
        address = reverse("evaluations:self-inspection-area", args=[world.brigade_enrolment.pk, 1])
        page.goto(live_server.url + address)
        return page

    return opened


def first_criterion(world):
    return Standard.objects.in_force(world.campaign).criteria()[0]


def stored(criterion):
    return SelfInspectionItem.objects.filter(criterion=criterion).values_list("remark", flat=True)


def lose_the_line_and_the_tab(device, area, world, script=None):
    """Types into a page whose line is dead, and kills it; the device afterwards."""
    criterion = first_criterion(world)
    context = device(world.station_officer, script)
    page = area(context)
    context.set_offline(True)
    page.fill(f"[name=value_{criterion.pk}]", "2.5")
    page.fill(f"[name=text_{criterion.pk}]", "公示栏未及时更新")
    page.close()
    context.set_offline(False)
    return context


def test_killed_in_mid_form_nothing_typed_is_lost(device, area, world):
    criterion = first_criterion(world)
    page = area(lose_the_line_and_the_tab(device, area, world))
    assert page.input_value(f"[name=text_{criterion.pk}]") == ""
    expect(page.locator("#kept")).to_contain_text("1.1")
    with page.expect_response("**/autosave/"):
        page.click("#kept-restore")
    expect(page.locator(f"[name=text_{criterion.pk}]")).to_have_value("公示栏未及时更新")
    expect(page.locator(f"#criterion-{criterion.pk} .saved-note")).not_to_be_empty()
    assert page.evaluate("() => localStorage.length") == 0
    assert list(stored(criterion)) == ["公示栏未及时更新"]
    page.reload()
    assert page.input_value(f"[name=value_{criterion.pk}]") == "2.5"
    expect(page.locator("#kept")).to_be_hidden()


def test_without_the_devices_memory_it_would_be_lost(device, area, world):
    """The control: the same loss, with the memory switched off."""
    page = area(lose_the_line_and_the_tab(device, area, world, NO_STORE))
    assert page.input_value(f"[name=text_{first_criterion(world).pk}]") == ""
    expect(page.locator("#kept")).to_be_hidden()


def test_refused_form_is_still_kept_by_the_device(device, area, world):
    criterion = first_criterion(world)
    value = f"[name=value_{criterion.pk}]"
    context = device(world.station_officer)
    page = area(context)
    page.fill(value, "9")
    follow(page, "button[name=next]")
    assert page.locator(".invalid-feedback").count() == 1
    page.close()
    page = area(context)
    assert page.input_value(value) == ""
    page.click("#kept-restore")
    expect(page.locator(value)).to_have_value("9")


def test_two_editors_at_once(device, area, world):
    criterion = first_criterion(world)
    text = f"[name=text_{criterion.pk}]"
    station, county = (
        area(device(person)) for person in (world.station_officer, world.county_officer)
    )
    with station.expect_response("**/autosave/") as first:
        station.fill(text, "站所写的")
    assert first.value.status == 200
    with county.expect_response("**/autosave/") as second:
        county.fill(text, "县局写的")
    assert second.value.status == 409
    shown = county.locator(".theirs")
    expect(shown).to_contain_text("站所写的")
    expect(shown).to_contain_text("县局写的")
    assert list(stored(criterion)) == ["站所写的"]
    with county.expect_response("**/autosave/") as third:
        county.click(".theirs button >> nth=0")
    assert third.value.status == 200
    assert list(stored(criterion)) == ["县局写的"]
