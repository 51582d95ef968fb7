"""Asking for reports. The row says what is to be made; Celery's bell only makes it sooner."""

import hashlib
import json
import logging
from datetime import datetime

from celery import current_app
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts import audit
from accounts.models import Organisation
from campaign.models import Campaign
from common import clock
from common.errors import WrongMoment
from reports.models import Report, ReportState
from reports.models.report import BROKEN_OFF, UNDER_WAY
from reports.papers import PAPERS, Paper, paper_of
from reports.policies import check_can_download, check_can_request, check_can_steer
from reports.workflow import REPORT
from scoring.models import ScoreRun

logger = logging.getLogger(__name__)

# Bells for a pack: a sweep that finds more to do rings the next one, so that a few wake everybody.
BELLS_OF_A_PACK = 4


def request_report(
    *,
    kind: str,
    organisation: Organisation,
    campaign: Campaign,
    run: ScoreRun | None,
    by,
    now: datetime,
    language: str = "zh-hans",
    subject: str = "",
    details: dict | None = None,
) -> Report:
    """A paper of `organisation`, as a job. The same request is one job: it is found again,
    whatever its state, and queued again where it had failed or was cancelled.

    Papers that show work as it stands are asked for by the day, those of a run by the run. Raises
    `Denied`, `Http404` or `WrongMoment`.
    """
    paper = PAPERS[kind]
    check_can_request(by, paper, organisation)
    if run is not None:
        get_object_or_404(ScoreRun.objects.visible_to(by), pk=run.pk)
    return plan_report(
        paper=paper,
        organisation=organisation,
        campaign=campaign,
        run=run,
        by=by,
        now=now,
        language=language,
        subject=subject,
        details=details or {},
    )


@transaction.atomic
def plan_report(
    *,
    paper: Paper,
    organisation: Organisation,
    campaign: Campaign,
    run: ScoreRun | None,
    by,
    now: datetime,
    language: str,
    subject: str = "",
    details: dict | None = None,
    bell: bool = True,
) -> Report:
    """`request_report` for who needs no leave: `by` None is a schedule, or a pack its parts."""
    if paper.of_run and run is None:
        raise WrongMoment(_("No scoring run has been made yet; this paper needs one."))
    run = run if paper.of_run else None
    language = language if language in paper.languages else paper.languages[0]
    details = details or {}
    # RACE: versions of a series are counted one after the other.
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    series = ":".join((paper.kind, str(campaign.year), organisation.code, subject, language))
    report, is_new = Report.objects.get_or_create(
        key=_key(series, paper, run, details, now),
        defaults={
            "kind": paper.kind,
            "series": series,
            "version": _last_version(series) + 1,
            "campaign": campaign,
            "organisation": organisation,
            "run": run,
            "subject": subject,
            "details": details,
            "language": language,
            "state": ReportState.WAITING if paper.is_pack else ReportState.QUEUED,
            "requested_by": by,
            "requested_at": now,
        },
    )
    if is_new:
        if paper.is_pack:
            _plan_parts(report, now)
        audit.record(
            by=by, act="report.requested", target=report, now=now, after={"key": report.key}
        )
        if bell:
            ring_after_commit(report)
    elif report.state in BROKEN_OFF:
        _queue_again(report, by, now, bell)
    return report


def _key(series: str, paper: Paper, run, details: dict, now: datetime) -> str:
    words = json.dumps(details, sort_keys=True, ensure_ascii=False).encode()
    return ":".join(
        (
            series,
            f"run-{run.pk}" if run else "",
            clock.today(now).isoformat() if paper.of_day else "",
            hashlib.sha256(words).hexdigest()[:16] if details else "",
        )
    )


def _last_version(series: str) -> int:
    return Report.objects.filter(series=series).aggregate(last=Max("version"))["last"] or 0


def _plan_parts(pack: Report, now: datetime) -> None:
    """A part that somebody asked for already is taken as it is."""
    pack.parts.set(
        plan_report(
            paper=PAPERS[kind],
            organisation=unit,
            campaign=pack.campaign,
            run=pack.run,
            by=pack.requested_by,
            now=now,
            language=pack.language,
            bell=False,
        )
        for kind, unit in paper_of(pack).contents(pack)
    )


def retry_report(*, report: Report, by, now: datetime) -> Report:
    """Queue a failed or cancelled report again. Raises `Denied`, `Http404` or `WrongMoment`."""
    check_can_steer(by, report)
    REPORT.check(report, "retried")
    return _queue_again(report, by, now)


@transaction.atomic
def _queue_again(report: Report, by, now: datetime, bell: bool = True) -> Report:
    move = "retried"
    if paper_of(report).is_pack:
        move = "reopened"
        for part in report.parts.filter(state__in=BROKEN_OFF):
            _queue_again(part, by, now, bell=False)
    REPORT.apply(report, move, by=by, now=now, progress=0, attempts=0, failure="")
    if bell:
        ring_after_commit(report)
    return report


@transaction.atomic
def cancel_report(*, report: Report, by, now: datetime) -> Report:
    """Stop a report that is not ready yet; a pack takes the parts along that no other one needs.

    Raises `Denied`, `Http404` or `WrongMoment`.
    """
    check_can_steer(by, report)
    REPORT.apply(report, "cancelled", by=by, now=now)
    for part in report.parts.filter(state__in=UNDER_WAY):
        if not part.packs.filter(state__in=UNDER_WAY).exists():
            REPORT.apply(part, "cancelled", by=by, now=now)
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


def ring_after_commit(report: Report) -> None:
    """Wake whoever can make the report, once it is really there."""
    if report.state == ReportState.WAITING:
        for _bell in range(BELLS_OF_A_PACK):
            transaction.on_commit(ring_for_all, robust=True)
    else:
        transaction.on_commit(lambda: _ring("make_report_now", [report.pk]), robust=True)


def ring_for_all() -> None:
    """Wake a worker for whatever is due; after a while the sweep of the clock does it anyway."""
    _ring("make_reports", [], expires=15)


def _ring(task: str, args: list, **options) -> None:
    """A broker that does not answer costs one interval of the sweep, no more."""
    try:
        current_app.send_task(f"reports.tasks.{task}", args=args, retry=False, **options)
    except (OperationalError, OSError) as error:
        logger.warning("%s %s waits for the sweep, the broker is silent: %s", task, args, error)
