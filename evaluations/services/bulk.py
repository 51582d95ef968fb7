"""Many stations at once: imports and the demonstration. The same rules as one by one, one audit
event a batch, and a number of queries that does not grow with each station.

`enrolment` objects come from `Enrolment.objects.with_station()`. Who may: the campaign's
administrator for all in scope, everybody else where the single act would be theirs.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Activity, Campaign, Enrolment, ObligationKind
from campaign.services import obligations
from campaign.working_days import due_after
from common import clock
from common.errors import Incomplete, WrongMoment
from evaluations.models import (
    AcceptanceCheck,
    AcceptanceRules,
    CheckInspector,
    CheckReply,
    CheckScore,
    CheckState,
    Commitment,
    CommitmentState,
    Criterion,
    InspectionState,
    Inspector,
    SelfInspection,
    SelfInspectionItem,
    Standard,
)
from evaluations.policies import (
    check_can_accept,
    check_can_record_many,
    check_can_work_for_station,
)
from evaluations.services.checks import (
    check_independent,
    figures_of,
    open_rechecks,
    self_scores,
)
from evaluations.services.commitments import FIELDS
from evaluations.services.marks import check_mark, check_reason, check_remark
from evaluations.services.self_inspections import standard_for
from stations.models import StationKind

BATCH = 1000
# Keys in one "… IN (…)": below the limit of every database.
KEYS = 500


@transaction.atomic
def record_commitments(*, campaign: Campaign, rows: Iterable, by, now: datetime) -> int:
    """Write and publish commitments: rows of (enrolment, [values]), `values` as `FIELDS`.
    How many commitments were written."""
    rows = list(rows)
    enrolments = [enrolment for enrolment, _values in rows]
    _check_batch(by, campaign, enrolments, Activity.COMMIT, now, check_can_work_for_station)
    written = []
    for enrolment, promises in rows:
        if not promises:
            raise ValidationError(_at(enrolment, _("at least one commitment is needed.")))
        for values in promises:
            if unknown := set(values) - set(FIELDS):
                raise ValidationError(_at(enrolment, ", ".join(sorted(unknown))))
            if not all(values.get(name) for name in ("area", "content", "responsible")):
                raise ValidationError(_at(enrolment, _("area, content, responsible are needed.")))
            written.append(
                Commitment(
                    enrolment=enrolment,
                    state=CommitmentState.PUBLISHED,
                    submitted_by=by,
                    submitted_at=now,
                    published_at=now,
                    **values,
                )
            )
    Commitment.objects.bulk_create(written, batch_size=BATCH)
    _meet(campaign, ObligationKind.COMMITMENTS, enrolments, now)
    _record(by, "commitments.imported", campaign, enrolments, now, written)
    return len(written)


@transaction.atomic
def record_self_inspections(
    *, campaign: Campaign, rows: Iterable, by, now: datetime
) -> list[SelfInspection]:
    """Write and submit self-inspections: rows of (enrolment, [self score], [remark]), both lists
    in the order of the standard's criteria for the station's kind."""
    rows = list(rows)
    enrolments = [row[0] for row in rows]
    _check_batch(by, campaign, enrolments, Activity.SELF_INSPECT, now, check_can_work_for_station)
    standard, criteria_of = _standard(enrolments)
    _check_new(SelfInspection, enrolments)
    inspections, items = [], []
    for enrolment, scores, remarks in rows:
        inspection = SelfInspection(
            enrolment=enrolment,
            standard=standard,
            state=InspectionState.SUBMITTED,
            submitted_at=now,
            submitted_by=by,
            score=sum(scores, Decimal(0)),
        )
        inspections.append(inspection)
        criteria = criteria_of[enrolment.station.kind]
        for criterion, score, remark in _in_step(enrolment, criteria, scores, remarks):
            _keep_rules(enrolment, criterion, check_remark, score, remark)
            items.append((inspection, criterion, score, remark))
    SelfInspection.objects.bulk_create(inspections, batch_size=BATCH)
    SelfInspectionItem.objects.bulk_create(
        (
            SelfInspectionItem(
                inspection=inspection,
                criterion=criterion,
                self_score=score,
                remark=remark,
                saved_by=by,
                saved_at=now,
            )
            for inspection, criterion, score, remark in items
        ),
        batch_size=BATCH,
    )
    _meet(campaign, ObligationKind.SELF_INSPECTION, enrolments, now)
    _record(by, "self_inspections.imported", campaign, enrolments, now, inspections)
    return inspections


@transaction.atomic
def record_checks(
    *, campaign: Campaign, rows: Iterable, by, now: datetime
) -> list[AcceptanceCheck]:
    """Write and sign acceptance checks: rows of (enrolment, [(deduction, reason)], [inspector],
    checked_on), the marks in the order of the standard's criteria, the inspectors by their names
    in the authority's pool."""
    rows = list(rows)
    enrolments = [row[0] for row in rows]
    _check_batch(by, campaign, enrolments, Activity.ACCEPT, now, check_can_accept)
    standard, criteria_of = _standard(enrolments)
    _check_new(AcceptanceCheck, enrolments)
    rules = AcceptanceRules.objects.of(campaign)
    pool = _pool(enrolments)
    given = self_scores(enrolments)
    checks, teams, scores = [], [], []
    for enrolment, marks, inspectors, checked_on in rows:
        _check_day(enrolment, checked_on, now)
        criteria = criteria_of[enrolment.station.kind]
        team = _team(enrolment, inspectors, pool, rules)
        deductions, reasons = [mark[0] for mark in marks], [mark[1] for mark in marks]
        check = AcceptanceCheck(
            enrolment=enrolment,
            standard=standard,
            authority=enrolment.acceptance_authority,
            checked_on=checked_on,
            state=CheckState.SIGNED,
            signed_by=by,
            signed_at=now,
        )
        checks.append(check)
        teams += [CheckInspector(check_of=check, name=p.name, person=p) for p in team]
        own = []
        for criterion, deduction, reason in _in_step(enrolment, criteria, deductions, reasons):
            _keep_rules(enrolment, criterion, check_reason, deduction, reason)
            own.append(
                CheckScore(check_of=check, criterion=criterion, deduction=deduction, reason=reason)
            )
        for name, value in figures_of(own, given.get(enrolment.pk, {}), rules).items():
            setattr(check, name, value)
        scores += own
    AcceptanceCheck.objects.bulk_create(checks, batch_size=BATCH)
    CheckInspector.objects.bulk_create(teams, batch_size=BATCH)
    CheckScore.objects.bulk_create(scores, batch_size=BATCH)
    due_on = due_after(clock.today(now), rules.reply_days)
    replies = CheckReply.objects.bulk_create(
        (CheckReply(check_of=check, round=check.round, due_on=due_on) for check in checks),
        batch_size=BATCH,
    )
    open_rechecks(checks, rules, now)
    _meet(campaign, ObligationKind.ACCEPTANCE, enrolments, now)
    _record(by, "checks.imported", campaign, enrolments, now, [*checks, *replies])
    return checks


