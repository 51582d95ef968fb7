"""One's own sign-in: where one is signed in, and the second factor."""

import segno
from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_otp import login as mark_verified

from accounts.forms import CodeForm
from accounts.middleware import SET_UP
from accounts.services import second_factor, sign_ins
from common.errors import Incomplete
from common.throttle import check_rate, scope

CODES = scope("second_factor", gettext_lazy("codes of one account"), limit=10, seconds=300)


@require_GET
def own_sign_in(request):
    """Where I am signed in, my password, my second factor."""
    person = request.user
    context = {
        "rows": sign_ins.open_sign_ins(person),
        "present": request.session.get(sign_ins.SIGN_IN),
        "demanded": second_factor.is_demanded(person),
        "codes_left": second_factor.codes_left(person),
    }
    return render(request, "accounts/own_sign_in.html", context)


@require_POST
def end_sign_in(request, pk):
    """Sign out elsewhere."""
    row = get_object_or_404(request.user.sign_ins, pk=pk)
    sign_ins.end_sign_in(sign_in=row, by=request.user, now=request.now)
    messages.success(request, _("That sign-in has ended."))
    return redirect("accounts:own-sign-in")


@require_POST
def end_other_sign_ins(request):
    """Sign out everywhere else."""
    count = sign_ins.end_other_sign_ins(session=request.session, by=request.user, now=request.now)
    messages.success(
        request, _("Sign-ins elsewhere that have ended: %(count)s.") % {"count": count}
    )
    return redirect("accounts:own-sign-in")


def _next(request):
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return reverse(settings.LOGIN_REDIRECT_URL)


def _verified(request, device):
    """The session carries the second factor from now on, under a new key."""
    mark_verified(request, device)
    request.session.pop(SET_UP, None)
    request.session.cycle_key()
    sign_ins.follow(request.session)


@never_cache
@require_http_methods(["GET", "POST"])
def show_second_factor(request):
    """The second step of a sign-in: the code of the app, or a recovery code."""
    person = request.user
    if not person.second_factor or person.is_verified():
        return redirect(_next(request))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        check_rate(CODES, str(person.pk))
        try:
            device = second_factor.verify(
                person=person, code=form.cleaned_data["code"], now=request.now
            )
        except Incomplete as refusal:
            form.add_error("code", refusal.reason)
        else:
            _verified(request, device)
            return redirect(_next(request))
    context = {"form": form, "next": _next(request)}
    return render(request, "accounts/second_factor.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def set_up_second_factor(request):
    """Show the secret to the app; with its first code the second factor is in use."""
    person = request.user
    form = CodeForm(request.POST or None)
    form.fields["code"].label = _("Code of the app")  # there are no recovery codes yet
    if request.method == "POST" and form.is_valid():
        check_rate(CODES, str(person.pk))
        try:
            device, codes = second_factor.confirm(
                person=person, code=form.cleaned_data["code"], now=request.now
            )
        except Incomplete as refusal:
            form.add_error("code", refusal.reason)
        else:
            _verified(request, device)
            return render(request, "accounts/recovery_codes.html", {"codes": codes, "new": True})
    device = second_factor.pending_device(person, request.now)
    context = {
        "form": form,
        "picture": segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=3),
        "secret": second_factor.typed_secret(device),
        "demanded": second_factor.is_demanded(person),
    }
    return render(request, "accounts/second_factor_set_up.html", context)


@never_cache
@require_POST
def renew_codes(request):
    """New recovery codes; the answer shows them, this once."""
    codes = second_factor.renew_codes(person=request.user, now=request.now)
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@require_POST
def give_up_second_factor(request):
    """Go back to the password alone."""
    second_factor.give_up(person=request.user, now=request.now)
    messages.success(request, _("The second factor is given up."))
    return redirect("accounts:own-sign-in")
