"""Digests that could not be mailed on the day that they speak of, because the mail server or the
sender was away: written anew for today, or dropped when nothing of what they say is owed any more.
A mail that says "3 days left" a day late would be wrong about the one thing that matters."""

from collections import Counter, defaultdict
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.seals import latest_seal
from campaign.models import CampaignState, ObligationState, Reminder
from campaign.services.reminders import compose, keepers_of_heads
from common import clock
from common.errors import WrongMoment
from deliveries.models import Delivery
from deliveries.services import drop, renew

# Looked at in one beat; the next one goes on.
AT_ONCE = 500


def renew_late_digests(*, now: datetime) -> Counter:
    """Bring the waiting digests of earlier days up to date; how many were "renewed" and "dropped".

    What goes out keeps its Message-ID. One that somebody is just sending is left alone.
    """
    late = Delivery.objects.late_reminders(now).select_related("user").order_by("pk")[:AT_ONCE]
    late = list(late)
    owed = _still_owed(late)
    keepers = keepers_of_heads([delivery.user_id for delivery in late])
    seal = latest_seal() if keepers else None
    ended: Counter = Counter()
    for delivery in late:
        kept = seal if delivery.user_id in keepers else None
        try:
            with translation.override(delivery.user.language):
                ended[_bring_up_to_date(delivery, owed[delivery.pk], kept, now)] += 1
        except WrongMoment:
            continue
    return ended


def _still_owed(deliveries) -> dict[int, list[Reminder]]:
    """By digest: those of its reminders whose obligation is still open, in an open campaign."""
    rows = Reminder.objects.filter(
        delivery__in=deliveries,
        obligation__state=ObligationState.OPEN,
        obligation__campaign__state=CampaignState.OPEN,
    ).select_related(
        "obligation__campaign",
        "obligation__organisation",
        "obligation__enrolment__station__organisation",
    )
    owed = defaultdict(list)
    for row in rows.order_by("pk"):
        owed[row.delivery_id].append(row)
    return owed


def _bring_up_to_date(delivery, reminders, seal, now) -> str:
    if not reminders:
        reason = _("Nothing of what it says is owed any more.")
        drop(delivery=delivery, reason=reason, now=now)
        return "dropped"
    subject, text = compose(
        reminders[0].obligation.campaign,
        delivery.user,
        [row.obligation for row in reminders if row.own],
        [row.obligation for row in reminders if not row.own],
        clock.today(now),
        seal,
    )
    renew(delivery=delivery, subject=subject, text=text, now=now)
    return "renewed"
