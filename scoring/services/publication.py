"""A run on its way: previewed to the units, replied to, published, superseded."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from campaign.models import Enrolment
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete, WrongMoment
from scoring.models import RunReply, RunState, ScoreRun
from scoring.policies import (
    check_can_answer_reply,
    check_can_preview_run,
    check_can_publish_run,
    check_can_reply,
    check_can_supersede_run,
)
from scoring.services.daily_lists import unsigned_lists
from scoring.services.preview_notices import tell_of_preview
from scoring.services.result_rules import rules_of
from scoring.workflow import RUN


def reason_of(text: str) -> str:
    """The reason without its blanks; `Incomplete` without one."""
    if not text.strip():
        raise Incomplete(_("Give the reason."))
    return text.strip()


@transaction.atomic
def preview_run(*, run: ScoreRun, by, now: datetime, reason: str = "") -> ScoreRun:
    """Show each unit its own stations' scores; replies are taken for some working days (a row of
    the rules of results).

    What is shown should rest on daily scores that stand: while a unit that owes some has not signed
    its list off, the run is shown only for a `reason`, which the trail keeps. One unit that never
    signs must not hold the province up.
    """
    check_can_preview_run(by, run)
    if not reason.strip() and (waiting := unsigned_lists(run.campaign).count()):
        raise Incomplete(
            ngettext(
                "%(count)s unit has not signed its daily scores off: let it sign, or give the "
                "reason why the run is shown all the same.",
                "%(count)s units have not signed their daily scores off: let them sign, or give "
                "the reason why the run is shown all the same.",
                waiting,
            )
            % {"count": waiting}
        )
    days = rules_of(run.campaign).reply_days
    run = RUN.apply(
        run,
        "previewed",
        by=by,
        now=now,
        reason=reason.strip(),
        previewed_by=by,
        previewed_at=now,
        reply_until=due_after(clock.today(now), days),
    )
    tell_of_preview(run, now)
    return run


@transaction.atomic
def reply_to_run(*, run: ScoreRun, enrolment: Enrolment, text: str, by, now: datetime) -> RunReply:
    """What the station or its bureau says to the previewed score, once."""
    check_can_reply(by, run, enrolment, now)
    text = reason_of(text)
    try:
        with transaction.atomic():
            reply = RunReply.objects.create(
                run=run, enrolment=enrolment, text=text, given_by=by, given_at=now
            )
    except IntegrityError as error:
        raise WrongMoment(_("A reply for this station has already been given.")) from error
    audit.record(by=by, act="run_reply.given", target=reply, now=now, after={"text": text})
    return reply


@transaction.atomic
def answer_reply(*, reply: RunReply, upheld: bool, answer: str, by, now: datetime) -> RunReply:
    """The province's answer to a reply. What is upheld is mended in the data; then a new run is
    made and previewed, this one cannot be published any more."""
    check_can_answer_reply(by, reply)
    answer = reason_of(answer)
    won = RunReply.objects.filter(pk=reply.pk, upheld=None).update(
        upheld=upheld, answer=answer, answered_by=by, answered_at=now
    )
    if not won:
        raise WrongMoment(_("This reply has already been answered."))
    reply.refresh_from_db()
    audit.record(
        by=by,
        act="run_reply.answered",
        target=reply,
        now=now,
        after={"upheld": upheld},
        reason=answer,
    )
    return reply


@transaction.atomic
def publish_run(*, run: ScoreRun, reason: str, by, now: datetime) -> ScoreRun:
    """Publish a previewed run after the right of reply; `by` is not who previewed it.

    A run published before is superseded, for `reason` (which is needed only then).
    """
    check_can_publish_run(by, run, now)
    for before in ScoreRun.objects.filter(
        campaign=run.campaign, state=RunState.PUBLISHED
    ).select_for_update():
        _supersede(before, reason, by, now)
    return RUN.apply(
        run, "published", by=by, now=now, reason=reason, published_by=by, published_at=now
    )


@transaction.atomic
def supersede_run(*, run: ScoreRun, reason: str, by, now: datetime) -> ScoreRun:
    """Take a previewed or published run back, with the reason that everybody can read."""
    check_can_supersede_run(by, run)
    return _supersede(run, reason, by, now)


def _supersede(run, reason, by, now):
    reason = reason_of(reason)
    return RUN.apply(
        run,
        "superseded",
        by=by,
        now=now,
        reason=reason,
        superseded_at=now,
        superseded_reason=reason,
    )
