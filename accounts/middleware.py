"""The acting membership: chosen in the session, visible in the header, carried by the user. And
the gate before which one stands until a duty of one's own account is done."""

from django.shortcuts import redirect

from common.throttle import client_address

SESSION_KEY = "acting_membership"


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


class GateMiddleware:
    """Who must do something first (change a given password) is led there and nowhere else.

    Pages that anybody may see without signing in stay open.
    """

    OPEN = {"accounts:logout", "accounts:switch", "portal:language"}

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
        return redirect(wanted) if wanted not in (None, name) else None

    @staticmethod
    def first_duty(request) -> str | None:
        """The name of the page that must be done first, or None."""
        return "accounts:password" if request.user.must_change_password else None
