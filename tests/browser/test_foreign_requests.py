"""Every page that can be opened without an object, in a browser: nothing is asked of another host,
nothing breaks the content policy, no script fails."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from tests.access_matrix import ACTORS, read_table
from tests.browser.conftest import watch
from tests.matrix_world import TARGETS, matrix_world
from tests.test_downloads import OWN

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]

# Who walks; each opens what the ones before could not.
WALKERS = ("anon", "padm", "pref", "stat", "acty", "audi", "syst")
# What is downloaded, not opened (tests/test_downloads.py).
FILES = ("export", "template", "protocol")
# The whole page of one object of each kind that people work on.
OBJECTS = {
    "evaluations:check",
    "evaluations:commitments",
    "evaluations:finding",
    "evaluations:self-inspection",
    "evaluations:task",
    "opinions:unit",
    "reports:detail",
    "scoring:run",
    "scoring:score",
    "surveys:flag",
    "surveys:station",
}


@pytest.fixture
def world():
    return matrix_world()


def pages_of(world):
    """Walker → (name, address) of each page that it opens."""
    pages = {column: [] for column in WALKERS}
    for line in read_table():
        if line.method != "GET" or (line.target != "-" and line.url_name not in OBJECTS):
            continue
        if line.url_name in OWN or line.url_name.endswith(FILES):
            continue
        walker = next((column for column in WALKERS if line.expected[column] == 200), None)
        if walker:
            args, _data = TARGETS[line.target](world)
            pages[walker].append((line.url_name, reverse(line.url_name, args=args)))
    return pages


def test_no_page_asks_another_host(portal, world):
    opened, hosts = set(), set()
    for walker, addresses in pages_of(world).items():
        attribute, _label = ACTORS[walker]
        page = portal(attribute and getattr(world, attribute))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        for name, address in addresses:
            assert page.goto(page.site + address).status == 200, name
            opened.add(name)
    # That nothing was complained of, the fixture sees at the end; here, that something was opened.
    assert len(opened) > 90
    assert opened >= OBJECTS
    assert len(hosts - {""}) == 1


def test_a_planted_request_is_seen(live_server, browser):
    """The negative control: a foreign picture, an inline script under the portal's policy."""
    complaints, page = [], browser.new_page()
    watch(page, live_server.url, complaints)
    page.route("http://foreign.example/**", lambda route: route.abort())
    policy = {"Content-Security-Policy": "default-src 'self'; img-src *"}
    body = '<img src="http://foreign.example/x.png"><script>planted()</script>'
    planted = {"body": body, "headers": policy, "content_type": "text/html"}
    page.route("**/planted/", lambda route: route.fulfill(**planted))
    page.goto(f"{live_server.url}/planted/")
    page.close()
    assert "request to http://foreign.example/x.png" in complaints
    assert any("Content Security Policy" in complaint for complaint in complaints)
