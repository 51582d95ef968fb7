"""Signing in and out, and choosing in which role to act."""

from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import NON_FIELD_ERRORS
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.middleware import SESSION_KEY, SET_UP
from accounts.models import User
from accounts.services import second_factor, sign_ins
from accounts.services.passwords import demand_change_when_old
from common.throttle import client_address, scope, throttled

SIGN_INS = scope("sign_in", _("sign-in attempts from one address"), limit=60, seconds=300)


@method_decorator(throttled(SIGN_INS), name="dispatch")
class SignInView(LoginView):
    """Sign-in; each one leaves an audit event, and so does each that fails."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form):
        response = super().form_valid(form)
        request, user = self.request, form.get_user()
        user.address = client_address(request)
        audit.record(by=user, act="user.signed_in", target=user, now=request.now)
        begin_sign_in(request, user)
        demand_change_when_old(person=user, now=request.now, real_now=timezone.now())
        request.session[SET_UP] = second_factor.is_demanded(user)
        return response

    def form_invalid(self, form):
        if form.has_error(NON_FIELD_ERRORS):
            # Only the name of an account is kept: what else is typed there may be a password.
            person = User.objects.filter(username=form.cleaned_data["username"]).first()
            locked = {"locked": True} if getattr(self.request, "axes_locked_out", False) else {}
            audit.record(
                by=None,
                act="user.sign_in_failed",
                target=person,
                now=self.request.now,
                after={"account_exists": person is not None} | locked,
                address=client_address(self.request),
            )
        return super().form_invalid(form)


def begin_sign_in(request, user):
    """Note the sign-in that stands behind the request's session."""
    sign_ins.begin(
        person=user,
        session=request.session,
        address=client_address(request),
        browser=request.headers.get("User-Agent", ""),
        now=timezone.now(),
    )


class SignOutView(LogoutView):
    """Sign-out; each one leaves an audit event."""

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            by = request.user
            audit.record(by=by, act="user.signed_out", target=by, now=request.now)
        response = super().post(request, *args, **kwargs)
        # What pages kept on the device (the on-site form's records) goes with the session.
        response["Clear-Site-Data"] = '"storage"'
        return response


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
