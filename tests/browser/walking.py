"""Short ways around the portal in a browser.

A click does not wait for the page that comes of it, and what is read at once may be read from the
page before. So what sends a form or leads to another page is clicked by `follow` or `press`, and
what a script changes is looked at with Playwright's `expect`, which waits.
"""

from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.patience import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)


def new_page(context):
    """A page of the browser's context that waits as long as the others."""
    context.set_default_timeout(PATIENCE * 1000)
    return context.new_page()


def sign_in(page, site, user):
    page.goto(site + reverse("accounts:login"))
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    follow(page, "main button")


def go(page, name, *args):
    return page.goto(page.site + reverse(name, args=args))


def follow(page, selector):
    """Click what sends a form or leads to another page; back as soon as that page is there."""
    with page.expect_navigation():
        page.click(selector)


def press(page, name, *args):
    """Press the button that posts to an address; back as soon as the page that follows is there."""
    address = reverse(name, args=args)
    follow(page, f"[formaction='{address}'], form[action='{address}'] button:not([formaction])")
