"""What the lock-out (django-axes) asks of the portal: the numbers of the rules' row, and a page.

Failures count for a sign-in name *from one address*: whoever guesses locks the guesser's address
out, and never the person who signs in from elsewhere.
"""

from datetime import timedelta

from django.shortcuts import render
from django.utils.translation import ngettext

from accounts.models import SecurityRules


def failure_limit(request, credentials) -> int:
    """After so many failures the name is locked from that address."""
    return SecurityRules.in_force().lock_after


def cool_off(request) -> timedelta:
    """For so long."""
    return timedelta(minutes=SecurityRules.in_force().lock_minutes)


def locked_page(request, response, credentials):
    """The answer to a sign-in that is locked; the same for names that nobody has."""
    minutes = SecurityRules.in_force().lock_minutes
    reason = ngettext(
        "Too many failed sign-ins with this name from here. It is locked for %(minutes)s minute; "
        "a system administrator can unlock it.",
        "Too many failed sign-ins with this name from here. It is locked for %(minutes)s minutes; "
        "a system administrator can unlock it.",
        minutes,
    )
    context = {"reason": reason % {"minutes": minutes}, "status": 429}
    return render(request, "errors/refusal.html", context, status=429)
