"""What evaluations do in the background."""

from celery import shared_task

from common import clock
from evaluations.services import escalation


@shared_task
def escalate_overdue():
    """Tell the next level of overdue rectifications; asks the database what is due."""
    return escalation.escalate_overdue(now=clock.now())
