"""The acting membership: chosen in the session, visible in the header, carried by the user. The
life of a sign-in. And the gate before which one stands until a duty of one's own account is done.
"""

from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.services import sign_ins
from common.throttle import client_address

SESSION_KEY = "acting_membership"
# In the session: a role of the person needs a second factor (noted at sign-in).
SET_UP = "second_factor_demanded"


class ActingMembershipMiddleware:
    """Sets `user.acting` from the session, and `user.address` for the audit trail."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if user.is_authenticated:
            chosen = request.session.get(SESSION_KEY)
            if chosen:
                membership = (
                    user.memberships.select_related("organisation")
                    .filter(pk=chosen, active=True)
                    .first()
                )
                if membership:
                    user.acting = membership
            user.address = client_address(request)
        return self.get_response(request)


class SignInMiddleware:
    """Puts off the end of a session in use; one that was idle for too long has run out."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            sign_ins.seen(session=request.session, now=timezone.now())
        return self.get_response(request)


class GateMiddleware:
    """Who must do something first (show the second factor, change a given password) is led there
    and nowhere else. Pages that anybody may see without signing in stay open."""

    OPEN = {"accounts:logout", "portal:language"}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        name = request.resolver_match.view_name
        if not request.user.is_authenticated or name in self.OPEN:
            return None
        if not getattr(view, "login_required", True):
            return None
        wanted = self.first_duty(request)
        if wanted in (None, name):
            return None
        address = reverse(wanted)
        if request.method == "GET" and wanted == "accounts:second-factor":
            address += "?" + urlencode({"next": request.get_full_path()})
        return redirect(address)

    @staticmethod
    def first_duty(request) -> str | None:
        """The name of the page that must be done first, or None."""
        user = request.user
        if user.second_factor and not user.is_verified():
            return "accounts:second-factor"
        if user.must_change_password:
            return "accounts:password"
        if request.session.get(SET_UP) and not user.second_factor:
            return "accounts:second-factor-set-up"
        return None
