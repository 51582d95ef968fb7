"""Questions of delegates: asked, answered on the spot or in writing, judged."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from evaluations import meeting_policies as policies
from evaluations.forms.meetings import (
    AnswerQuestionForm,
    QuestionFilterForm,
    QuestionForm,
    SatisfactionForm,
)
from evaluations.models import MeetingQuestion, ReviewMeeting
from evaluations.services import meeting_questions as services
from evaluations.views.meetings import meeting_page, reviewed
from evaluations.views.scope import station_matches


def questions(request):
    """The questions in scope: those still waiting for a written reply first."""
    policies.check_can_read_meetings(request.user)
    form = QuestionFilterForm(request.GET)
    page = page_of(request, _filtered(request, form))
    for question in page.object_list:
        question.overdue = question.is_overdue(request.now)
    return render(request, "evaluations/questions.html", {"form": form, "page": page})


@require_POST
def question_ask(request, pk):
    """Record a question at a meeting."""
    meeting = get_object_or_404(
        ReviewMeeting.objects.visible_to(request.user).select_related("organisation", "campaign"),
        pk=pk,
    )
    policies.check_can_keep_minutes(request.user, meeting)
    form = QuestionForm(request.POST, meeting=meeting, enrolments=reviewed(meeting))
    if not form.is_valid():
        return meeting_page(request, meeting, question=form)
    row = services.ask_question(
        meeting=meeting, by=request.user, now=request.now, **form.cleaned_data
    )
    messages.success(request, _("The question is recorded."))
    return redirect("evaluations:question", pk=row.pk)


def question(request, pk):
    """One question, and what can be done now."""
    return _page(request, _row(request, pk))


@require_POST
def question_answer(request, pk):
    """Answered on the spot."""
    row = _row(request, pk)
    policies.check_can_answer_question(request.user, row, "answered_on_the_spot")
    return _answered(request, row, services.answer_on_the_spot, "spot")


@require_POST
def question_promise(request, pk):
    """To be answered in writing."""
    row = services.promise_reply(question=_row(request, pk), by=request.user, now=request.now)
    day = row.due_on.isoformat()
    return _done(request, pk, _("The station owes a written reply by %(day)s.") % {"day": day})


@require_POST
def question_reply(request, pk):
    """The written reply."""
    row = _row(request, pk)
    policies.check_can_reply(request.user, row)
    return _answered(request, row, services.reply_in_writing, "reply")


@require_POST
def question_rate(request, pk):
    """The delegate's satisfaction."""
    row = _row(request, pk)
    policies.check_can_rate_answer(request.user, row)
    form = SatisfactionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, rate=form)
    services.rate_answer(question=row, by=request.user, now=request.now, **form.cleaned_data)
    return _done(request, pk, _("The delegate's word is noted."))


@require_POST
def question_find(request, pk):
    """The problem goes into the register and is dispatched."""
    row = _row(request, pk)
    services.find_from_question(question=row, by=request.user, now=request.now)
    return _done(request, pk, _("The problem is in the register and dispatched."))


def _answered(request, row, answer, name):
    form = AnswerQuestionForm(request.POST, prefix=name)
    if not form.is_valid():
        return _page(request, row, **{name: form})
    answer(question=row, by=request.user, now=request.now, **form.cleaned_data)
    return _done(request, row.pk, _("The answer is recorded."))


def _done(request, pk, text):
    messages.success(request, text)
    return redirect("evaluations:question", pk=pk)


def _row(request, pk) -> MeetingQuestion:
    return get_object_or_404(
        MeetingQuestion.objects.visible_to(request.user).select_related(
            "meeting__organisation",
            "meeting__campaign",
            "delegate",
            "finding__task",
            "answered_by",
            "enrolment__campaign",
            "enrolment__station__organisation__supervisor__supervisor",
        ),
        pk=pk,
    )


def _filtered(request, form):
    rows = (
        MeetingQuestion.objects.visible_to(request.user)
        .filter(meeting__campaign=Campaign.objects.current())
        .select_related(
            "meeting", "delegate", "enrolment__station__organisation__supervisor", "finding__task"
        )
        .order_by("-state", "due_on", "pk")
    )
    form.is_valid()
    wanted = form.cleaned_data
    if state := wanted.get("state"):
        rows = rows.overdue_at(request.now) if state == "overdue" else rows.filter(state=state)
    if text := wanted.get("q"):
        rows = rows.filter(station_matches(text, "enrolment__station") | Q(text__icontains=text))
    return rows


def _page(request, row, **bound):
    user, now = request.user, request.now
    forms = {}
    if allowed(policies.check_can_answer_question, user, row, "answered_on_the_spot"):
        forms["spot_form"] = bound.get("spot") or AnswerQuestionForm(prefix="spot")
    if allowed(policies.check_can_reply, user, row):
        forms["reply_form"] = bound.get("reply") or AnswerQuestionForm(prefix="reply")
    if allowed(policies.check_can_rate_answer, user, row):
        forms["rate_form"] = bound.get("rate") or SatisfactionForm(
            initial={"satisfaction": row.satisfaction}
        )
    context = {
        "question": row,
        "meeting": row.meeting,
        "enrolment": row.enrolment,
        "overdue": row.is_overdue(now),
        "can_find": allowed(policies.check_can_find_from_question, user, row, now),
        "events": audit.story_of(row),
        **forms,
    }
    return render(request, "evaluations/question.html", context)
