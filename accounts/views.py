"""Signing in, and choosing in which role to act."""

from django.contrib.auth.views import LoginView
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.middleware import SESSION_KEY


class SignInView(LoginView):
    """Sign-in; each one leaves an audit event."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form):
        response = super().form_valid(form)
        user = form.get_user()
        user.address = self.request.META.get("REMOTE_ADDR")
        audit.record(by=user, act="user.signed_in", target=user, now=self.request.now)
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
