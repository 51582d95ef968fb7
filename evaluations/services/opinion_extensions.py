"""More time for an answer: asked for with a reason, approved by somebody else, and told."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from common.errors import Incomplete, WrongMoment
from evaluations.models import (
    ExtensionState,
    Opinion,
    OpinionExtension,
    OpinionTerm,
    TermStep,
)
from evaluations.opinion_policies import check_can_ask_extension, check_can_decide_extension
from evaluations.services.opinion_terms import extend_clock
from evaluations.services.terms import last_day, term_for
from evaluations.workflow import EXTENSION


def finishing_term(opinion: Opinion) -> OpinionTerm:
    """The clock for finishing it that runs now."""
    return opinion.terms.get(step=TermStep.FINISH, round=opinion.round)


def latest_day(opinion: Opinion) -> date:
    """The last day that an extension may name: the first one up to the extended term, every
    further one up to the very last day, both counted from when it was taken up."""
    extended = opinion.extensions.filter(
        state=ExtensionState.APPROVED, round=opinion.round
    ).exists()
    step = TermStep.CAP if extended else TermStep.EXTENDED
    return last_day(finishing_term(opinion).starts_on, term_for(opinion.campaign, step))


@transaction.atomic
def ask_extension(
    *, opinion: Opinion, due_on: date, reason: str, by, now: datetime
) -> OpinionExtension:
    """Ask for a later day. Raises `ValidationError` for a day that no law allows."""
    check_can_ask_extension(by, opinion)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    term, latest = finishing_term(opinion), latest_day(opinion)
    if not term.due_on < due_on <= latest:
        raise ValidationError(
            _("The new day must lie after %(due)s and not after %(latest)s.")
            % {"due": term.due_on.isoformat(), "latest": latest.isoformat()}
        )
    try:
        with transaction.atomic():
            extension = OpinionExtension.objects.create(
                opinion=opinion,
                round=opinion.round,
                former_due_on=term.due_on,
                due_on=due_on,
                reason=reason.strip(),
                asked_by=by,
                asked_at=now,
            )
    except IntegrityError as error:
        raise WrongMoment(
            _("An extension is asked for already; it has to be decided on first.")
        ) from error
    audit.record(
        by=by,
        act="extension.asked",
        target=opinion,
        now=now,
        after={"due_on": due_on.isoformat()},
        reason=reason.strip(),
        rows=[extension],
    )
    return extension


@transaction.atomic
def decide_extension(
    *, extension: OpinionExtension, approve: bool, reason: str, by, now: datetime
) -> OpinionExtension:
    """Approve (the clock gets the new day, the complainant reads of it) or refuse."""
    check_can_decide_extension(by, extension)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    EXTENSION.apply(
        extension,
        "approved" if approve else "refused",
        by=by,
        now=now,
        reason=reason.strip(),
        decided_by=by,
        decided_at=now,
        decision_reason=reason.strip(),
    )
    if approve:
        extend_clock(finishing_term(extension.opinion), extension.due_on, now)
    return extension
