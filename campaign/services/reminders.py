"""Reminders: who is told today what is owed.

One digest a person and day. A reminder row (person × obligation × step day) is unique and written
in the same transaction as its message, and planners take the campaign's row in turn; so two beats,
a repeated task or a beat that slept for a day plan nothing twice and miss nothing.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Membership
from accounts.roles import KIND_OFFICER, ROLE_PERMISSIONS
from campaign.models import (
    KIND_PERMISSION,
    Campaign,
    CampaignState,
    Obligation,
    ObligationKind,
    Reminder,
)
from common import clock
from deliveries.models import Delivery, DeliveryKind
from deliveries.services import plan_delivery

# A step that a sleeping beat missed is caught up for so many days; later steps replace it anyway.
CATCH_UP_DAYS = 3
# Names listed for each kind before the rest is only counted.
NAMES_SHOWN = 8


@dataclass(frozen=True)
class Notice:
    """One thing to tell one person. `own`: they can meet it; else it is overdue below them."""

    obligation: Obligation
    step_day: date
    own: bool


@transaction.atomic
def plan_reminders(*, now: datetime) -> int:
    """Plan today's digests of every open campaign; how many messages were planned."""
    planned = 0
    for campaign in Campaign.objects.select_for_update().filter(state=CampaignState.OPEN):
        planned += _plan_for(campaign, now)
    return planned


def _plan_for(campaign, now) -> int:
    today = clock.today(now)
    due = _due_today(campaign, today)
    if not due:
        return 0
    told = _already_told(campaign, today)
    notices = defaultdict(list)
    for user, notice in _notices(due):
        if (user.pk, notice.obligation.pk, notice.step_day) not in told:
            notices[user].append(notice)
    if not notices:
        return 0
    used = _digests_of(today)
    reminders = []
    for user, items in notices.items():
        number = used.get(user.pk, 0)
        delivery = _plan_digest(campaign, user, items, number, now)
        reminders += [
            Reminder(
                user=user, obligation=item.obligation, step_day=item.step_day, delivery=delivery
            )
            for item in items
        ]
    Reminder.objects.bulk_create(reminders, batch_size=1000)
    audit.record(
        by=None,
        act="reminders.planned",
        target=campaign,
        now=now,
        after={"messages": len(notices), "reminders": len(reminders)},
    )
    return len(notices)


def _due_today(campaign, today) -> list[tuple[Obligation, date]]:
    """Open obligations whose latest step fell today, or was missed in the days before."""
    steps = list(campaign.reminder_steps.all())
    if not steps:
        return []
    first = min(step.offset_days for step in steps)
    rows = (
        Obligation.objects.open()
        .filter(campaign=campaign, due_on__lte=today - timedelta(days=first))
        .select_related(
            "organisation__supervisor", "enrolment__station__organisation", "enrolment__station"
        )
    )
    due = []
    for obligation in rows:
        days = [day for step in steps if (day := step.day_for(obligation.due_on, today))]
        if days and (today - max(days)).days <= CATCH_UP_DAYS:
            due.append((obligation, max(days)))
    return due


def _already_told(campaign, today) -> set:
    since = today - timedelta(days=CATCH_UP_DAYS)
    rows = Reminder.objects.filter(obligation__campaign=campaign, step_day__gte=since)
    return set(rows.values_list("user_id", "obligation_id", "step_day"))


def _digests_of(today) -> dict[int, int]:
    """How many digests each person has been sent today."""
    rows = Delivery.objects.filter(
        kind=DeliveryKind.REMINDER, key__endswith=f":{today}", user__isnull=False
    )
    counted = defaultdict(int)
    for user_id in rows.values_list("user_id", flat=True):
        counted[user_id] += 1
    return counted


def _notices(due):
    """(person, notice) for those who can meet an obligation, and once it is overdue for the
    officers of the supervisor."""
    units = {obligation.organisation_id for obligation, _day in due}
    units |= {obligation.organisation.supervisor_id for obligation, _day in due}
    people = defaultdict(list)
    memberships = Membership.objects.filter(
        ~Q(user__email=""), active=True, user__is_active=True, organisation__active=True
    ).select_related("user")
    for membership in memberships:
        if membership.organisation_id in units:
            people[membership.organisation_id].append(membership)
    for obligation, day in due:
        unit = obligation.organisation
        needed = set(KIND_PERMISSION[obligation.kind])
        for membership in people[unit.pk]:
            if needed & ROLE_PERMISSIONS[membership.role]:
                yield membership.user, Notice(obligation, day, own=True)
        if day > obligation.due_on and unit.supervisor is not None:
            for membership in people[unit.supervisor_id]:
                if membership.role == KIND_OFFICER[unit.supervisor.kind]:
                    yield membership.user, Notice(obligation, day, own=False)


def _plan_digest(campaign, user, items, number, now):
    today = clock.today(now)
    with translation.override(user.language):
        subject, text = compose(campaign, user, items, today)
    return plan_delivery(
        key=f"reminder:{user.pk}:{number + 1}:{today}",
        kind=DeliveryKind.REMINDER,
        user=user,
        address=user.email,
        subject=subject,
        text=text,
        now=now,
    )


def compose(campaign, user, items, today) -> tuple[str, str]:
    """Subject and text of a digest, in the language in force."""
    own = [item for item in items if item.own]
    below = [item for item in items if not item.own]
    subject = _("%(count)s things are due: %(campaign)s") % {
        "count": len(items),
        "campaign": campaign.title,
    }
    lines = [_("%(name)s, hello.") % {"name": user}, ""]
    if own:
        lines += [_("Your unit owes:"), *_lines(own, today), ""]
    if below:
        lines += [_("Overdue in the units below yours:"), *_lines(below, today), ""]
    lines.append(_("Your desk: %(address)s") % {"address": f"{settings.PORTAL_URL}/desk/"})
    return subject, "\n".join(lines)


def _lines(items, today) -> list[str]:
    """One line for each kind and due day, with the first names."""
    groups = defaultdict(list)
    for item in items:
        groups[item.obligation.due_on, item.obligation.kind].append(item.obligation)
    lines = []
    for (due_on, kind), rows in sorted(groups.items()):
        names = [
            (row.enrolment.station.organisation if row.enrolment_id else row.organisation).name
            for row in rows
        ]
        shown = "、".join(names[:NAMES_SHOWN]) + ("…" if len(names) > NAMES_SHOWN else "")
        lines.append(
            _("- %(kind)s, %(count)s, by %(day)s 24:00 (%(left)s): %(names)s")
            % {
                "kind": ObligationKind(kind).label,
                "count": len(rows),
                "day": due_on,
                "left": _days_left((due_on - today).days),
                "names": shown,
            }
        )
    return lines


def _days_left(days: int) -> str:
    if days > 0:
        return _("%(days)s days left") % {"days": days}
    if days == 0:
        return _("today")
    return _("%(days)s days overdue") % {"days": -days}
