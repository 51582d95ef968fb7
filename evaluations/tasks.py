"""What evaluations do in the background."""

from celery import shared_task

from common import clock
from evaluations.services import escalation, retention, rights


@shared_task
def escalate_overdue():
    """Tell the next level of overdue rectifications; asks the database what is due."""
    return escalation.escalate_overdue(now=clock.now())


@shared_task
def remind_of_rights():
    """Remind those who may reply to a check or a veto while they still may."""
    return rights.remind_of_rights(now=clock.now())


@shared_task
def forget_complainants():
    """Erase the names and phones of complainants whose time is over."""
    return retention.forget_complainants(now=clock.now())


@shared_task
def forget_opinion_files():
    """Delete the files of opinions whose time is over."""
    return retention.forget_files(now=clock.now())
