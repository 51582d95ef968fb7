"""The page of the security rules and limits."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.forms import LimitsForm, RulesForm
from accounts.models import SecurityRules
from accounts.policies import check_may
from accounts.roles import Permission
from accounts.services import rules as services
from common.errors import WrongMoment


def _page(request, form=None, limits=None):
    rules = SecurityRules.in_force()
    context = {
        "form": form or RulesForm(instance=rules, initial={"version": rules.version}),
        "limits": limits or LimitsForm(),
        "events": audit.story_of(rules),
    }
    return render(request, "accounts/rules.html", context)


@require_http_methods(["GET", "POST"])
def rules(request):
    """Passwords, lock-out, sign-ins, second factor, retention."""
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    if request.method == "GET":
        return _page(request)
    form = RulesForm(request.POST)
    if form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version") or 0
        try:
            services.change_rules(
                expected_version=version, by=request.user, now=request.now, **values
            )
        except WrongMoment as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("The rules were changed."))
            return redirect("accounts:rules")
    return _page(request, form=form)


@require_POST
def limits(request):
    """Rate limits and limits of uploads."""
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    form = LimitsForm(request.POST)
    if form.is_valid():
        services.change_limits(
            rates=form.rates(), uploads=form.uploads(), by=request.user, now=request.now
        )
        messages.success(request, _("The limits were changed."))
        return redirect("accounts:rules")
    return _page(request, limits=form)
