"""Every page of the access matrix in a browser, at three widths: axe finds nothing serious or
critical, nothing has to be scrolled sideways, no other host is asked for anything, nothing breaks
the content policy, no script fails (the last three are watched by the fixture `portal`)."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from tests.access_matrix import ACTORS, COLUMNS, read_table
from tests.browser.conftest import watch
from tests.browser.walking import sign_in
from tests.matrix_world import TARGETS, matrix_world
from tests.test_downloads import FILES, OWN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
WIDTHS = (1280, 768, 320)
# Addresses that answer with HTML but are not looked at, and why.
LEFT_OUT = {
    "reports:progress": "a part of a page, which is looked at whole",
    "accounts:second-factor": "only between password and code: looked at below",
    "surveys:results-export": "a file, and only after the questionnaire is closed",
}
# Lists are opened by who sees the most of them, the page of an object by who works on it.
LISTS_BY = ("anon", "padm", "pref", "stat", "acty", "syst", "audi")
OBJECTS_BY = ("anon", "stat", "cnty", "pref", "acty", "syst", "audi", "padm")
# Who walks in one test: about as many pages in each.
WALKS = (("padm lists",), ("padm", "anon"), ("stat", "cnty"), ("pref", "syst", "acty", "audi"))
# What scripts do after a change of the width is done two frames later.
LOOK = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame(); await frame();
    return (await axe.run(document, {resultTypes: ["violations"], preload: false}))
    .violations.flatMap(fault => fault.nodes.map(
        node => [fault.impact, fault.id, node.target.join(" "), node.failureSummary]))}"""


@pytest.fixture
def world():
    return matrix_world()


def pages_of(walk) -> dict:
    """Column → lines of the matrix: the pages that it opens on this walk."""
    pages = {}
    for line in read_table():
        readers = [column for column in COLUMNS if line.expected[column] == 200]
        left_out = line.url_name in (OWN.keys() | FILES | LEFT_OUT.keys())
        if line.method != "GET" or left_out or not readers:
            continue
        is_list = line.target == "-"
        order = LISTS_BY if is_list else OBJECTS_BY
        column = min(readers, key=lambda code: (*order, *COLUMNS).index(code))
        walks = f"{column} lists" if column == "padm" and is_list else column
        if walks in walk:
            pages.setdefault(column, []).append(line)
    return pages


def grave_faults(page) -> list[str]:
    """Each serious or critical fault of the open page: rule, element, what is wrong."""
    return [
        f"{rule} {element}: {summary}"
        for impact, rule, element, summary in page.evaluate(LOOK)
        if impact in GRAVE
    ]


def look_at(page) -> dict:
    """Width → what is wrong with the open page at that width."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        faults = grave_faults(page)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append(f"{wide} wide")
        if faults:
            found[width] = faults
    return found


@pytest.mark.long
@pytest.mark.parametrize("walk", WALKS, ids="+".join)
def test_no_page_shuts_anybody_out(portal, world, walk):
    hosts, faults, broken = set(), {}, {}
    for column, lines in pages_of(walk).items():
        attribute, _label = ACTORS[column]
        page = portal(attribute and getattr(world, attribute))
        # By the browser itself, so that the portal's content policy stays in force.
        page.add_init_script(path=AXE)
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        for line in lines:
            args, _data = TARGETS[line.target](world)
            response = page.goto(page.site + reverse(line.url_name, args=args))
            if response.status != 200 or "<html" not in response.text():
                broken[line.url_name] = response.status
            elif found := look_at(page):
                faults[line.url_name, column] = found
    assert broken == {}
    assert faults == {}
    assert len(hosts - {""}) == 1


def test_pages_outside_the_matrix(portal, world):
    """An address that leads nowhere, a refusal, and the page between password and code."""
    faults = {}
    page = portal(world.station_officer)
    page.add_init_script(path=AXE)
    for address, status in (("/nowhere/", 404), (reverse("accounts:people"), 403)):
        assert page.goto(page.site + address).status == status
        faults[address] = look_at(page)
    person = world.county_officer
    TOTPDevice.objects.create(user=person, confirmed=True)
    User.objects.filter(pk=person.pk).update(second_factor=True)
    page = portal()
    page.add_init_script(path=AXE)
    sign_in(page, page.site, person)
    assert reverse("accounts:second-factor") in page.url
    faults["code"] = look_at(page)
    assert faults == {"/nowhere/": {}, reverse("accounts:people"): {}, "code": {}}


def test_every_page_is_looked_at():
    """By one walk, once; and what is left out is there."""
    walked = [line for walk in WALKS for lines in pages_of(walk).values() for line in lines]
    names = {line.url_name for line in walked}
    everything = {line.url_name for line in read_table() if line.method == "GET"}
    unseen = everything - names - FILES - OWN.keys() - LEFT_OUT.keys()
    assert unseen == set()
    assert everything >= LEFT_OUT.keys()
    assert len(walked) == len({(line.url_name, line.target) for line in walked}) > 150


PLANTED = """<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>
<p style="color: #ccc; background: #fff">pale</p><input type="text"><img src="data:,">
<p style="width: 500px; background: #fff">wide</p></main>"""


def test_planted_faults_are_seen(browser):
    """The negative control."""
    page = browser.new_page()
    page.add_init_script(path=AXE)
    page.route("**/planted/", lambda route: route.fulfill(body=PLANTED, content_type="text/html"))
    page.goto("http://planted.example/planted/")
    found = look_at(page)
    page.close()
    grave = {"color-contrast", "label", "image-alt"}
    rules = {width: {fault.split()[0] for fault in faults} for width, faults in found.items()}
    assert [rules[width] >= grave for width in WIDTHS] == [True, True, True]
    assert [width for width in WIDTHS if found[width][-1].endswith(" wide")] == [320]


def test_a_planted_request_is_seen(live_server, browser):
    """The negative control: a foreign picture, an inline script under the portal's policy."""
    complaints, page = [], browser.new_page()
    watch(page, live_server.url, complaints)
    page.route("http://foreign.example/**", lambda route: route.abort())
    policy = {"Content-Security-Policy": "default-src 'self'; img-src *"}
    body = '<img src="http://foreign.example/x.png"><script>planted()</script>'
    planted = {"body": body, "headers": policy, "content_type": "text/html"}
    page.route("**/planted/", lambda route: route.fulfill(**planted))
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.goto(f"{live_server.url}/planted/")
    page.close()
    assert "request to http://foreign.example/x.png" in complaints
    assert any("Content Security Policy" in complaint for complaint in complaints)
