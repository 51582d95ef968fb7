"""The bell of the reminders."""

from celery import shared_task

from campaign.services import reminders
from common import clock


@shared_task
def plan_reminders():
    """Plan what is to be said today."""
    reminders.plan_reminders(now=clock.now())
