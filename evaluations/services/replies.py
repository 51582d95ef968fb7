"""The station's right of reply to a signed check (申辩), and the authority's decision."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import ObligationKind
from campaign.services import obligations
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete
from evaluations.acceptance_policies import check_can_decide_objection, check_can_reply
from evaluations.models import AcceptanceCheck, AcceptanceRules, CheckReply, CheckScore, Objection
from evaluations.services.checks import figures_of, open_recheck, self_scores
from evaluations.services.evidence import attach_evidence
from evaluations.services.marks import check_mark
from evaluations.services.station_news import tell_of_objections
from evaluations.workflow import REPLY


@dataclass(frozen=True)
class Point:
    """One deduction that the station does not agree with. `files`: evidence."""

    score: CheckScore
    text: str
    files: tuple = ()


@transaction.atomic
def reply_to_check(*, reply: CheckReply, points: list[Point], by, now: datetime) -> CheckReply:
    """Agree (no `points`), or object to some deductions; said once a round, as a whole."""
    check_can_reply(by, reply, now)
    if not points:
        return REPLY.apply(reply, "agreed", by=by, now=now, replied_by=by, replied_at=now)
    check = reply.check_of
    for point in points:
        if point.score.check_of_id != check.pk or not point.score.deduction:
            raise Incomplete(_("Nothing was deducted on this criterion."))
        if not point.text.strip():
            raise Incomplete(
                _("Say why you do not agree on %(number)s.")
                % {"number": point.score.criterion.number}
            )
    with REPLY.moving(reply, "objected", by=by, now=now, replied_by=by, replied_at=now):
        for point in points:
            objection = Objection.objects.create(
                reply=reply,
                score=point.score,
                text=point.text.strip(),
                deduction_before=point.score.deduction,
            )
            for file in point.files:
                objection.evidence.add(
                    attach_evidence(enrolment=check.enrolment, upload=file, by=by, now=now)
                )
    rules = AcceptanceRules.objects.of(check.enrolment.campaign)
    obligations.open_obligation(
        campaign=check.enrolment.campaign,
        organisation=check.authority,
        kind=ObligationKind.OBJECTION,
        parts=(reply.pk,),
        due_on=due_after(clock.today(now), rules.decision_days),
        now=now,
        enrolment=check.enrolment,
    )
    return reply


@transaction.atomic
def decide_objection(
    *, objection: Objection, deduction: Decimal, reason: str, by, now: datetime
) -> Objection:
    """Decide on one objection: `deduction` is what stays of the old one. After the last decision
    the score is summed anew, and the check is frozen."""
    # RACE: the reply is held, so that of two last decisions each sees the other.
    reply = CheckReply.objects.select_for_update().get(pk=objection.reply_id)
    objection = Objection.objects.select_related("score__criterion").get(pk=objection.pk)
    objection.reply, reply.check_of = reply, _check_with_station(reply)
    check_can_decide_objection(by, objection)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    check_mark(deduction, objection.deduction_before)
    objection.deduction_after, objection.decision_reason = deduction, reason.strip()
    objection.decided_by, objection.decided_at = by, now
    objection.save()
    score = objection.score
    if score.deduction != deduction:
        score.deduction, score.revision = deduction, score.revision + 1
        score.changed_by, score.changed_at = by, now
        score.save(update_fields=["deduction", "revision", "changed_by", "changed_at"])
    audit.record(
        by=by,
        act="objection.decided",
        target=reply.check_of,
        now=now,
        before={"criterion": score.criterion.number, "deduction": str(objection.deduction_before)},
        after={"deduction": str(deduction)},
        reason=reason,
        rows=[reply],
    )
    if not reply.objections.filter(decided_by=None).exists():
        _close(reply, by, now)
    return objection


def _close(reply: CheckReply, by, now) -> None:
    check = reply.check_of
    rules = AcceptanceRules.objects.of(check.enrolment.campaign)
    scores = list(check.scores.select_related("criterion"))
    figures = figures_of(scores, self_scores([check.enrolment]).get(check.enrolment_id, {}), rules)
    AcceptanceCheck.objects.filter(pk=check.pk).update(version=F("version") + 1, **figures)
    for name, value in figures.items():
        setattr(check, name, value)
    REPLY.apply(reply, "decided", by=by, now=now, rows=[check])
    obligations.meet(
        campaign=check.enrolment.campaign,
        kind=ObligationKind.OBJECTION,
        keys=[(reply.pk,)],
        now=now,
    )
    open_recheck(check, rules, now)
    tell_of_objections(reply, now=now)


def _check_with_station(reply) -> AcceptanceCheck:
    return AcceptanceCheck.objects.select_related(
        "authority",
        "enrolment__campaign",
        "enrolment__station__organisation__supervisor__supervisor",
    ).get(pk=reply.check_of_id)
