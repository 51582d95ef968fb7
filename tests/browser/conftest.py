"""A person's browser, for every walk."""

import pytest
from django.test.utils import override_settings

from tests.browser.walking import new_page, sign_in


@pytest.fixture
def portal(live_server, browser, world):
    """A person's browser: `portal(person)` signs in and gives the page."""
    contexts, complaints = [], []

    def open_as(user=None, **viewport):
        context = browser.new_context(
            locale="zh-CN", viewport=viewport or {"width": 1280, "height": 900}
        )
        contexts.append(context)
        page = new_page(context)
        watch(page, live_server.url, complaints)
        page.site = live_server.url
        if user is not None:
            sign_in(page, live_server.url, user)
        return page

    with override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25"):
        yield open_as
        for context in contexts:
            context.close()
    assert complaints == []


def watch(page, site, complaints: list):
    """Note what no page may do: fail, ask another host for anything, break the content policy."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: _only_here(r.url, site, complaints))
    page.on("console", lambda m: complaints.append(m.text) if _is_csp(m) else None)


def _only_here(url, site, complaints):
    if not url.startswith((site, "data:")):
        complaints.append(f"request to {url}")


def _is_csp(message):
    return "Content Security Policy" in message.text
