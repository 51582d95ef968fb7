"""What scoring does in the background."""

from celery import shared_task

from common import clock
from scoring.services import contacts


@shared_task
def forget_objectors():
    """Erase the contacts of objectors whose time is over."""
    return contacts.forget_objectors(now=clock.now())
