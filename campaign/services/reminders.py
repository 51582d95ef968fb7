"""Reminders: who is told today what is owed.

One digest a person and day: in the portal always, and by mail unless the person has no address or
wants no mail about what is not overdue. A reminder row (person × obligation × step day) is unique
and written in the same transaction as its digest, and planners take the campaign's row in turn; so
two beats, a repeated task or a beat that slept for a day plan nothing twice and miss nothing.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Membership, OrganisationKind, User
from accounts.roles import KIND_OFFICER, ROLE_PERMISSIONS
from accounts.seals import latest_seal
from campaign.models import (
    KIND_PERMISSION,
    Campaign,
    CampaignState,
    Obligation,
    ObligationKind,
    Reminder,
    ReminderPreference,
)
from common import clock
from deliveries.models import DeliveryKind
from deliveries.models import Notice as PortalNotice
from deliveries.notices import is_quiet
from deliveries.services import tell_and_mail

# A step that a sleeping beat missed is caught up for so many days; later steps replace it anyway.
CATCH_UP_DAYS = 3
# Names listed for each kind before the rest is only counted.
NAMES_SHOWN = 8


@dataclass(frozen=True)
class Notice:
    """One thing to tell one person. `own`: they can meet it; else it is overdue below them."""

    obligation_id: int
    step_day: date
    own: bool
    overdue: bool


def plan_reminders(*, now: datetime) -> int:
    """Plan today's digests of every open campaign, outside the quiet hours; how many people are
    told."""
    today = clock.today(now)
    if is_quiet(now):
        return 0
    planned = 0
    for campaign in Campaign.objects.filter(state=CampaignState.OPEN):
        # Asked without a lock first: most beats find nothing to say, and must hold nobody up.
        if _untold(campaign, today):
            planned += _plan_for(campaign.pk, now)
    return planned


@transaction.atomic
def _plan_for(campaign_id, now) -> int:
    """Plan the digests of one campaign; planners do so in turn."""
    # RACE: whoever waited here for the row sees in `_untold` what the other one has planned.
    rows = Campaign.objects.select_for_update().filter(pk=campaign_id, state=CampaignState.OPEN)
    campaign = rows.first()
    today = clock.today(now)
    untold = _untold(campaign, today) if campaign else {}
    if not untold:
        return 0
    people = User.objects.in_bulk(untold)
    shown = _shown(campaign, today)
    used = _digests_of(today)
    keepers, seal = keepers_of_heads(untold), latest_seal()
    mailless = _mailless(untold)
    digests = {
        f"reminder:{user_id}:{used[user_id] + 1}:{today}": _digest(
            campaign, people[user_id], notices, shown, now, seal if user_id in keepers else None
        )
        for user_id, notices in untold.items()
    }
    notices_told, mails = tell_and_mail(digests, kind=DeliveryKind.REMINDER, mailless=mailless)
    told = {row.user_id: row for row in notices_told}
    mailed = {row.user_id: row for row in mails}
    reminders = [
        Reminder(
            user_id=user_id,
            obligation_id=notice.obligation_id,
            step_day=notice.step_day,
            own=notice.own,
            notice=told[user_id],
            delivery=mailed.get(user_id),
        )
        for user_id, notices in untold.items()
        for notice in notices
    ]
    Reminder.objects.bulk_create(reminders, batch_size=1000)
    audit.record(
        by=None,
        act="reminders.planned",
        target=campaign,
        now=now,
        after={"told": len(told), "messages": len(mailed), "reminders": len(reminders)},
    )
    return len(told)


def _mailless(untold) -> set[int]:
    """Who wants no mail today: nothing that they are told is overdue, and they chose so."""
    calm = [
        user_id
        for user_id, notices in untold.items()
        if not any(notice.overdue for notice in notices)
    ]
    rows = ReminderPreference.objects.filter(user_id__in=calm, mail_before_due=False)
    return set(rows.values_list("user_id", flat=True))


def _untold(campaign, today) -> dict[int, list[Notice]]:
    """By person: what is to be said today and has not been said yet."""
    steps = _steps_today(campaign, today)
    if not steps:
        return {}
    told = set(
        Reminder.objects.filter(
            obligation__campaign=campaign, step_day__in=set(steps.values())
        ).values_list("user_id", "obligation_id", "step_day")
    )
    untold = defaultdict(dict)
    for user_id, notice in _notices(campaign, steps):
        if (user_id, notice.obligation_id, notice.step_day) not in told:
            # One person may meet it and also supervise it: told once, as the one who owes.
            untold[user_id].setdefault(notice.obligation_id, notice)
    return {user_id: list(notices.values()) for user_id, notices in untold.items()}


def _steps_today(campaign, today) -> dict[date, date]:
    """Due day → its latest step, where that fell today or was missed in the days before."""
    steps = list(campaign.reminder_steps.all())
    due_days = Obligation.objects.open().filter(campaign=campaign).order_by().values_list("due_on")
    latest = {}
    for (due_on,) in due_days.distinct():
        days = [day for step in steps if (day := step.day_for(due_on, today))]
        if days and (today - max(days)).days <= CATCH_UP_DAYS:
            latest[due_on] = max(days)
    return latest


def _notices(campaign, steps):
    """(person, notice) for those who can meet an obligation, and once it is overdue for the
    officers of the supervisor."""
    people = defaultdict(list)
    memberships = Membership.objects.filter(
        active=True, user__is_active=True, organisation__active=True
    )
    for unit, user_id, role in memberships.order_by("pk").values_list(
        "organisation_id", "user_id", "role"
    ):
        people[unit].append((user_id, role))
    rows = Obligation.objects.open().filter(campaign=campaign, due_on__in=steps)
    for pk, kind, due_on, unit, above, kind_above in rows.values_list(
        "pk",
        "kind",
        "due_on",
        "organisation_id",
        "organisation__supervisor_id",
        "organisation__supervisor__kind",
    ):
        step_day, needed = steps[due_on], set(KIND_PERMISSION[kind])
        for user_id, role in people[unit]:
            if needed & ROLE_PERMISSIONS[role]:
                yield user_id, Notice(pk, step_day, own=True, overdue=step_day > due_on)
        if step_day > due_on:
            for user_id, role in people[above]:
                if role == KIND_OFFICER[kind_above]:
                    yield user_id, Notice(pk, step_day, own=False, overdue=True)


def _shown(campaign, today) -> dict[int, Obligation]:
    """What may have to be said today, with all that a digest shows of it."""
    rows = Obligation.objects.open().filter(
        campaign=campaign, due_on__in=_steps_today(campaign, today)
    )
    rows = rows.select_related("organisation", "enrolment__station__organisation")
    return {row.pk: row for row in rows}


def _digests_of(today) -> Counter:
    """How many digests each person has been told today."""
    rows = PortalNotice.objects.filter(key__startswith="reminder:", key__endswith=f":{today}")
    return Counter(rows.values_list("user_id", flat=True))


def keepers_of_heads(user_ids) -> set[int]:
    """Those whose mailboxes keep the audit trail's heads: the officers of the units right below
    the province. The chain's own database could be rewritten; eighteen mailboxes cannot."""
    roles = (KIND_OFFICER["prefecture"], KIND_OFFICER["county"])
    rows = Membership.objects.filter(active=True, role__in=roles, user_id__in=user_ids)
    rows = rows.filter(organisation__supervisor__kind=OrganisationKind.PROVINCE)
    return set(rows.values_list("user_id", flat=True))


