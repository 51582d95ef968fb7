"""How a person wants to be told, and the secret address of their calendar."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from accounts import audit
from campaign.models import CalendarFeed, ReminderPreference


@transaction.atomic
def choose_reminders(*, by, mail_before_due: bool, now: datetime) -> ReminderPreference:
    """Mail, or only the portal, for what is not overdue. What is overdue comes by mail anyway."""
    row, _created = ReminderPreference.objects.update_or_create(
        user=by, defaults={"mail_before_due": mail_before_due}
    )
    audit.record(
        by=by,
        act="reminders.chosen",
        target=by,
        now=now,
        after={"mail_before_due": mail_before_due},
        rows=[row],
    )
    return row


def hash_of(secret: str) -> str:
    """What is kept of a feed's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_feed(*, by, now: datetime) -> str:
    """The secret of a new calendar address; it is shown this once, and the one before ends."""
    secret = secrets.token_urlsafe(32)
    row, _created = CalendarFeed.objects.update_or_create(
        user=by, defaults={"secret_hash": hash_of(secret), "created_at": now}
    )
    audit.record(by=by, act="feed.made", target=by, now=now, rows=[row])
    return secret


@transaction.atomic
def revoke_feed(*, by, now: datetime) -> None:
    """End the calendar address."""
    rows = list(CalendarFeed.objects.filter(user=by))
    if rows:
        CalendarFeed.objects.filter(user=by).delete()
        audit.record(by=by, act="feed.revoked", target=by, now=now, rows=rows)


def owner_of(secret: str):
    """The person whose feed has this secret, or None."""
    feed = (
        CalendarFeed.objects.filter(secret_hash=hash_of(secret), user__is_active=True)
        .select_related("user")
        .first()
    )
    return feed.user if feed else None
