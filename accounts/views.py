"""Signing in and out, and choosing in which role to act."""

from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import NON_FIELD_ERRORS
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.middleware import SESSION_KEY
from accounts.models import User
from common.throttle import client_address, scope, throttled

SIGN_INS = scope("sign_in", _("sign-in attempts from one address"), limit=60, seconds=300)


@method_decorator(throttled(SIGN_INS), name="dispatch")
class SignInView(LoginView):
    """Sign-in; each one leaves an audit event, and so does each that fails."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form):
        response = super().form_valid(form)
        user = form.get_user()
        user.address = client_address(self.request)
        audit.record(by=user, act="user.signed_in", target=user, now=self.request.now)
        return response

    def form_invalid(self, form):
        if form.has_error(NON_FIELD_ERRORS):
            # Only the name of an account is kept: what else is typed there may be a password.
            person = User.objects.filter(username=form.cleaned_data["username"]).first()
            audit.record(
                by=None,
                act="user.sign_in_failed",
                target=person,
                now=self.request.now,
                after={"account_exists": person is not None},
                address=client_address(self.request),
            )
        return super().form_invalid(form)


class SignOutView(LogoutView):
    """Sign-out; each one leaves an audit event."""

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            by = request.user
            audit.record(by=by, act="user.signed_out", target=by, now=request.now)
        return super().post(request, *args, **kwargs)


@require_POST
def switch_membership(request):
    """Act in another of one's own memberships."""
    membership = get_object_or_404(
        request.user.memberships.filter(active=True), pk=request.POST.get("membership") or 0
    )
    request.session[SESSION_KEY] = membership.pk
    request.user.acting = membership
    audit.record(by=request.user, act="user.switched_role", target=membership, now=request.now)
    return redirect("portal:desk")
