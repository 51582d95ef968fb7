"""Asking for reports. The row says what is to be made; Celery's bell only makes it sooner."""

import logging
from datetime import datetime

from celery import current_app
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts import audit
from accounts.models import Organisation
from common.errors import WrongMoment
from reports.models import Report, ReportKind, ReportState
from reports.policies import check_can_download, check_can_request
from reports.workflow import REPORT
from scoring.models import ScoreRun

logger = logging.getLogger(__name__)


@transaction.atomic
def request_summary(
    *,
    organisation: Organisation,
    run: ScoreRun,
    by,
    now: datetime,
    language: str = "zh-hans",
) -> Report:
    """The summary of `organisation` by `run`, as a job. The same request is one job: it is found
    again, whatever its state, and queued again where it had failed. Raises `Denied` or `Http404`.
    """
    check_can_request(by, organisation)
    kind = ReportKind.UNIT_SUMMARY
    report, is_new = Report.objects.get_or_create(
        key=f"{kind}:{run.pk}:{organisation.code}:{language}",
        defaults={
            "kind": kind,
            "campaign": run.campaign,
            "organisation": organisation,
            "run": run,
            "language": language,
            "requested_by": by,
            "requested_at": now,
        },
    )
    if is_new:
        audit.record(
            by=by, act="report.requested", target=report, now=now, after={"key": report.key}
        )
        _ring_after_commit(report)
    elif report.state == ReportState.FAILED:
        retry_report(report=report, by=by, now=now)
    return report


@transaction.atomic
def retry_report(*, report: Report, by, now: datetime) -> Report:
    """Queue a failed report again. Raises `Denied`, `Http404` or `WrongMoment`."""
    check_can_request(by, report.organisation)
    REPORT.apply(report, "retried", by=by, now=now, progress=0, attempts=0, failure="")
    _ring_after_commit(report)
    return report


@transaction.atomic
def hand_out(*, report: Report, by, now: datetime) -> File:
    """The open file of the report; that it went out to `by` is noted. Raises `Denied` or
    `WrongMoment`."""
    check_can_download(by, report)
    try:
        file = default_storage.open(report.file.name)
    except FileNotFoundError as error:
        raise WrongMoment(_("The file of this report is no longer kept.")) from error
    audit.record(
        by=by, act="report.downloaded", target=report, now=now, after={"sha256": report.sha256}
    )
    return file


def _ring_after_commit(report: Report) -> None:
    transaction.on_commit(lambda: _ring(report.pk), robust=True)


def _ring(pk: int) -> None:
    """Wake a worker. A broker that does not answer costs one interval of the sweep, no more."""
    try:
        current_app.send_task("reports.tasks.make_report_now", args=[pk], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("report %s waits for the sweep, the broker is silent: %s", pk, error)
