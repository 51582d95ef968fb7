"""Whoever raised a problem learns what became of it: the one place from which results go out."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from common import clock
from deliveries.models import DeliveryKind
from deliveries.services import plan_delivery
from evaluations.models import RectificationTask
from evaluations.services.opinion_answers import answer_with_result


def tell_who_raised_it(*, task: RectificationTask, by, now: datetime) -> None:
    """Called in the transaction in which a rectification is accepted: tells the person who put the
    problem into the register, unless they did the work or accepted it themselves. Sources that
    have somebody of their own to answer add their call here."""
    answer_with_result(task=task, by=by, now=now)
    recorder = task.finding.recorded_by
    if recorder.pk in (by.pk, task.submitted_by_id) or not recorder.email:
        return
    with translation.override(recorder.language):
        plan_delivery(
            key=f"mended:{task.pk}:{task.reopened}",
            kind=DeliveryKind.OTHER,
            user=recorder,
            address=recorder.email,
            subject=_("Mended: %(problem)s") % {"problem": task.finding},
            text=_(
                "%(name)s, hello.\n\nThe problem that you recorded at %(station)s on %(day)s is "
                "mended, and the rectification is accepted.\n\nProblem: %(problem)s\n"
                "What was done: %(result)s\n\n%(address)s"
            )
            % {
                "name": recorder,
                "station": task.enrolment.organisation.name,
                "day": clock.today(task.finding.recorded_at),
                "problem": task.finding.text,
                "result": task.result,
                "address": settings.PORTAL_URL + reverse("evaluations:task", args=[task.pk]),
            },
            now=now,
        )
