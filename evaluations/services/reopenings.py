"""After the check is frozen: the re-check (整改后复验), and opening a check again by two people."""

import hashlib
import json
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import ObligationKind
from campaign.services import obligations
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations.acceptance_policies import (
    check_can_decide_reopening,
    check_can_recheck,
    check_can_request_reopening,
)
from evaluations.models import (
    AcceptanceCheck,
    CheckReply,
    FindingSource,
    FormerCheck,
    Inspector,
    Recheck,
    RectificationTask,
    Reopening,
)
from evaluations.services.checks import check_independent
from evaluations.services.evidence import attach_evidence
from evaluations.services.station_news import tell_of_recheck, tell_of_reopening
from evaluations.workflow import CHECK, REOPENING, RESULT


def reply_of(check: AcceptanceCheck) -> CheckReply | None:
    """The reply of the check's present round."""
    reply = check.replies.filter(round=check.round).first()
    if reply is not None:
        reply.check_of = check
    return reply


@transaction.atomic
def record_recheck(
    *,
    check: AcceptanceCheck,
    checked_on: date,
    inspectors: list[str],
    passed: bool,
    reason: str,
    files,
    by,
    now: datetime,
) -> Recheck:
    """Write down the re-check: everything is mended, or not. The score stays; the result moves."""
    check_can_recheck(by, check, reply_of(check), now)
    if not reason.strip():
        raise Incomplete(_("Say what was found."))
    if checked_on > clock.today(now) or checked_on < check.checked_on:
        raise ValidationError(_("The day lies between the check and today."))
    people = list(Inspector.objects.for_duty().filter(pool=check.authority_id, name__in=inspectors))
    if len(people) < 2 or len(people) < len(set(inspectors)):
        raise ValidationError(_("Name two inspectors of the pool or more."))
    check_independent(check.enrolment, people)
    open_tasks = RectificationTask.objects.unfinished().filter(
        enrolment=check.enrolment, finding__source=FindingSource.ACCEPTANCE
    )
    if passed and (count := open_tasks.count()):
        raise Incomplete(
            _("%(number)s rectification tasks of this check are not accepted yet.")
            % {"number": count}
        )
    row = Recheck.objects.create(
        check_of=check,
        round=check.round,
        checked_on=checked_on,
        inspectors=", ".join(person.name for person in people),
        passed=passed,
        reason=reason.strip(),
        signed_by=by,
        signed_at=now,
    )
    for file in files:
        row.evidence.add(attach_evidence(enrolment=check.enrolment, upload=file, by=by, now=now))
    RESULT.apply(check, "mended" if passed else "not_mended", by=by, now=now, reason=reason.strip())
    obligations.meet(
        campaign=check.enrolment.campaign,
        kind=ObligationKind.RECHECK,
        keys=[(check.pk, check.round)],
        now=now,
    )
    tell_of_recheck(row, now=now)
    return row


@transaction.atomic
def request_reopening(*, check: AcceptanceCheck, reason: str, by, now: datetime) -> Reopening:
    """Ask that the check be opened again; nothing happens before somebody else decides."""
    check_can_request_reopening(by, check, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    try:
        with transaction.atomic():
            row = Reopening.objects.create(
                check_of=check, reason=reason.strip(), requested_by=by, requested_at=now
            )
    except IntegrityError as error:
        raise WrongMoment(
            _("Somebody has already asked for this; another person decides on it.")
        ) from error
    audit.record(by=by, act="reopening.requested", target=check, now=now, reason=reason, rows=[row])
    return row


@transaction.atomic
def decide_reopening(
    *, reopening: Reopening, approve: bool, reason: str, by, now: datetime
) -> Reopening:
    """Open the check again, or refuse. Opened, it is a draft of the next round with the same
    values; the signed round is kept as it was."""
    check_can_decide_reopening(by, reopening, now)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    REOPENING.apply(
        reopening,
        "approved" if approve else "refused",
        by=by,
        now=now,
        reason=reason,
        decided_by=by,
        decided_at=now,
        decision_reason=reason.strip(),
    )
    if approve:
        _open(reopening, by, now)
        tell_of_reopening(reopening, now=now)
    return reopening


def _open(reopening: Reopening, by, now) -> None:
    check = reopening.check_of
    content = former_content(check)
    FormerCheck.objects.create(
        check_of=check,
        reopening=reopening,
        round=check.round,
        content=content,
        sha256=digest_of(content),
        kept_at=now,
    )
    campaign, reply = check.enrolment.campaign, reply_of(check)
    obligations.waive(
        campaign=campaign, kind=ObligationKind.RECHECK, keys=[(check.pk, check.round)], now=now
    )
    if reply is not None:
        obligations.waive(
            campaign=campaign, kind=ObligationKind.OBJECTION, keys=[(reply.pk,)], now=now
        )
    obligations.reopen(
        campaign=campaign,
        kind=ObligationKind.ACCEPTANCE,
        keys=[(check.enrolment_id,)],
        now=now,
    )
    CHECK.apply(
        check,
        "reopened",
        by=by,
        now=now,
        rows=[reopening],
        reason=reopening.reason,
        score=None,
        result="",
        over_reported=None,
        compared_points=None,
        signed_by=None,
        signed_at=None,
        round=check.round + 1,
        version=check.version + 1,
    )


def former_content(check: AcceptanceCheck) -> dict:
    """Everything that was signed, as plain values."""
    reply = reply_of(check)
    return {
        "standard": str(check.standard),
        "authority": check.authority.code,
        "checked_on": check.checked_on.isoformat(),
        "inspectors": [row.name for row in check.inspectors.all()],
        "score": str(check.score),
        "result": check.result,
        "signed_by": str(check.signed_by),
        "signed_at": check.signed_at.isoformat(),
        "reply": reply.state if reply else "",
        "scores": [
            {
                "number": score.criterion.number,
                "name_zh": score.criterion.name_zh,
                "name_en": score.criterion.name_en,
                "points": str(score.criterion.points),
                "deduction": str(score.deduction),
                "reason": score.reason,
                "note": score.note,
                "evidence": sorted(file.sha256 for file in score.evidence.all()),
            }
            for score in check.scores.select_related("criterion").prefetch_related("evidence")
        ],
    }


def digest_of(content: dict) -> str:
    """The SHA-256 of the canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
