"""The on-site form: its page, what makes it installable, and its three addresses for data."""

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign
from common import clock
from common.errors import Refusal
from evaluations.forms.onsite import ChangeForm
from evaluations.policies import check_can_accept
from evaluations.services import onsite as services
from evaluations.views.scope import enrolment_of

ASSETS = (
    "vendor/bootstrap/bootstrap.min.css",
    "css/portal.css",
    "js/onsite/store.js",
    "js/onsite/sending.js",
    "js/onsite/page.js",
    "js/signout.js",
    "img/mark.svg",
)


def _day(request) -> date:
    """The day that was asked for, else today."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return clock.today(request.now)


@require_GET
@never_cache
def page(request):
    """The list of the day's checks; with JavaScript it becomes the form that works off line."""
    check_may(request.user, Permission.ACCEPTANCE_CHECK)
    day = _day(request)
    enrolments = services.enrolments_for(request.user, Campaign.objects.current(), day)
    return render(request, "evaluations/onsite/page.html", {"day": day, "enrolments": enrolments})


@require_GET
def manifest(request):
    """What makes the form installable on a phone."""
    icon = {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "name": _("On-site check"),
            "short_name": _("On-site check"),
            "start_url": reverse("evaluations:onsite"),
            "scope": reverse("evaluations:onsite"),
            "display": "standalone",
            "background_color": "#f3f5f8",
            "theme_color": "#16345c",
            "icons": [icon],
        },
        content_type="application/manifest+json",
    )


@require_GET
@never_cache
def worker(request):
    """The service worker; it lies in the folder of the page, which is all that it may control."""
    assets = [static(name) for name in ASSETS]
    version = hashlib.sha256("\n".join(assets).encode()).hexdigest()[:12]
    context = {"assets": assets, "version": version, "page": reverse("evaluations:onsite")}
    return render(request, "evaluations/onsite/worker.js", context, content_type="text/javascript")


@require_GET
@never_cache
def session(request):
    """Who is signed in, and the token that a change must carry."""
    check_may(request.user, Permission.ACCEPTANCE_CHECK)
    return JsonResponse({"user": request.user.pk, "csrf": get_token(request)})


@require_GET
@never_cache
def bundle(request):
    """The day's checks for the device."""
    check_may(request.user, Permission.ACCEPTANCE_CHECK)
    enrolments = services.enrolments_for(request.user, Campaign.objects.current(), _day(request))
    audit.record(
        by=request.user,
        act="checks.taken_along",
        now=request.now,
        after={"enrolments": [enrolment.pk for enrolment in enrolments]},
    )
    return JsonResponse(
        {
            "user": request.user.pk,
            "name": request.user.name,
            "today": clock.today(request.now).isoformat(),
            "checks": services.bundle_of(enrolments),
        }
    )


@require_POST
def change(request, pk):
    """One change from a device: 200 applied (now or before), 409 with both values when somebody
    else was faster, 422 with what is wrong with it."""
    enrolment = enrolment_of(request, pk)
    check_can_accept(request.user, enrolment)
    form = ChangeForm(request.POST, request.FILES, enrolment=enrolment)
    if not form.is_valid():
        errors = [text for texts in form.errors.values() for text in texts]
        return JsonResponse({"refused": errors}, status=422)
    try:
        revision = services.apply_change(
            enrolment=enrolment, change=form.change(), by=request.user, now=request.now
        )
    except services.Conflict as refusal:
        theirs = services.score_values(refusal.theirs) | {
            "by": str(refusal.theirs.changed_by or ""),
            "at": f"{timezone.localtime(refusal.theirs.changed_at):%Y-%m-%d %H:%M}"
            if refusal.theirs.changed_at
            else "",
        }
        return JsonResponse({"theirs": theirs}, status=409)
    except Refusal as refusal:
        return JsonResponse({"refused": [str(refusal.reason)]}, status=refusal.status)
    except ValidationError as error:
        return JsonResponse({"refused": error.messages}, status=422)
    return JsonResponse({"revision": revision})
