"""From an opinion to the register of problems and its rectification, and back when it returns."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from common.errors import Incomplete, WrongMoment, allowed
from evaluations.models import (
    Finding,
    FindingSource,
    Opinion,
    OpinionAnswer,
    OpinionKind,
    RectificationTask,
    TermStep,
)
from evaluations.opinion_policies import check_can_find, check_can_rate
from evaluations.services.findings import record_finding
from evaluations.services.opinion_terms import meet_clocks, start_clock
from evaluations.services.opinions import names_the_complainant
from evaluations.services.tasks import assign_task, reopen_task
from evaluations.task_policies import check_moment_to_reopen
from evaluations.workflow import OPINION


@transaction.atomic
def find_from_opinion(
    *,
    opinion: Opinion,
    category: str,
    severity: str,
    text: str,
    requirement: str,
    due_on: date,
    by,
    now: datetime,
) -> Finding:
    """Write the problem into the register, in words that the station may read, and dispatch it."""
    check_can_find(by, opinion)
    if names_the_complainant(opinion, f"{text}\n{requirement}"):
        raise Incomplete(
            _("The station will read this: leave out the complainant's name and phone.")
        )
    complaint = opinion.kind == OpinionKind.COMPLAINT
    finding = record_finding(
        enrolment=opinion.enrolment,
        source=FindingSource.COMPLAINT if complaint else FindingSource.OPINION,
        category=category,
        severity=severity,
        text=text,
        by=by,
        now=now,
        key=f"opinion:{opinion.pk}",
    )
    # RACE: two people press the button; the register holds the problem once.
    if not Opinion.objects.filter(pk=opinion.pk, finding=None).update(finding=finding):
        raise WrongMoment(_("It is in the register of problems already."))
    opinion.finding = finding
    assign_task(finding=finding, requirement=requirement, due_on=due_on, by=by, now=now)
    return finding


@transaction.atomic
def rate_opinion_answer(
    *, opinion: Opinion, satisfied: bool, words: str, now: datetime
) -> OpinionAnswer:
    """Who holds the code of a named complaint says whether the answer satisfies. "Not satisfied"
    re-opens it once; after the second answer the case ends either way."""
    check_can_rate(opinion, now)
    answer = opinion.answers.get(round=opinion.round)
    if not satisfied and not words.strip():
        raise Incomplete(_("Say what is still missing."))
    # RACE: the button pressed twice; the first word stands.
    if not OpinionAnswer.objects.filter(pk=answer.pk, satisfied=None).update(
        satisfied=satisfied, satisfied_at=now, words=words.strip()
    ):
        raise WrongMoment(_("You have said already whether this answer satisfies."))
    audit.record(
        by=None, act="opinion.rated", target=opinion, now=now, after={"satisfied": satisfied}
    )
    meet_clocks(opinion, (TermStep.VERDICT,), now)
    if satisfied or opinion.reopened_at:
        OPINION.apply(opinion, "closed", by=None, now=now)
    else:
        _reopen(opinion, now)
    answer.refresh_from_db()
    return answer


def _reopen(opinion, now):
    OPINION.apply(opinion, "reopened", by=None, now=now, reopened_at=now)
    start_clock(opinion, TermStep.FINISH, now, round=opinion.round)
    task = RectificationTask.objects.filter(finding=opinion.finding_id).first()
    # After the campaign's last phase the unit that handles it still answers, without a task.
    if task is not None and allowed(check_moment_to_reopen, task, now):
        # PRIVACY: the complainant's words stay with the handling unit.
        reason = _("Who raised the problem is not satisfied with the result.")
        reopen_task(task=task, reason=reason, now=now)
