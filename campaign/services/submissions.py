"""Plans and summaries: written by the unit that owes them, decided on by its supervisor."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import (
    Campaign,
    Obligation,
    ObligationKind,
    PaperFile,
    Submission,
    SubmissionKind,
    SubmissionState,
    SubmissionVersion,
)
from campaign.policies import (
    check_campaign_runs,
    check_can_review_submission,
    check_can_write_submission,
    check_owes,
)
from campaign.services import obligations
from campaign.workflow import SUBMISSION
from common.errors import WrongMoment
from common.uploads import CheckedFile, examine

# Keys in one "… IN (…)": below the limit of every database.
KEYS = 500
# The states in which its unit may still change it.
WRITABLE = (SubmissionState.DRAFT, SubmissionState.RETURNED)


@transaction.atomic
def save_submission(
    *, campaign: Campaign, organisation, kind: str, text: str, by, now: datetime, upload=None
) -> Submission:
    """Save the draft of a plan or summary, with a file (an upload, or a `CheckedFile`) that takes
    the place of the one before. Raises `Denied` when the unit owes none, `ValidationError` for a
    bad file."""
    papers = Submission.objects.filter(campaign=campaign, organisation=organisation, kind=kind)
    check_can_write_submission(by, campaign, organisation, papers.first())
    check_owes(campaign, organisation, kind)
    values = {"text": text}
    if upload is not None:
        values["file"] = keep_file(organisation, upload, by, now)
    paper, created = Submission.objects.get_or_create(
        campaign=campaign, organisation=organisation, kind=kind, defaults=values
    )
    if not created:
        # RACE: only the text, and only while it may be written; a colleague may just have
        # submitted it.
        if not papers.filter(state__in=WRITABLE).update(**values):
            raise WrongMoment(_("A colleague has submitted it meanwhile."))
        paper.refresh_from_db()
    after = {"text": text} | ({"file": values["file"].sha256} if "file" in values else {})
    files = [values["file"]] if "file" in values else []
    audit.record(by=by, act="submission.saved", target=paper, now=now, after=after, rows=files)
    return paper


def keep_file(organisation, upload, by, now: datetime) -> PaperFile:
    """Store a checked upload as a file of the unit."""
    checked = upload if isinstance(upload, CheckedFile) else examine(upload)
    row = PaperFile(
        organisation=organisation,
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=checked.sha256,
        uploaded_by=by,
        uploaded_at=now,
    )
    row.file.save(checked.name, ContentFile(checked.content), save=False)
    row.save()
    return row


@transaction.atomic
def submit_submission(*, submission: Submission, by, now: datetime) -> Submission:
    """Hand it to the supervisor. Late is possible and is seen as late."""
    check_can_write_submission(by, submission.campaign, submission.organisation, submission)
    owed = Obligation.objects.filter(
        campaign=submission.campaign,
        key=obligations.key_of(submission.kind, submission.organisation.code),
    )
    with SUBMISSION.moving(submission, "submitted", by=by, now=now, submitted_at=now):
        SubmissionVersion.objects.create(
            submission=submission,
            number=submission.versions.count() + 1,
            text=submission.text,
            file=submission.file,
            submitted_by=by,
            submitted_at=now,
            due_on=owed.values_list("due_on", flat=True).first(),
        )
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
    _decide(submission, "accepted", reason, by, now)
    return submission


def _decide(submission, decision, reason, by, now) -> None:
    check_can_review_submission(by, submission)
    with SUBMISSION.moving(
        submission, decision, by=by, now=now, reason=reason, review_reason=reason, reviewed_by=by
    ):
        latest = submission.versions.order_by("-number").values_list("pk", flat=True)[:1]
        submission.versions.filter(pk__in=list(latest)).update(decision=decision, reason=reason)


@transaction.atomic
def return_submission(*, submission: Submission, reason: str, by, now: datetime) -> Submission:
    """The supervisor returns it with the reason; it is owed again."""
    _decide(submission, "returned", reason, by, now)
    obligations.reopen(
        campaign=submission.campaign,
        kind=ObligationKind(submission.kind),
        keys=[(submission.organisation.code,)],
        now=now,
    )
    return submission


@transaction.atomic
def record_plans(*, campaign: Campaign, rows, by, now: datetime) -> int:
    """Hand in and accept the plans of many stations at once: rows of (station's organisation,
    text). For the campaign's administrator, who brings in what was handed in on paper."""
    check_may(by, Permission.CAMPAIGN_EDIT)
    check_campaign_runs(campaign)
    due = {
        row.key: row.due_on
        for row in Obligation.objects.filter(campaign=campaign, kind=ObligationKind.PLAN)
    }
    reason = _("Handed in on paper and accepted.")
    papers = Submission.objects.bulk_create(
        [
            Submission(
                campaign=campaign,
                organisation=unit,
                kind=SubmissionKind.PLAN,
                text=text,
                state=SubmissionState.ACCEPTED,
                submitted_at=now,
                reviewed_by=by,
                review_reason=reason,
            )
            for unit, text in rows
        ],
        batch_size=1000,
    )
    SubmissionVersion.objects.bulk_create(
        [
            SubmissionVersion(
                submission=paper,
                number=1,
                text=paper.text,
                submitted_by=by,
                submitted_at=now,
                due_on=due.get(obligations.key_of(ObligationKind.PLAN, paper.organisation.code)),
                decision="accepted",
                reason=reason,
            )
            for paper in papers
        ],
        batch_size=1000,
    )
    codes = [paper.organisation.code for paper in papers]
    for first in range(0, len(codes), KEYS):
        obligations.meet(
            campaign=campaign,
            kind=ObligationKind.PLAN,
            keys=[(code,) for code in codes[first : first + KEYS]],
            now=now,
        )
    audit.record(
        by=by,
        act="submissions.imported",
        target=campaign,
        now=now,
        after={"papers": len(papers)},
        rows=papers,
    )
    return len(papers)
