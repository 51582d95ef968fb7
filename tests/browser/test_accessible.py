"""Axe looks at the pages: nothing serious or critical stands in the way of people who read with a
screen reader, without colours, or on a narrow phone."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.access_matrix import ACTORS
from tests.browser.test_foreign_requests import OBJECTS, pages_of
from tests.browser.test_foreign_requests import world as world  # noqa: PLC0414 - the fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
WIDTHS = (320, 768, 1280)
# What is laid out otherwise on a narrow page: looked at in every width; the rest in one.
IN_EVERY_WIDTH = {
    "portal:home",
    "portal:desk",
    "accounts:login",
    "evaluations:check",
    "evaluations:self-inspection",
    "evaluations:task",
    "opinions:unit",
    "scoring:ranking",
    "scoring:score",
    "stations:list",
    "surveys:station",
}
LOOK = """async () => (await axe.run(document, {resultTypes: ["violations"], preload: false}))
    .violations.flatMap(fault => fault.nodes.map(
        node => [fault.impact, fault.id, node.target.join(" "), node.failureSummary]))"""


def grave_faults(page) -> list[str]:
    """Each serious or critical fault of the open page: rule, element, what is wrong."""
    return [
        f"{rule} {element}: {summary}"
        for impact, rule, element, summary in page.evaluate(LOOK)
        if impact in GRAVE
    ]


def test_no_page_shuts_anybody_out(portal, world):
    looked_at, faults = set(), {}
    for walker, addresses in pages_of(world).items():
        attribute, _label = ACTORS[walker]
        page = portal(attribute and getattr(world, attribute))
        # By the browser itself, so that the portal's content policy stays in force.
        page.add_init_script(path=AXE)
        for name, address in addresses:
            page.goto(page.site + address)
            for width in WIDTHS if name in IN_EVERY_WIDTH else WIDTHS[-1:]:
                page.set_viewport_size({"width": width, "height": 900})
                looked_at.add((name, width))
                if found := grave_faults(page):
                    faults[name, width] = found
    assert faults == {}
    assert {name for name, _width in looked_at} >= OBJECTS
    assert looked_at >= {(name, width) for name in IN_EVERY_WIDTH for width in WIDTHS}


PLANTED = """<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>
<p style="color: #ccc; background: #fff">pale</p><input type="text"><img src="data:,"></main>"""


def test_planted_faults_are_seen(browser):
    """The negative control."""
    page = browser.new_page()
    page.add_init_script(path=AXE)
    page.route("**/planted/", lambda route: route.fulfill(body=PLANTED, content_type="text/html"))
    page.goto("http://planted.example/planted/")
    rules = {fault.split()[0] for fault in grave_faults(page)}
    page.close()
    assert rules == {"color-contrast", "label", "image-alt"}
