"""The bell of the reminders."""

from celery import shared_task

from campaign.services import late_digests, reminders
from common import clock


@shared_task
def plan_reminders():
    """Bring up to date what could not be said in time, and plan what is to be said today."""
    late_digests.renew_late_digests(now=clock.now())
    reminders.plan_reminders(now=clock.now())
