"""Plans and summaries: written by the unit that owes them, decided on by its supervisor."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, ObligationKind, Submission, SubmissionState
from campaign.policies import (
    check_can_review_submission,
    check_can_write_submission,
    check_owes,
)
from campaign.services import obligations
from campaign.workflow import SUBMISSION
from common.errors import WrongMoment

# The states in which its unit may still change it.
WRITABLE = (SubmissionState.DRAFT, SubmissionState.RETURNED)


@transaction.atomic
def save_submission(
    *, campaign: Campaign, organisation, kind: str, text: str, by, now: datetime
) -> Submission:
    """Save the draft of a plan or summary. Raises `Denied` when the unit owes none."""
    papers = Submission.objects.filter(campaign=campaign, organisation=organisation, kind=kind)
    check_can_write_submission(by, campaign, organisation, papers.first())
    check_owes(campaign, organisation, kind)
    paper, created = Submission.objects.get_or_create(
        campaign=campaign, organisation=organisation, kind=kind, defaults={"text": text}
    )
    if not created:
        # RACE: only the text, and only while it may be written; a colleague may just have
        # submitted it.
        if not papers.filter(state__in=WRITABLE).update(text=text):
            raise WrongMoment(_("A colleague has submitted it meanwhile."))
        paper.text = text
    audit.record(by=by, act="submission.saved", target=paper, now=now, after={"text": text})
    return paper


@transaction.atomic
def submit_submission(*, submission: Submission, by, now: datetime) -> Submission:
    """Hand it to the supervisor. Late is possible and is seen as late."""
    check_can_write_submission(by, submission.campaign, submission.organisation, submission)
    SUBMISSION.apply(submission, "submitted", by=by, now=now, submitted_at=now)
    obligations.meet(
        campaign=submission.campaign,
        kind=ObligationKind(submission.kind),
        keys=[(submission.organisation.code,)],
        now=now,
    )
    return submission


@transaction.atomic
def accept_submission(*, submission: Submission, reason: str, by, now: datetime) -> Submission:
    """The supervisor accepts it."""
    check_can_review_submission(by, submission)
    return SUBMISSION.apply(
        submission, "accepted", by=by, now=now, reason=reason, review_reason=reason, reviewed_by=by
    )


@transaction.atomic
def return_submission(*, submission: Submission, reason: str, by, now: datetime) -> Submission:
    """The supervisor returns it with the reason; it is owed again."""
    check_can_review_submission(by, submission)
    SUBMISSION.apply(
        submission, "returned", by=by, now=now, reason=reason, review_reason=reason, reviewed_by=by
    )
    obligations.reopen(
        campaign=submission.campaign,
        kind=ObligationKind(submission.kind),
        keys=[(submission.organisation.code,)],
    )
    return submission
