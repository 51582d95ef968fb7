"""Moving what is open: a rule or the working calendar has changed. What was met stays as it was."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.roles import ROLE_PERMISSIONS
from campaign.due import DueDay, by_rule, counted
from campaign.models import (
    KIND_PERMISSION,
    Campaign,
    CampaignState,
    DueUnit,
    Obligation,
    ObligationKind,
    ObligationRule,
)
from campaign.services.obligations import tell_of
from deliveries.models import DeliveryKind
from deliveries.services import tell_and_mail

# Keys in one "… IN (…)": below the limit of every database.
KEYS = 500


@dataclass(frozen=True)
class Shift:
    """Obligations of one kind that moved from one day to another."""

    kind: str
    before: date
    after: date
    obligation_ids: tuple[int, ...]


def move_by_rule(
    *, campaign: Campaign, rule: ObligationRule, reason: str, now: datetime
) -> list[Shift]:
    """Give the open obligations of the rule's kind the day that the rule says now.

    A day that a person named for one thing alone (under a counting rule) stays.
    """
    rows = Obligation.objects.open().filter(campaign=campaign, kind=rule.kind)
    if rule.unit == DueUnit.FIXED:
        return _move(rows, lambda start: by_rule(rule, start), reason, now)
    opening = campaign.phases.order_by("starts_on").values_list("starts_on", flat=True).first()
    was_fixed = Q(due_unit=DueUnit.FIXED) if rule.kind in KINDS_OF_RULES else Q(pk__in=[])
    rows = rows.filter(was_fixed | Q(counted_from__isnull=False))
    return _move(rows, lambda start: by_rule(rule, start or opening), reason, now)


# What always follows its rule; the days of the others may be named by whoever dispatches them.
KINDS_OF_RULES = {
    ObligationKind.RECEIPT,
    ObligationKind.REGISTRY,
    ObligationKind.PLAN,
    ObligationKind.COMMITMENTS,
    ObligationKind.SELF_INSPECTION,
    ObligationKind.ACCEPTANCE,
    ObligationKind.DAILY_SCORE,
    ObligationKind.SUMMARY,
}


def move_by_calendar(*, reason: str, now: datetime) -> list[Shift]:
    """Count the working days of all open obligations of open campaigns anew."""
    rows = Obligation.objects.open().filter(
        campaign__state=CampaignState.OPEN, due_unit=DueUnit.WORKING
    )
    shifts = []
    for days in sorted(set(rows.order_by().values_list("counted_days", flat=True))):
        shifts += _move(
            rows.filter(counted_days=days),
            lambda start, days=days: counted(start, days, DueUnit.WORKING),
            reason,
            now,
        )
    return shifts


def _move(rows, due_of, reason, now) -> list[Shift]:
    """Give `rows` the day that `due_of(counted_from)` computes; those whose day changed."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    computed: dict[date | None, DueDay] = {}
    values = rows.order_by().values_list(
        "pk", "kind", "due_on", "due_unit", "counted_from", "counted_days"
    )
    for pk, kind, due_on, unit, start, days in values:
        due = computed.get(start) or computed.setdefault(start, due_of(start))
        if (due_on, unit, start, days) != tuple(due.columns().values()):
            groups[kind, due_on, due].append(pk)
    shifts = []
    for (kind, before, due), ids in groups.items():
        moved = before != due.due_on
        changes = due.columns()
        if moved:
            changes |= {"due_before": before, "moved_because": reason}
            shifts.append(Shift(kind, before, due.due_on, tuple(ids)))
        for first in range(0, len(ids), KEYS):
            Obligation.objects.filter(pk__in=ids[first : first + KEYS]).update(**changes)
    touched = [Obligation(pk=pk) for ids in groups.values() for pk in ids]
    tell_of("moved", touched, now, reason)
    return shifts


def tell_those_concerned(*, cause: str, shifts: list[Shift], reason: str, now: datetime) -> int:
    """Tell everybody who can meet what moved, in the portal and by mail; how many people.

    `cause` is unique (an audit event's number): nobody is told twice of the same change.
    """
    concerned: dict[int, set] = defaultdict(set)
    units: dict[int, set] = defaultdict(set)
    for shift in shifts:
        for first in range(0, len(shift.obligation_ids), KEYS):
            part = shift.obligation_ids[first : first + KEYS]
            for unit in Obligation.objects.filter(pk__in=part).values_list(
                "organisation_id", flat=True
            ):
                units[unit].add(shift)
    memberships = Membership.objects.filter(
        active=True, user__is_active=True, organisation__active=True
    )
    for unit, user_id, role in memberships.values_list("organisation_id", "user_id", "role"):
        for shift in units.get(unit, ()):
            if set(KIND_PERMISSION[shift.kind]) & ROLE_PERMISSIONS[role]:
                concerned[user_id].add((shift.kind, shift.before, shift.after))
    people = User.objects.in_bulk(concerned)
    messages = {
        f"moved:{cause}:{user_id}": _message(people[user_id], sorted(moves), reason, now)
        for user_id, moves in concerned.items()
    }
    tell_and_mail(messages, kind=DeliveryKind.CHANGE)
    return len(messages)


def _message(user, moves, reason, now) -> dict:
    with translation.override(user.language):
        lines = [
            _("- %(kind)s: by %(after)s 24:00 (until now by %(before)s)")
            % {"kind": ObligationKind(kind).label, "before": before, "after": after}
            for kind, before, after in moves
        ]
        return {
            "user": user,
            "subject": _("Deadlines have moved"),
            "text": "\n".join([_("Reason: %(reason)s") % {"reason": reason}, "", *lines]),
            "address": reverse("portal:desk"),
            "now": now,
        }
