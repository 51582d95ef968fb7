"""The on-site form of the acceptance check: what a device takes along, and what it sends back.

A device may lose its line, its page or its power at any moment, and sends a change again until it
has the answer. So a change carries a key made on the device; the key is written, unique, in the
transaction that applies the change. And it carries the revision of the criterion that the inspector
saw: where the server's has moved on, nothing is overwritten and both values are handed back.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation
from campaign.models import Campaign, Enrolment
from common import clock
from common.errors import WrongMoment
from evaluations.models import (
    AcceptanceCheck,
    CheckScore,
    CheckState,
    Criterion,
    SelfInspectionItem,
    SiteChange,
    accepted_by,
)
from evaluations.policies import check_can_edit_check
from evaluations.services.checks import (
    CHANGED_FIELDS,
    Mark,
    check_the_mark,
    claimed_check,
    criteria_of,
    name_inspectors,
    put,
)

# A day's work of one authority's teams, with room: a device takes no more along.
MOST_CHECKS = 60


@dataclass(frozen=True)
class Change:
    """What an inspector recorded on one criterion. `base`: the revision that the device showed.
    `files`: checked uploads. `recorded_on`: the day on site."""

    key: UUID
    criterion: Criterion
    base: int
    deduction: Decimal | None
    reason: str
    note: str
    files: tuple
    recorded_on: date

    @property
    def digest(self) -> str:
        """Tells two changes with the same key apart."""
        content = [
            self.criterion.pk,
            self.base,
            None if self.deduction is None else str(self.deduction.normalize()),
            self.reason,
            self.note,
            [file.sha256 for file in self.files],
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class Conflict(WrongMoment):
    """Somebody else changed the criterion; `theirs` is the row as it stands."""

    def __init__(self, theirs: CheckScore):
        super().__init__(_("Somebody else changed this criterion in the meantime."))
        self.theirs = theirs


@transaction.atomic
def apply_change(*, enrolment: Enrolment, change: Change, by, now: datetime) -> int:
    """Apply a change once; the criterion's revision that it made. Sent again, it changes nothing
    and gives the same answer. Raises `Conflict`, `ValidationError`, `Denied`, `WrongMoment`."""
    repeated = _already(enrolment, change)
    if repeated is not None:
        return repeated
    existing = AcceptanceCheck.objects.filter(enrolment=enrolment).first()
    check_can_edit_check(by, enrolment, existing, now)
    check_the_mark(Mark(change.criterion, change.deduction, change.reason))
    if change.recorded_on > clock.today(now):
        raise ValidationError(_("The day of the check must not lie in the future."))
    if existing is None:
        # RACE: the first deliveries of a check come one after the other, so that one begins it.
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        if not AcceptanceCheck.objects.filter(enrolment=enrolment).exists():
            _begin(enrolment, change.recorded_on)
    # RACE: the check is held to the end, so that of two deliveries of one change the second sees
    # the key of the first, and of two changes the second sees the revision of the first.
    check = AcceptanceCheck.objects.select_for_update().get(enrolment=enrolment)
    check.enrolment = enrolment
    check_can_edit_check(by, enrolment, check, now)
    repeated = _already(enrolment, change)
    if repeated is not None:
        return repeated
    score = (
        check.scores.select_related("criterion", "changed_by")
        .filter(criterion=change.criterion)
        .first()
    )
    if score is None:
        raise ValidationError(_("This criterion is not of the standard in force."))
    if score.revision != change.base:
        raise Conflict(score)
    score.check_of = check
    mark = Mark(change.criterion, change.deduction, change.reason, change.files, change.note)
    if put(score, mark, by, now):
        score.save(update_fields=CHANGED_FIELDS)
        AcceptanceCheck.objects.filter(pk=check.pk).update(version=F("version") + 1)
    SiteChange.objects.create(
        key=change.key,
        check_of=check,
        criterion=change.criterion,
        digest=change.digest,
        revision=score.revision,
        sent_by=by,
        received_at=now,
    )
    audit.record(
        by=by,
        act="check.recorded_on_site",
        target=check,
        now=now,
        after={
            "criterion": change.criterion.number,
            "deduction": None if change.deduction is None else str(change.deduction),
            "files": len(change.files),
            "revision": score.revision,
        },
    )
    return score.revision


def _already(enrolment, change: Change) -> int | None:
    """The revision that the change made when it came before; None when it is new."""
    before = SiteChange.objects.filter(key=change.key).select_related("check_of").first()
    if before is None:
        return None
    if before.check_of.enrolment_id != enrolment.pk or before.digest != change.digest:
        raise WrongMoment(_("Another change came with the same key; this one was not stored."))
    return before.revision


def _begin(enrolment: Enrolment, day: date) -> None:
    """Begin the check with the team that the plan sends."""
    check = claimed_check(enrolment, day, version=0)
    check.enrolment = enrolment
    visit = getattr(enrolment, "planned_visit", None)
    if visit is not None:
        name_inspectors(check, [member.name for member in visit.team.members.for_duty()])


# --- what the device takes along ------------------------------------------------------------------


def enrolments_for(user, campaign: Campaign, day: date):
    """The checks of a day: visits planned for it, of the user's own team where one is known, and
    what the authority has begun and not signed off."""
    authority: Organisation = user.organisation
    own = Enrolment.objects.filter(accepted_by(authority), campaign=campaign)
    planned = own.filter(planned_visit__day=day).exclude(acceptance__state=CheckState.SIGNED)
    mine = planned.filter(planned_visit__team__members__user=user)
    begun = Q(acceptance__state=CheckState.DRAFT)
    wanted = mine if mine.exists() else planned
    rows = own.filter(Q(pk__in=wanted.values("pk")) | begun)
    return (
        rows.with_station()
        .select_related("planned_visit__team", "acceptance__standard")
        .prefetch_related("planned_visit__team__members", "acceptance__inspectors")
        .order_by("planned_visit__day", "planned_visit__position", "pk")[:MOST_CHECKS]
    )


def bundle_of(enrolments) -> list[dict]:
    """The checks as plain values, in a number of queries that does not grow with them."""
    enrolments = list(enrolments)
    scores = {
        (score.check_of.enrolment_id, score.criterion_id): score
        for score in CheckScore.objects.filter(check_of__enrolment__in=enrolments)
        .select_related("check_of")
        .prefetch_related("evidence")
    }
    items = {
        (item.inspection.enrolment_id, item.criterion_id): item
        for item in SelfInspectionItem.objects.filter(
            inspection__enrolment__in=enrolments, inspection__submitted_at__isnull=False
        ).select_related("inspection")
    }
    criteria: dict = {}
    checks = []
    for enrolment in enrolments:
        check = getattr(enrolment, "acceptance", None)
        kind = (check.standard_id if check else None, enrolment.station.kind)
        if kind not in criteria:
            criteria[kind] = criteria_of(enrolment, check)
        checks.append(_check_values(enrolment, check, criteria[kind], scores, items))
    return checks


def _check_values(enrolment, check, criteria, scores, items) -> dict:
    visit = getattr(enrolment, "planned_visit", None)
    people = check.inspectors.all() if check else visit.team.members.all() if visit else ()
    station = enrolment.station
    return {
        "enrolment": enrolment.pk,
        "station": station.name,
        "code": station.code,
        "bureau": enrolment.bureau.name,
        "address": station.address,
        "phone": station.phone,
        "head": station.head,
        "day": visit.day.isoformat() if visit else "",
        "team": [person.name for person in people],
        "criteria": [
            _criterion_values(
                criterion,
                scores.get((enrolment.pk, criterion.pk)),
                items.get((enrolment.pk, criterion.pk)),
            )
            for criterion in criteria
        ],
    }


def _criterion_values(criterion, score, item) -> dict:
    return {
        "id": criterion.pk,
        "number": criterion.number,
        "name": criterion.name,
        "area": f"{criterion.area.number} {criterion.area.name}",
        "points": f"{criterion.points.normalize():f}",
        "method": criterion.check_method,
        "rule": criterion.deduction_rule,
        "veto": criterion.veto,
        "self_score": _text(item.self_score) if item else "",
        "remark": item.remark if item else "",
        "files": len(score.evidence.all()) if score else 0,
        **score_values(score),
    }


def score_values(score: CheckScore | None) -> dict:
    """The values of a criterion that a device shows and compares."""
    if score is None:
        return {"deduction": "", "reason": "", "note": "", "revision": 0}
    return {
        "deduction": _text(score.deduction),
        "reason": score.reason,
        "note": score.note,
        "revision": score.revision,
    }


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
