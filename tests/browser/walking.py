"""Short ways around the portal in a browser."""

from django.urls import reverse


def go(page, name, *args):
    return page.goto(page.site + reverse(name, args=args))


def press(page, name, *args):
    """Press the button that posts to an address."""
    address = reverse(name, args=args)
    page.click(f"[formaction='{address}'], form[action='{address}'] button:not([formaction])")
