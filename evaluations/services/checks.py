"""The acceptance check (检查验收): recorded item by item, signed off, frozen."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment, Obligation, ObligationKind
from campaign.services import obligations
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete
from common.uploads import check_count
from evaluations.models import (
    AcceptanceCheck,
    AcceptanceResult,
    AcceptanceRules,
    CheckInspector,
    CheckReply,
    CheckScore,
    CheckState,
    Criterion,
    Inspector,
    SelfInspectionItem,
)
from evaluations.policies import check_can_edit_check
from evaluations.services.evidence import attach_evidence
from evaluations.services.marks import check_mark, check_reason
from evaluations.services.rights import right_of_check, tell_of_right
from evaluations.services.self_inspections import standard_for
from evaluations.services.versions import Stale, claim
from evaluations.workflow import CHECK


@dataclass(frozen=True)
class Mark:
    """What is deducted on one criterion. `deduction` None: not looked at yet. `files`: new ones.
    `note`: what the team wants to remember, without a deduction; None leaves it as it is."""

    criterion: Criterion
    deduction: Decimal | None
    reason: str = ""
    files: tuple = ()
    note: str | None = None


def check_the_mark(mark: Mark) -> None:
    """Raise `ValidationError` unless the deduction keeps the rules of its criterion."""
    if mark.deduction is not None:
        check_mark(mark.deduction, mark.criterion.points)
        check_reason(mark.deduction, mark.criterion.points, mark.reason)


@transaction.atomic
def save_check(
    *,
    enrolment: Enrolment,
    checked_on: date,
    inspectors: list[str],
    marks: list[Mark],
    version: int,
    by,
    now: datetime,
) -> AcceptanceCheck:
    """Keep a draft of the check. `version`: of the form, 0 when nothing was saved before.
    `inspectors`: names of the authority's pool.
    Raises `Stale` when somebody else saved in between, `ValidationError` for bad deductions."""
    check = AcceptanceCheck.objects.filter(enrolment=enrolment).first()
    check_can_edit_check(by, enrolment, check, now)
    known = {criterion.pk for criterion in criteria_of(enrolment, check)}
    if checked_on > clock.today(now):
        raise ValidationError(_("The day of the check must not lie in the future."))
    for mark in marks:
        if mark.criterion.pk not in known:
            raise ValidationError(_("This criterion is not of the standard in force."))
        check_the_mark(mark)
    check = claimed_check(enrolment, checked_on, version)
    name_inspectors(check, inspectors)
    scores = {score.criterion_id: score for score in check.scores.all()}
    changed = [scores[m.criterion.pk] for m in marks if put(scores[m.criterion.pk], m, by, now)]
    CheckScore.objects.bulk_update(changed, CHANGED_FIELDS)
    audit.record(
        by=by,
        act="check.saved",
        target=check,
        now=now,
        after={
            "checked_on": checked_on.isoformat(),
            "looked_at": sum(score.deduction is not None for score in scores.values()),
            "changed": len(changed),
            "version": check.version,
        },
    )
    return check


def criteria_of(enrolment: Enrolment, check: AcceptanceCheck | None) -> list[Criterion]:
    """The criteria by which the station is checked, in the standard's order."""
    return list(standard_for(enrolment, check).criteria_for(enrolment.station.kind))


CHANGED_FIELDS = ["deduction", "reason", "note", "revision", "changed_by", "changed_at"]


def put(score: CheckScore, mark: Mark, by, now: datetime) -> bool:
    """Lay `mark` into the (unsaved) score and keep its files; False when nothing is new."""
    enrolment = score.check_of.enrolment
    note = score.note if mark.note is None else mark.note.strip()
    wanted = (mark.deduction, mark.reason.strip(), note)
    if not mark.files and wanted == (score.deduction, score.reason, score.note):
        return False
    score.deduction, score.reason, score.note = wanted
    score.revision += 1
    score.changed_by, score.changed_at = by, now
    if mark.files:
        check_count(score.evidence.count(), len(mark.files))
    for file in mark.files:
        score.evidence.add(attach_evidence(enrolment=enrolment, upload=file, by=by, now=now))
    return True


def claimed_check(enrolment: Enrolment, checked_on: date, version: int) -> AcceptanceCheck:
    """The check, ours to change, with a score for each criterion; `Stale` when it moved on."""
    if version:
        rows = AcceptanceCheck.objects.filter(enrolment=enrolment, state=CheckState.DRAFT)
        claim(rows, version)
        rows.update(checked_on=checked_on)
        check = rows.get()
        check.enrolment = enrolment
        return check
    try:
        with transaction.atomic():
            check = AcceptanceCheck.objects.create(
                enrolment=enrolment,
                standard=standard_for(enrolment, None),
                authority=enrolment.acceptance_authority,
                checked_on=checked_on,
            )
    except IntegrityError as error:
        raise Stale from error
    CheckScore.objects.bulk_create(
        CheckScore(check_of=check, criterion=criterion)
        for criterion in criteria_of(enrolment, check)
    )
    return check


def name_inspectors(check: AcceptanceCheck, names: list[str]) -> None:
    """Put the team's names down: each from the authority's pool, none from the inspected unit."""
    names = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if [row.name for row in check.inspectors.all()] == names:
        return
    pool = Inspector.objects.for_duty().filter(pool=check.authority_id, name__in=names)
    people = {person.name: person for person in pool}
    if strangers := [name for name in names if name not in people]:
        raise ValidationError(
            _("Not in the inspectors' pool of %(authority)s: %(names)s.")
            % {"authority": check.authority.name, "names": ", ".join(strangers)}
        )
    check_independent(check.enrolment, people.values())
    check.inspectors.all().delete()
    CheckInspector.objects.bulk_create(
        CheckInspector(check_of=check, name=name, person=people[name]) for name in names
    )


