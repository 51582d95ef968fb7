"""Housekeeping of sessions, and the bell of the sealer."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import archives, audit, seals, vouching
from accounts.services.sign_ins import forget_ended


@shared_task
def clear_sessions():
    """Delete sessions that have run out, and what is noted of them."""
    call_command("clearsessions")
    forget_ended()


@shared_task
def seal_audit_trail():
    """Seal the audit events written since the last time (in real time: a seal proves when)."""
    seals.seal_events(now=timezone.now())


@shared_task
def archive_audit_trail():
    """Move audit events that are older than the rules keep into archive files."""
    archives.archive_due(now=timezone.now())


@shared_task
def look_over_rows():
    """Enter rows that are not as their last act left them, for the auditor to see."""
    changed = vouching.changed_rows()
    if changed:
        audit.record(
            by=None,
            act="rows.changed_outside",
            now=timezone.now(),
            after={"count": len(changed), "changed": [str(change) for change in changed[:50]]},
        )
