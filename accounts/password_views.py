"""A person's own password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.services.passwords import change_password


class PasswordView(auth_views.PasswordChangeView):
    """Change one's own password; other sessions end, this one goes on."""

    template_name = "accounts/password.html"

    def form_valid(self, form):
        person = self.request.user
        password = form.cleaned_data["new_password1"]
        change_password(person=person, password=password, now=self.request.now)
        update_session_auth_hash(self.request, person)
        messages.success(self.request, _("Your password was changed."))
        return redirect("portal:desk")
