"""Messages in the portal: told once, read or unread; and the hours in which nobody is disturbed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from deliveries.models import Notice, QuietHours


def tell(messages: dict[str, dict]) -> list[Notice]:
    """Write many notices by their keys, all of them new: `user`, `subject`, `text`, `address` (a
    page of the portal) and `now`. Raises `IntegrityError`, and tells nothing, when a key is
    taken."""
    rows = [
        Notice(
            key=key,
            user=message["user"],
            subject=message["subject"][:200],
            text=message["text"],
            address=message.get("address", ""),
            told_at=message["now"],
        )
        for key, message in messages.items()
    ]
    return Notice.objects.bulk_create(rows, batch_size=500)


def mark_read(*, by, now: datetime, notice: Notice | None = None) -> int:
    """Mark one's own notices, or one of them, as read; how many were unread."""
    rows = Notice.objects.visible_to(by).unread()
    if notice is not None:
        rows = rows.filter(pk=notice.pk)
    return rows.update(read_at=now)


def quiet_hours() -> QuietHours | None:
    """The hours in which no reminder goes out, or None."""
    return QuietHours.objects.first()


def is_quiet(now: datetime) -> bool:
    """True in the quiet hours."""
    hours = quiet_hours()
    return hours is not None and hours.include(timezone.localtime(now).time())


@transaction.atomic
def set_quiet_hours(*, starts_at, ends_at, by, now: datetime) -> QuietHours:
    """Set the quiet hours of the whole portal."""
    check_may(by, Permission.CAMPAIGN_EDIT)
    before = quiet_hours()
    row, _created = QuietHours.objects.update_or_create(
        pk=1, defaults={"starts_at": starts_at, "ends_at": ends_at}
    )
    audit.record(
        by=by,
        act="quiet_hours.set",
        target=row,
        now=now,
        before={"hours": str(before)} if before else {},
        after={"hours": str(row)},
    )
    return row