def may_be_sent(enrolment: Enrolment) -> list[str]:
    """The names of the pool, without those who work at the inspected unit."""
    pool = Inspector.objects.for_duty().filter(pool=enrolment.acceptance_authority)
    return [person.name for person in pool if not person.belongs_to(enrolment)]


def check_independent(enrolment: Enrolment, people) -> None:
    """Nobody inspects the unit at which they work. Raises `ValidationError`."""
    if own := [person.name for person in people if person.belongs_to(enrolment)]:
        raise ValidationError(
            _("Nobody inspects their own unit: %(names)s.") % {"names": ", ".join(own)}
        )


@transaction.atomic
def sign_check(*, enrolment: Enrolment, by, now: datetime) -> AcceptanceCheck:
    """Sign the check off: every criterion looked at, two inspectors or more. Nothing changes after.

    Score = the points of all criteria less all deductions. The station's right of reply begins,
    and those who may reply are told.
    Raises `Incomplete` with what is missing.
    """
    # RACE: the row is held, so that nobody saves between the sum and the move.
    check = AcceptanceCheck.objects.select_for_update().filter(enrolment=enrolment).first()
    check_can_edit_check(by, enrolment, check, now)
    if check is None:
        raise Incomplete(_("Nothing is saved yet: record the check first."))
    check.enrolment = enrolment
    rules = AcceptanceRules.objects.of(enrolment.campaign)
    scores = list(check.scores.select_related("criterion"))
    missing = [score.criterion.number for score in scores if score.deduction is None]
    if missing:
        raise Incomplete(
            _("These criteria have not been looked at yet: %(numbers)s.")
            % {"numbers": ", ".join(missing)}
        )
    if check.inspectors.count() < rules.team_size:
        raise Incomplete(
            _("A team has %(number)s inspectors or more.") % {"number": rules.team_size}
        )
    given = self_scores([enrolment]).get(enrolment.pk, {})
    figures = figures_of(scores, given, rules)
    with CHECK.moving(
        check,
        "signed",
        by=by,
        now=now,
        signed_by=by,
        signed_at=now,
        version=check.version + 1,
        **figures,
    ) as written:
        reply = CheckReply.objects.create(
            check_of=check,
            round=check.round,
            due_on=due_after(clock.today(now), rules.reply_days),
        )
        written.append(reply)
    tell_of_right(right_of_check(reply), now=now)
    open_recheck(check, rules, now)
    obligations.meet(
        campaign=enrolment.campaign,
        kind=ObligationKind.ACCEPTANCE,
        keys=[(enrolment.pk,)],
        now=now,
    )
    return check


def result_of(score: Decimal, points: Decimal, rules: AcceptanceRules) -> str:
    """What a score comes to by the campaign's thresholds, which are shares of the points."""
    if score * 100 >= points * rules.qualified_percent:
        return AcceptanceResult.QUALIFIED
    if score * 100 >= points * rules.rectify_percent:
        return AcceptanceResult.CONDITIONAL
    return AcceptanceResult.NOT_QUALIFIED


def figures_of(scores, given: dict, rules: AcceptanceRules) -> dict:
    """What sign-off writes. `scores`: with criterion and deduction. `given`: self scores by
    criterion; criteria without one are not compared."""
    points = sum((score.criterion.points for score in scores), Decimal(0))
    total = points - sum((score.deduction for score in scores), Decimal(0))
    compared = [score for score in scores if given.get(score.criterion_id) is not None]
    over = sum((over_reported(score, given[score.criterion_id]) for score in compared), Decimal(0))
    return {
        "score": total,
        "result": result_of(total, points, rules),
        "over_reported": over if compared else None,
        "compared_points": sum((score.criterion.points for score in compared), Decimal(0))
        if compared
        else None,
    }


def over_reported(score, self_score: Decimal) -> Decimal:
    """The points that the station gave itself too many on one criterion; never below zero."""
    return max(self_score - (score.criterion.points - score.deduction), Decimal(0))


def self_scores(enrolments: list[Enrolment]) -> dict:
    """Self scores that stations handed in: {enrolment pk: {criterion pk: score}}."""
    found: dict = {}
    for start in range(0, len(enrolments), 500):
        rows = SelfInspectionItem.objects.filter(
            inspection__enrolment__in=enrolments[start : start + 500],
            inspection__submitted_at__isnull=False,
        )
        for enrolment, criterion, score in rows.values_list(
            "inspection__enrolment_id", "criterion_id", "self_score"
        ):
            found.setdefault(enrolment, {})[criterion] = score
    return found


def open_recheck(check: AcceptanceCheck, rules: AcceptanceRules, now: datetime) -> None:
    """A conditional result owes its re-check; any other owes none."""
    open_rechecks([check], rules, now)
    if check.result != AcceptanceResult.CONDITIONAL:
        obligations.waive(
            campaign=check.enrolment.campaign,
            kind=ObligationKind.RECHECK,
            keys=[(check.pk, check.round)],
            now=now,
        )


def open_rechecks(checks: list[AcceptanceCheck], rules: AcceptanceRules, now: datetime) -> None:
    """What the conditional ones among signed checks owe (整改后复验)."""
    due_on = due_after(clock.today(now), rules.recheck_days)
    obligations.open_obligations(
        [
            Obligation(
                campaign=check.enrolment.campaign,
                organisation=check.authority,
                kind=ObligationKind.RECHECK,
                enrolment=check.enrolment,
                key=obligations.key_of(ObligationKind.RECHECK, check.pk, check.round),
                due_on=due_on,
            )
            for check in checks
            if check.result == AcceptanceResult.CONDITIONAL
        ],
        now=now,
    )
