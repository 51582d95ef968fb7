"""Signs of life of the background processes, and the end of throttle windows."""

from celery import shared_task
from django.utils import timezone

from common import throttle
from common.models import Heartbeat
from common.sheet_pages import sweep_staged


@shared_task
def beat_heartbeat():
    """Sent by beat: that it arrives shows that beat, broker and worker live."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})


@shared_task
def worker_answer(token):
    """Rung by `doctor`: the worker writes the token back."""
    Heartbeat.objects.update_or_create(
        name="worker", defaults={"at": timezone.now(), "token": token}
    )


@shared_task
def forget_throttle_windows():
    """Delete the throttle windows that are over."""
    throttle.forget(now=timezone.now())


@shared_task
def sweep_staged_workbooks():
    """Workbooks that were previewed and never confirmed hold personal data: they go."""
    sweep_staged()
