"""The audit trail: every act leaves an event in the same transaction."""

from datetime import datetime

from accounts.models import AuditEvent
from accounts.vouching import NEVER_TOLD, OTHER_FORM, changed_rows, vouching_of
from common import clock


def record(
    *,
    by,
    act: str,
    target=None,
    now: datetime,
    before=None,
    after=None,
    reason="",
    address=None,
    rows=(),
) -> AuditEvent:
    """Write that `by` (a user, or None for the portal itself and the public) did `act` to `target`.

    `act` is a dotted word in the past tense ("task.returned"). `before` and `after` hold the
    changed values, as JSON. `address`: from where, when `by` does not carry it. `rows`: what else
    the act wrote. Call it when everything is written: the event carries the content of the rows
    for which the trail vouches.
    """
    acting = by.acting if by else None
    return AuditEvent.objects.create(
        at=now,
        user=by,
        role=acting.role if acting else "",
        organisation=acting.organisation if acting else None,
        act=act,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target=str(target)[:200] if target is not None else "",
        before=before or {},
        after=(after or {}) | vouching_of(act, target, rows),
        reason=reason,
        address=address or getattr(by, "address", None),
    )


def tell_anew(*, now: datetime) -> int:
    """After an upgrade: tell of the rows that the trail cannot compare, as they are now; how many.
    These are rows of a model that was not vouched for before, or of which other columns count now.
    One event for each model, so that an auditor sees how many."""
    kinds: dict[str, list] = {}
    for change in changed_rows():
        if change.what in (NEVER_TOLD, OTHER_FORM):
            kinds.setdefault(change.kind, []).append(change.row)
    for kind, rows in kinds.items():
        after = {"kind": kind, "count": len(rows)}
        record(by=None, act="rows.told_anew", now=now, after=after, rows=rows)
    return sum(map(len, kinds.values()))


def record_reading(*, by, act: str, target, now: datetime) -> None:
    """Write that `by` took a file away, once for each reader and day: pages show pictures in place,
    and phones ask for a file more than once. Call it when the file is in hand: one that the store
    has lost was not handed out."""
    today = clock.start_of(clock.today(now))
    if not story_of(target).filter(act=act, user=by, at__gte=today).exists():
        record(by=by, act=act, target=target, now=now)


def story_of(target):
    """The events of one object, oldest first: for the page of whoever may see the object."""
    return _stories(target._meta.label_lower, [target])


def tell_stories(targets) -> None:
    """Give each of several objects of one kind its `events`, with one query."""
    by_key = {str(target.pk): target for target in targets}
    for target in targets:
        target.events = []
    if targets:
        for event in _stories(targets[0]._meta.label_lower, targets):
            by_key[event.target_id].events.append(event)


def _stories(kind, targets):
    return (
        AuditEvent.objects.filter(
            target_type=kind, target_id__in=[str(target.pk) for target in targets]
        )
        .select_related("user", "organisation")
        .order_by("pk")
    )
