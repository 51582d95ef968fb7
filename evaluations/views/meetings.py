"""Review meetings: the list, the plan, the meeting with its delegates and reports, the minutes."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import Organisation
from campaign.models import Campaign
from common.errors import WrongMoment, allowed
from common.paging import page_of
from evaluations import meeting_policies as policies
from evaluations.forms.fields import ReasonForm
from evaluations.forms.meetings import (
    AttendanceForm,
    DelegatesForm,
    MeetingForm,
    QuestionForm,
    ReportForm,
)
from evaluations.minutes import minutes_of
from evaluations.models import MeetingReport, QuestionState, ReviewMeeting
from evaluations.services import meetings as services
from evaluations.voices_exports import minutes_workbook

# Stations that one list offers; the province has two thousand.
IN_A_LIST = 300


def meetings(request):
    """The meetings in scope, latest first."""
    policies.check_can_read_meetings(request.user)
    campaign = Campaign.objects.current()
    rows = (
        ReviewMeeting.objects.visible_to(request.user)
        .filter(campaign=campaign)
        .select_related("organisation")
        .annotate(
            stations=Count("reports", distinct=True),
            asked=Count("questions", distinct=True),
            promised=Count(
                "questions",
                filter=Q(questions__state=QuestionState.PROMISED),
                distinct=True,
            ),
        )
        .order_by("-starts_at", "-pk")
    )
    can_plan = campaign is not None and allowed(
        policies.check_can_plan_meeting, request.user, campaign, request.now
    )
    context = {"page": page_of(request, rows), "can_plan": can_plan}
    return render(request, "evaluations/meetings.html", context)


@require_http_methods(["GET", "POST"])
def meeting_plan(request):
    """Plan a meeting of the acting unit's level."""
    campaign = Campaign.objects.current()
    if campaign is None:
        raise WrongMoment(_("There is no campaign."))
    policies.check_can_plan_meeting(request.user, campaign, request.now)
    offered = _offered(request, campaign)
    form = MeetingForm(request.POST or None, enrolments=offered.pop("stations"))
    if request.method == "POST" and form.is_valid():
        row = services.plan_meeting(
            campaign=campaign,
            values=form.values(),
            enrolments=list(form.cleaned_data["enrolments"]),
            key=form.cleaned_data["key"],
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The meeting is planned; invite the delegates."))
        return redirect("evaluations:meeting", pk=row.pk)
    return render(request, "evaluations/meeting_form.html", {"form": form, **offered})


def _offered(request, campaign, chosen=()) -> dict:
    """The stations to choose from; where they are too many for one list, those of one unit below
    (and `chosen`), and the units, of which one is chosen first."""
    stations = policies.reviewable(request.user, campaign)
    if stations[: IN_A_LIST + 1].count() <= IN_A_LIST:
        return {"stations": stations}
    units = Organisation.objects.bureaus_below(request.user.organisation)
    unit = units.filter(code=request.GET.get("unit", "")).first()
    wanted = Q(pk__in=chosen)
    if unit:
        wanted |= Q(station__organisation__path__startswith=unit.path)
    return {"stations": stations.filter(wanted), "units": units, "unit": unit}


@require_http_methods(["GET", "POST"])
def meeting_edit(request, pk):
    """Change the plan before the meeting is held."""
    row = _row(request, pk)
    policies.check_can_change_meeting(request.user, row)
    chosen = list(row.reports.values_list("enrolment", flat=True))
    offered = _offered(request, row.campaign, chosen)
    form = MeetingForm(
        request.POST or None,
        instance=row,
        initial={"enrolments": chosen},
        enrolments=offered.pop("stations"),
    )
    if request.method == "POST" and form.is_valid():
        services.change_meeting(
            meeting=row,
            values=form.values(),
            enrolments=list(form.cleaned_data["enrolments"]),
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The plan is changed."))
        return redirect("evaluations:meeting", pk=pk)
    context = {"form": form, "meeting": row, **offered}
    return render(request, "evaluations/meeting_form.html", context)


def meeting(request, pk):
    """One meeting: plan, delegates, reports, questions, and what can be done now."""
    return meeting_page(request, _row(request, pk))


@require_POST
def meeting_hold(request, pk):
    """It is held."""
    services.hold_meeting(meeting=_row(request, pk), by=request.user, now=request.now)
    messages.success(request, _("The meeting is open: take attendance and record the questions."))
    return redirect("evaluations:meeting", pk=pk)


@require_POST
def meeting_cancel(request, pk):
    """It does not take place."""
    row = _row(request, pk)
    policies.check_can_run(request.user, row, "cancelled")
    form = ReasonForm(request.POST, prefix="cancel")
    if not form.is_valid():
        return meeting_page(request, row, cancel=form)
    services.cancel_meeting(meeting=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The meeting is cancelled."))
    return redirect("evaluations:meeting", pk=pk)


@require_POST
def meeting_close(request, pk):
    """Close the minutes."""
    services.close_minutes(meeting=_row(request, pk), by=request.user, now=request.now)
    messages.success(request, _("The minutes are closed."))
    return redirect("evaluations:meeting", pk=pk)


@require_POST
def delegates(request, pk):
    """Add delegates of a group."""
    row = _row(request, pk)
    policies.check_can_run(request.user, row)
    form = DelegatesForm(request.POST)
    if not form.is_valid():
        return meeting_page(request, row, delegates=form)
    added = services.invite_delegates(
        meeting=row, delegates=form.cleaned_data["people"], by=request.user, now=request.now
    )
    messages.success(request, _("%(count)s delegates are added.") % {"count": added})
    return redirect("evaluations:meeting", pk=pk)


@require_POST
def attendance(request, pk):
    """Who is there."""
    row = _row(request, pk)
    policies.check_can_keep_minutes(request.user, row)
    form = AttendanceForm(request.POST, meeting=row)
    if not form.is_valid():
        return meeting_page(request, row, attendance=form)
    present = services.take_attendance(
        meeting=row,
        present=[delegate.pk for delegate in form.cleaned_data["present"]],
        remarks=form.cleaned_data["remarks"],
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("%(count)s delegates are present.") % {"count": present})
    return redirect("evaluations:meeting", pk=pk)


@require_http_methods(["GET", "POST"])
def report(request, pk):
    """What a station's head reports on the four aspects."""
    row = get_object_or_404(
        MeetingReport.objects.filter(
            meeting__in=ReviewMeeting.objects.visible_to(request.user)
        ).select_related(
            "meeting__organisation",
            "enrolment__campaign",
            "enrolment__station__organisation__supervisor__supervisor",
        ),
        pk=pk,
    )
    can_write = allowed(policies.check_can_write_report, request.user, row)
    if request.method == "POST":
        policies.check_can_write_report(request.user, row)
    form = ReportForm(request.POST or None, instance=row) if can_write else None
    if request.method == "POST" and form.is_valid():
        services.write_report(
            report=row,
            speaker=form.cleaned_data["speaker"],
            aspects=form.aspects(),
            by=request.user,
            now=request.now,
        )
        messages.success(request, _("The report is saved."))
        return redirect("evaluations:meeting", pk=row.meeting_id)
    context = {"report": row, "meeting": row.meeting, "form": form}
    return render(request, "evaluations/meeting_report.html", context)


def minutes(request, pk):
    """The minutes as a workbook."""
    row = _row(request, pk)
    policies.check_can_read_meetings(request.user)
    audit.record(by=request.user, act="minutes.exported", target=row, now=request.now)
    return minutes_workbook(minutes_of(row), request.now)


def meeting_page(request, row, **bound):
    """The page of a meeting; `bound`: forms sent with errors."""
    user = request.user
    facts = minutes_of(row)
    for question in facts.questions:
        question.overdue = question.is_overdue(request.now)
    can_change = allowed(policies.check_can_change_meeting, user, row)
    keeps = allowed(policies.check_can_keep_minutes, user, row)
    forms = {}
    if can_change or keeps:
        forms["delegates_form"] = bound.get("delegates") or DelegatesForm()
    if can_change:
        forms["cancel_form"] = bound.get("cancel") or ReasonForm(prefix="cancel")
    if keeps:
        present = [delegate.pk for delegate in row.delegates.filter(attended=True)]
        forms["attendance_form"] = bound.get("attendance") or AttendanceForm(
            meeting=row, initial={"present": present, "remarks": row.remarks}
        )
        forms["question_form"] = bound.get("question") or QuestionForm(
            meeting=row, enrolments=reviewed(row)
        )
    context = {
        "meeting": row,
        "minutes": facts,
        "delegates": row.delegates.all(),
        "can_change": can_change,
        "keeps": keeps,
        "events": audit.story_of(row),
        **forms,
    }
    return render(request, "evaluations/meeting.html", context)


def reviewed(row):
    """The enrolments whose stations are reviewed at a meeting."""
    rows = row.campaign.enrolments.filter(meeting_reports__meeting=row)
    return rows.select_related("station__organisation")


def _row(request, pk) -> ReviewMeeting:
    return get_object_or_404(
        ReviewMeeting.objects.visible_to(request.user).select_related("organisation", "campaign"),
        pk=pk,
    )
