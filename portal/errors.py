"""Error pages: what happened and what to do, never a traceback."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request, status, reason):
    return render(
        request, "errors/refusal.html", {"status": status, "reason": reason}, status=status
    )


@login_not_required
def bad_request(request, exception=None):
    return _page(request, 400, _("The request could not be understood. Go back and try again."))


@login_not_required
def permission_denied(request, exception=None):
    return _page(request, 403, str(exception) or _("You have no right to see this page."))


@login_not_required
def page_not_found(request, exception=None):
    return _page(
        request, 404, _("There is no such page, or it lies outside your area of responsibility.")
    )


@login_not_required
def csrf_failure(request, reason=""):
    return _page(
        request,
        403,
        _("The form was open too long, or cookies are off. Go back, reload and send again."),
    )


@login_not_required
def server_error(request):
    # Rendered without context processors: they may be what failed.
    return render(None, "errors/server_error.html", status=500)