def _check_batch(by, campaign, enrolments, activity, now, check_one) -> None:
    check_can_record_many(by, campaign, enrolments, activity, now, check_one)
    if len({enrolment.pk for enrolment in enrolments}) != len(enrolments):
        raise Incomplete(_("A station stands twice in this batch."))


def _pool(enrolments) -> dict:
    """Inspectors on duty by the pk of their pool and their name."""
    authorities = {enrolment.acceptance_authority for enrolment in enrolments}
    people = Inspector.objects.for_duty().filter(pool__in=authorities)
    return {(person.pool_id, person.name): person for person in people}


def _team(enrolment, names, pool, rules) -> list[Inspector]:
    authority = enrolment.acceptance_authority
    team = [pool.get((authority.pk, name.strip())) for name in dict.fromkeys(names)]
    if None in team or len(team) < max(rules.team_size, len(names)):
        raise ValidationError(
            _at(
                enrolment,
                _("name %(number)s inspectors or more of the pool of %(authority)s.")
                % {"number": rules.team_size, "authority": authority.name},
            )
        )
    check_independent(enrolment, team)
    return team


def _check_day(enrolment, checked_on: date, now) -> None:
    if checked_on > clock.today(now):
        raise ValidationError(_at(enrolment, _("The day of the check must not lie in the future.")))


def _standard(enrolments) -> tuple[Standard | None, dict[str, list[Criterion]]]:
    """The standard in force, and the criteria of each kind of station in its order."""
    if not enrolments:
        return None, {}
    standard = standard_for(enrolments[0], None)
    criteria = list(standard.criteria())
    return standard, {
        kind: [criterion for criterion in criteria if criterion.applies_to(kind)]
        for kind in StationKind.values
    }


def _in_step(enrolment, criteria, values, texts):
    """Criterion, value and text side by side; each list must have one for each criterion."""
    if not len(criteria) == len(values) == len(texts):
        raise ValidationError(
            _at(enrolment, _("%(number)s values are needed.") % {"number": len(criteria)})
        )
    return zip(criteria, values, texts, strict=True)


def _keep_rules(enrolment, criterion, check_text, value, text) -> None:
    """The value in its range and steps, and its text where `check_text` asks for one."""
    try:
        check_mark(value, criterion.points)
        check_text(value, criterion.points, text)
    except ValidationError as error:
        raise ValidationError(
            [_at(enrolment, f"{criterion.number}: {message}") for message in error.messages]
        ) from error


def _check_new(model, enrolments) -> None:
    """None of the enrolments has a row of `model` yet."""
    there = []
    for part in _parts(enrolments):
        rows = model.objects.filter(enrolment__in=part)
        there += rows.values_list("enrolment__station__organisation__code", flat=True)
    if there:
        raise WrongMoment(
            _("Already recorded for: %(stations)s.") % {"stations": ", ".join(sorted(there)[:10])}
        )


def _meet(campaign, kind, enrolments, now) -> None:
    for part in _parts(enrolments):
        obligations.meet(
            campaign=campaign, kind=kind, keys=[(enrolment.pk,) for enrolment in part], now=now
        )


def _record(by, act, campaign, enrolments: list[Enrolment], now, rows) -> None:
    audit.record(
        by=by,
        act=act,
        target=campaign,
        now=now,
        after={"stations": [enrolment.organisation.code for enrolment in enrolments]},
        rows=rows,
    )


def _parts(rows):
    return [rows[start : start + KEYS] for start in range(0, len(rows), KEYS)]


def _at(enrolment, text) -> str:
    """`text` with the station's code before it."""
    return f"{enrolment.organisation.code}: {text}"
