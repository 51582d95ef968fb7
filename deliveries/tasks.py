"""The bell of the outbox."""

from celery import shared_task

from deliveries.services import send_due


@shared_task
def send_deliveries():
    """Send what is due."""
    send_due()
