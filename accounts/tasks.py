"""Housekeeping of sessions, and the bell of the sealer."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import seals


@shared_task
def clear_sessions():
    """Delete sessions that have run out."""
    call_command("clearsessions")


@shared_task
def seal_audit_trail():
    """Seal the audit events written since the last time (in real time: a seal proves when)."""
    seals.seal_events(now=timezone.now())
