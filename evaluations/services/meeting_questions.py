"""Questions of delegates (质询): answered on the spot, or in writing by a day; then judged."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, ObligationKind
from campaign.services import obligations
from common import clock
from common.errors import Incomplete, WrongMoment, allowed
from evaluations.meeting_policies import (
    check_can_answer_question,
    check_can_find_from_question,
    check_can_keep_minutes,
    check_can_rate_answer,
    check_can_reply,
)
from evaluations.models import (
    Delegate,
    Finding,
    FindingSource,
    MeetingQuestion,
    ReviewMeeting,
    TermStep,
)
from evaluations.policies import check_can_assign
from evaluations.services.deadlines import usual_due_day
from evaluations.services.findings import record_finding
from evaluations.services.tasks import assign_task
from evaluations.services.terms import last_day, term_for
from evaluations.workflow import QUESTION


@transaction.atomic
def ask_question(
    *,
    meeting: ReviewMeeting,
    enrolment: Enrolment,
    delegate: Delegate | None,
    category: str,
    text: str,
    by,
    now: datetime,
    key: str | None = None,
) -> MeetingQuestion:
    """Record what a delegate (None: one not named) asked a station that is reviewed. The same
    `key` again gives the same question."""
    check_can_keep_minutes(by, meeting)
    if not meeting.reports.filter(enrolment=enrolment).exists():
        raise Incomplete(_("This station is not reviewed at this meeting."))
    if delegate is not None and delegate.meeting_id != meeting.pk:
        raise Incomplete(_("This delegate belongs to another meeting."))
    values = {
        "meeting": meeting,
        "enrolment": enrolment,
        "delegate": delegate,
        "category": category,
        "text": text.strip(),
        "recorded_by": by,
        "recorded_at": now,
    }
    if key:
        question, created = MeetingQuestion.objects.get_or_create(
            key=f"{meeting.pk}:{key}", defaults=values
        )
    else:
        question, created = MeetingQuestion.objects.create(**values), True
    if created:
        audit.record(
            by=by, act="question.asked", target=question, now=now, after={"category": category}
        )
    return question


@transaction.atomic
def answer_on_the_spot(
    *, question: MeetingQuestion, answer: str, by, now: datetime
) -> MeetingQuestion:
    """Record the answer that the head gave at the meeting."""
    check_can_answer_question(by, question, "answered_on_the_spot")
    if not answer.strip():
        raise Incomplete(_("Write the answer."))
    return QUESTION.apply(
        question,
        "answered_on_the_spot",
        by=by,
        now=now,
        answer=answer.strip(),
        on_the_spot=True,
        answered_by=by,
        answered_at=now,
    )


@transaction.atomic
def promise_reply(*, question: MeetingQuestion, by, now: datetime) -> MeetingQuestion:
    """It could not be answered on the spot: the station owes a written reply by a day."""
    check_can_answer_question(by, question, "promised")
    campaign, enrolment = question.meeting.campaign, question.enrolment
    term = term_for(campaign, TermStep.REPLY)
    due_on = last_day(clock.today(now), term)
    QUESTION.apply(
        question,
        "promised",
        by=by,
        now=now,
        due_on=due_on,
        term_days=term.days,
        term_unit=term.unit,
    )
    obligations.open_obligation(
        campaign=campaign,
        organisation=enrolment.organisation,
        kind=ObligationKind.WRITTEN_REPLY,
        parts=(question.pk,),
        due_on=due_on,
        now=now,
        enrolment=enrolment,
    )
    return question


@transaction.atomic
def reply_in_writing(
    *, question: MeetingQuestion, answer: str, by, now: datetime
) -> MeetingQuestion:
    """The station's written reply. Late is possible and stays seen."""
    check_can_reply(by, question)
    if not answer.strip():
        raise Incomplete(_("Write the answer."))
    QUESTION.apply(
        question,
        "replied",
        by=by,
        now=now,
        answer=answer.strip(),
        answered_by=by,
        answered_at=now,
    )
    obligations.meet(
        campaign=question.enrolment.campaign,
        kind=ObligationKind.WRITTEN_REPLY,
        keys=[(question.pk,)],
        now=now,
    )
    return question


@transaction.atomic
def rate_answer(
    *, question: MeetingQuestion, satisfaction: str, by, now: datetime
) -> MeetingQuestion:
    """Record whether the answer satisfies the delegate who asked."""
    check_can_rate_answer(by, question)
    before = question.satisfaction
    MeetingQuestion.objects.filter(pk=question.pk).update(satisfaction=satisfaction)
    question.satisfaction = satisfaction
    audit.record(
        by=by,
        act="question.rated",
        target=question,
        now=now,
        before={"satisfaction": before},
        after={"satisfaction": satisfaction},
    )
    return question


@transaction.atomic
def find_from_question(*, question: MeetingQuestion, by, now: datetime) -> Finding:
    """Write the problem that a question names into the register, and dispatch it where the person
    may: within the usual days."""
    check_can_find_from_question(by, question, now)
    finding = record_finding(
        enrolment=question.enrolment,
        source=FindingSource.MEETING,
        category=question.category,
        text=question.text,
        by=by,
        now=now,
        key=f"question:{question.pk}",
    )
    # RACE: two people press the button; the register holds the problem once.
    if not MeetingQuestion.objects.filter(pk=question.pk, finding=None).update(finding=finding):
        raise WrongMoment(_("It is in the register of problems already."))
    question.finding = finding
    if allowed(check_can_assign, by, finding, now):
        assign_task(
            finding=finding,
            requirement=_("Mend the problem and report with evidence: %(problem)s")
            % {"problem": finding.text},
            due_on=usual_due_day(question.enrolment.campaign, now),
            by=by,
            now=now,
        )
    return finding
