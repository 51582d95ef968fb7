"""The acting membership: chosen in the session, visible in the header, carried by the user."""

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
            user.address = request.META.get("REMOTE_ADDR")
        return self.get_response(request)
