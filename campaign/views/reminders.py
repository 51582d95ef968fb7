"""Who was told what and when; how one wants to be told; the calendar address."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.feeds import calendar_of
from campaign.forms import PreferenceForm
from campaign.models import CalendarFeed, ObligationKind, Reminder, ReminderPreference
from campaign.services import preferences
from campaign.services.unreached import unreached
from campaign.views.scope import current_campaign
from common.paging import page_of
from common.public import public_page
from deliveries.models import DeliveryState

# Units that nobody can tell anything, shown at once.
UNREACHED_SHOWN = 20


def told(request):
    """Every reminder in one's area: person, what, step, read, and what became of the mail."""
    check_may(request.user, Permission.READ)
    campaign = current_campaign()
    rows = (
        Reminder.objects.visible_to(request.user)
        .filter(obligation__campaign=campaign)
        .select_related("user", "obligation__organisation", "notice", "delivery")
    )
    text, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    mail, day = request.GET.get("mail", ""), request.GET.get("day", "")
    if text:
        unit = "obligation__organisation"
        rows = rows.filter(
            Q(user__name__icontains=text)
            | Q(**{f"{unit}__name_zh__icontains": text})
            | Q(**{f"{unit}__code__icontains": text})
        )
    if kind in ObligationKind.values:
        rows = rows.filter(obligation__kind=kind)
    if mail in DeliveryState.values:
        rows = rows.filter(delivery__state=mail)
    elif mail == "none":
        rows = rows.filter(delivery=None)
    if wanted := _day(day):
        rows = rows.filter(step_day=wanted)
    missed = unreached(request.user, campaign)
    context = {
        "campaign": campaign,
        "page": page_of(request, rows),
        "text": text,
        "kind": kind,
        "mail": mail,
        "day": day,
        "kinds": ObligationKind.choices,
        "mails": [*DeliveryState.choices, ("none", _("no mail"))],
        "unreached": missed.select_related("organisation")[:UNREACHED_SHOWN],
        "unreached_count": missed.count(),
    }
    return render(request, "campaign/told.html", context)


def _day(text):
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
def reminders(request):
    """How I want to be told, and whether I have a calendar address."""
    row = ReminderPreference.objects.filter(user=request.user).first()
    initial = {"mail_before_due": row.mail_before_due if row else True}
    form = PreferenceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        preferences.choose_reminders(by=request.user, now=request.now, **form.cleaned_data)
        messages.success(request, _("Your choice was saved."))
        return redirect("campaign:reminders")
    return _page(request, form)


def _page(request, form, address=None):
    context = {
        "form": form,
        "feed": CalendarFeed.objects.filter(user=request.user).first(),
        "address": address,
    }
    return render(request, "campaign/reminders.html", context)


@never_cache
@require_POST
def feed_make(request):
    """A new calendar address; the answer shows it, this once."""
    secret = preferences.make_feed(by=request.user, now=request.now)
    address = settings.PORTAL_URL + reverse("campaign:feed", args=[secret])
    row = ReminderPreference.objects.filter(user=request.user).first()
    form = PreferenceForm(initial={"mail_before_due": row.mail_before_due if row else True})
    return _page(request, form, address)


@require_POST
def feed_revoke(request):
    """End the calendar address."""
    preferences.revoke_feed(by=request.user, now=request.now)
    messages.success(request, _("The calendar address no longer works."))
    return redirect("campaign:reminders")


@public_page
@require_GET
def feed(request, secret):
    """The deadlines of whoever made this address, for a calendar program without a sign-in."""
    owner = preferences.owner_of(secret)
    if owner is None:
        raise Http404
    return HttpResponse(
        calendar_of(owner, request.now), content_type="text/calendar; charset=utf-8"
    )
