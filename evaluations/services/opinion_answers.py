"""Answers to opinions and complaints, by a person or by an accepted rectification."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from common.errors import Incomplete
from evaluations.models import (
    Opinion,
    OpinionAnswer,
    OpinionState,
    RectificationTask,
    TermStep,
)
from evaluations.opinion_policies import check_can_close, check_can_handle
from evaluations.services.opinion_terms import meet_clocks, start_clock
from evaluations.workflow import OPINION


@transaction.atomic
def answer_opinion(*, opinion: Opinion, text: str, by, now: datetime) -> OpinionAnswer:
    """Answer it; the answer is read with the query code. Without a name the case ends here."""
    check_can_handle(by, opinion, "answered")
    if not text.strip():
        raise Incomplete(_("Write the answer."))
    return _answer(opinion, text.strip(), by, now)


@transaction.atomic
def answer_with_result(*, task: RectificationTask, by, now: datetime) -> OpinionAnswer | None:
    """An accepted rectification is the answer to the opinion that brought it about.

    Where the acceptor stands below the unit that handles the opinion, that unit sends the answer
    itself (`result_text` is offered to it).
    """
    opinion = (
        Opinion.objects.with_units()
        .filter(finding=task.finding_id, state=OpinionState.ACCEPTED)
        .first()
    )
    if opinion is None or not by.organisation.covers(opinion.handler):
        return None
    return _answer(opinion, result_text(task), by, now)


def result_text(task: RectificationTask) -> str:
    """What an accepted rectification says to who raised the problem, in the portal's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _(
            "What you raised has been put right.\nWhat was done: %(result)s\n"
            "What the unit above found: %(review)s"
        ) % {"result": task.result, "review": task.review_reason}


@transaction.atomic
def close_opinion(*, opinion: Opinion, by, now: datetime) -> Opinion:
    """Close what was answered, when the days for the complainant's verdict are over."""
    check_can_close(by, opinion, now)
    return OPINION.apply(opinion, "closed", by=by, now=now)


def _answer(opinion, text, by, now):
    answer = OpinionAnswer.objects.create(
        opinion=opinion, round=opinion.round, text=text, given_by=by, given_at=now
    )
    OPINION.apply(opinion, "answered", by=by, now=now)
    meet_clocks(opinion, (TermStep.FINISH,), now)
    if opinion.named:
        start_clock(opinion, TermStep.VERDICT, now, round=opinion.round)
    else:
        OPINION.apply(opinion, "closed", by=by, now=now)
    return answer
