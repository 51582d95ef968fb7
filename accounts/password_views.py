"""A person's own password: changed, or forgotten and renewed by the link of a mail."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from accounts.forms import ForgottenForm
from accounts.services.passwords import change_password, mail_links, renew_forgotten
from accounts.views import begin_sign_in
from common.throttle import scope, throttled

FORGOTTEN = scope(
    "forgotten_password",
    gettext_lazy("forgotten passwords from one address"),
    limit=10,
    seconds=3600,
)


class PasswordView(auth_views.PasswordChangeView):
    """Change one's own password; other sessions end, this one goes on."""

    template_name = "accounts/password.html"

    def form_valid(self, form):
        person = self.request.user
        change_password(
            person=person,
            password=form.cleaned_data["new_password1"],
            now=self.request.now,
            real_now=timezone.now(),
        )
        update_session_auth_hash(self.request, person)
        begin_sign_in(self.request, person)
        messages.success(self.request, _("Your password was changed."))
        return redirect("portal:desk")


@method_decorator([login_not_required, throttled(FORGOTTEN)], name="dispatch")
class ForgottenView(FormView):
    """Ask for a mail with a link. The answer is the same for addresses that nobody has."""

    form_class = ForgottenForm
    template_name = "accounts/forgotten.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form):
        mail_links(email=form.cleaned_data["email"], now=self.request.now)
        messages.success(
            self.request,
            _(
                "If an account has this e-mail address, a link is on its way to it. It opens for "
                "half an hour. No mail? A system administrator gives a new initial password."
            ),
        )
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class ForgottenLinkView(auth_views.PasswordResetConfirmView):
    """Choose a new password by the link of the mail."""

    template_name = "accounts/forgotten_link.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form):
        person = self.user
        renew_forgotten(
            person=person,
            password=form.cleaned_data["new_password1"],
            now=self.request.now,
            real_now=timezone.now(),
        )
        del self.request.session[auth_views.INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, _("Your password was changed. Sign in with it."))
        return redirect(self.get_success_url())