def _digest(campaign, user, notices, shown, now, seal) -> dict:
    """The message (as `tell_and_mail` takes it) for one person. `seal`: the head to keep."""
    own = [shown[notice.obligation_id] for notice in notices if notice.own]
    below = [shown[notice.obligation_id] for notice in notices if not notice.own]
    with translation.override(user.language):
        subject, text = compose(campaign, user, own, below, clock.today(now), seal)
    return {
        "user": user,
        "subject": subject,
        "text": text,
        "address": reverse("portal:desk"),
        "now": now,
    }


def compose(campaign, user, own, below, today, seal=None) -> tuple[str, str]:
    """Subject and text of a digest, in the language in force. `own` and `below`: obligations;
    `seal`: the audit trail's head, for those who keep it."""
    subject = _("%(count)s things are due: %(campaign)s") % {
        "count": len(own) + len(below),
        "campaign": campaign.title,
    }
    lines = [_("%(name)s, hello.") % {"name": user}, ""]
    if own:
        lines += [_("Your unit owes:"), *_lines(own, today), ""]
    if below:
        lines += [_("Overdue in the units below yours:"), *_lines(below, today), ""]
    lines.append(
        _("Your desk: %(address)s") % {"address": settings.PORTAL_URL + reverse("portal:desk")}
    )
    if seal:
        values = {"number": seal.number, "day": seal.day, "digest": seal.digest}
        lines.append(_("Audit trail sealed: no. %(number)s, %(day)s, %(digest)s") % values)
    return subject, "\n".join(lines)


def _lines(obligations, today) -> list[str]:
    """One line for each kind and due day, with the first names."""
    groups = defaultdict(list)
    for obligation in obligations:
        groups[obligation.due_on, obligation.kind].append(obligation)
    lines = []
    for (due_on, kind), rows in sorted(groups.items()):
        names = [
            (row.enrolment.organisation if row.enrolment_id else row.organisation).name
            for row in rows[:NAMES_SHOWN]
        ]
        lines.append(
            _("- %(kind)s, %(count)s, by %(day)s 24:00 (%(left)s): %(names)s")
            % {
                "kind": ObligationKind(kind).label,
                "count": len(rows),
                "day": due_on,
                "left": _days_left((due_on - today).days),
                "names": "、".join(names) + ("…" if len(rows) > NAMES_SHOWN else ""),
            }
        )
    return lines


def _days_left(days: int) -> str:
    if days > 0:
        return _("%(days)s days left") % {"days": days}
    if days == 0:
        return _("today")
    return _("%(days)s days overdue") % {"days": -days}
