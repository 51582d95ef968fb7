"""The working calendar: which days are worked."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.forms import CalendarDayForm
from campaign.models import CalendarDay
from campaign.services.calendar import set_day
from common import clock


@require_http_methods(["GET", "POST"])
def calendar(request):
    """Holidays and make-up days of a year; the province's administrator changes them."""
    check_may(request.user, Permission.READ)
    form = None
    if request.method == "POST":
        check_may(request.user, Permission.CAMPAIGN_EDIT)
        form = CalendarDayForm(request.POST)
        if form.is_valid():
            shifts = set_day(by=request.user, now=request.now, **form.cleaned_data)
            count = sum(len(shift.obligation_ids) for shift in shifts)
            messages.success(
                request,
                ngettext(
                    "The calendar is changed; %(count)s deadline has moved.",
                    "The calendar is changed; %(count)s deadlines have moved.",
                    count,
                )
                % {"count": count},
            )
            return redirect("campaign:calendar")
    elif request.user.may(Permission.CAMPAIGN_EDIT):
        form = CalendarDayForm()
    years = CalendarDay.objects.dates("date", "year", order="DESC")
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted.isdecimal() else clock.today(request.now).year
    context = {
        "form": form,
        "year": year,
        "years": [day.year for day in years],
        "days": CalendarDay.objects.filter(date__year=year),
    }
    return render(request, "campaign/calendar.html", context)
