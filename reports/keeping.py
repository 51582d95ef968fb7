"""Files are kept as long as the rules say; the row, its code and its checksum stay."""

import logging
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction

from common import clock
from common.errors import WrongMoment
from reports.models import Report, ReportState
from reports.workflow import REPORT

logger = logging.getLogger(__name__)


def expire_files(*, now: datetime) -> int:
    """Throw away the files whose last day is over; how many. A part stays while its pack is being
    put together."""
    over = Report.objects.filter(state=ReportState.DONE, kept_until__lt=clock.today(now))
    over = over.exclude(
        packs__state__in=(ReportState.WAITING, ReportState.QUEUED, ReportState.RUNNING)
    )
    ended = 0
    for report in over.order_by("pk"):
        try:
            _expire(report, now)
        except WrongMoment:
            logger.info("report %s was moved meanwhile", report.pk)
        else:
            ended += 1
    return ended


@transaction.atomic
def _expire(report: Report, now: datetime) -> None:
    """The key becomes free: asked for again, the paper is a new version, not this one remade."""
    name = report.file.name
    REPORT.apply(report, "expired", by=None, now=now, file="", key=f"expired:{report.pk}")
    transaction.on_commit(lambda: default_storage.delete(name))
