"""Making reports: claimed by compare-and-set, made outside any transaction, finished in one.

A claim is a lease of real time that its worker renews while it works. When the worker dies, the
sweep takes the report up again; should the worker only have been slow, the number of its claim no
longer fits and it writes nothing.
"""

import hashlib
import logging
import tempfile
import time
import uuid
from datetime import datetime, timedelta

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import audit
from common import clock
from reports.mail.sending import mail_to_officers
from reports.models import Report, ReportRules, ReportState
from reports.packs import assemble, gather, gather_waiting
from reports.papers import paper_of
from reports.papers.base import NothingToReport
from reports.pdf import FontsMissing, TooLarge
from reports.services import ring_for_all

logger = logging.getLogger(__name__)

# A worker that has not renewed its claim for so long is dead (it does so every two seconds).
LEASE = timedelta(seconds=90)
MOST_ATTEMPTS = 3
# A sweep takes no further report after this, so that mails wait no longer than that.
SWEEP_SECONDS = 20


class Superseded(Exception):
    """Another worker holds the report now, or somebody cancelled it."""


def make_due_reports(*, now: datetime) -> int:
    """Make the reports that wait or whose worker died: first what people wait for, oldest first,
    then the parts of packs; how many were made. Where more is left, the next sweep is rung."""
    started, made, seen = time.monotonic(), 0, set()
    gather_waiting(now=now)
    while time.monotonic() - started < SWEEP_SECONDS:
        report = _next(seen)
        if report is None:
            return made
        seen.add(report.pk)
        made += make_report(report=report, now=now)
    if _next(seen) is not None:
        ring_for_all()
    return made


def _next(seen) -> Report | None:
    is_part = Exists(Report.parts.through.objects.filter(to_report=OuterRef("pk")))
    due = Report.objects.filter(_due()).exclude(pk__in=seen).annotate(is_part=is_part)
    return due.order_by("is_part", "pk").first()


def make_report(*, report: Report, now: datetime) -> bool:
    """Claim and make `report`; False when it is not due, somebody else has it, or it failed.

    A failure ends in the row, in words for the person who asked, and in the log.
    """
    mine = _claim(report.pk, now)
    if mine is None:
        return False
    try:
        with translation.override(mine.language):
            _make(mine, now)
    except Superseded:
        logger.warning("report %s was taken over or cancelled", mine.pk)
        return False
    except (NothingToReport, FontsMissing, TooLarge) as reason:
        _fail(mine, str(reason), now)
        return False
    except Exception:
        # Whatever broke: the person who asked must not wait for ever, and the next report must not
        # wait for this one.
        logger.exception("report %s failed", mine.pk)
        with translation.override(mine.language):
            reason = _(
                "The report could not be made because of a fault of the portal. Try again; if it "
                "fails again, tell the provincial administrator the number of the report: "
                "%(number)s."
            ) % {"number": mine.pk}
        _fail(mine, reason, now)
        return False
    return True


def _due() -> Q:
    return Q(state=ReportState.QUEUED) | Q(
        state=ReportState.RUNNING, claimed_at__lt=timezone.now() - LEASE
    )


def _claim(pk: int, now: datetime) -> Report | None:
    """The report, now this worker's; None when it is not due or another worker was faster."""
    report = Report.objects.select_related("campaign", "organisation", "run__policy").get(pk=pk)
    if report.attempts >= MOST_ATTEMPTS and report.state == ReportState.RUNNING:
        if Report.objects.filter(_due(), pk=pk).exists():
            _give_up(report, now)
        return None
    won = Report.objects.filter(_due(), pk=pk, state=report.state, attempts=report.attempts).update(
        state=ReportState.RUNNING,
        attempts=report.attempts + 1,
        claimed_at=timezone.now(),
        progress=5,
    )
    if not won:
        return None
    report.state, report.attempts = ReportState.RUNNING, report.attempts + 1
    return report


def _give_up(report: Report, now: datetime) -> None:
    with translation.override(report.language):
        reason = _(
            "Making the report broke off %(times)s times, probably for want of memory. Tell the "
            "provincial administrator, then try again."
        ) % {"times": MOST_ATTEMPTS}
    _fail(report, reason, now)


def _make(report: Report, now: datetime) -> None:
    """Make, store, finish. Raises `Superseded`, `NothingToReport`, `FontsMissing`, `TooLarge`."""
    paper = paper_of(report)

    def pulse():
        _write(report, claimed_at=timezone.now(), progress=min(report.progress + 2, 90))

    _write(report, progress=15)
    with tempfile.TemporaryFile() as target:
        if paper.is_pack:
            assemble(report, target, pulse, now)
        else:
            target.write(paper.make(report, now, pulse))
        _write(report, progress=95)
        size = target.tell()
        target.seek(0)
        digest = hashlib.file_digest(target, "sha256").hexdigest()
        target.seek(0)
        place = f"reports/{uuid.uuid4().hex}.{paper.suffix}"
        name = default_storage.save(place, File(target))
    try:
        _finish(report, now, file=name, sha256=digest, size=size)
    except BaseException:
        # Nothing refers to the file.
        default_storage.delete(name)
        raise


def _write(report: Report, **changes) -> None:
    """Change the row while this worker holds it; else raise `Superseded`."""
    held = Report.objects.filter(
        pk=report.pk, state=ReportState.RUNNING, attempts=report.attempts
    ).update(**changes)
    if not held:
        raise Superseded
    for field, value in changes.items():
        setattr(report, field, value)


@transaction.atomic
def _finish(report: Report, now: datetime, **file) -> None:
    """The file, the state, the audit event and the mails: all or none."""
    days = ReportRules.of(report.campaign).keep_days
    _write(
        report,
        state=ReportState.DONE,
        progress=100,
        finished_at=now,
        kept_until=clock.today(now) + timedelta(days=days),
        failure="",
        **file,
    )
    audit.record(
        by=None, act="report.made", target=report, now=now, after={"sha256": report.sha256}
    )
    mail_to_officers(report=report, now=now)
    _tell_packs(report, now)


@transaction.atomic
def _fail(report: Report, reason: str, now: datetime) -> None:
    try:
        _write(report, state=ReportState.FAILED, failure=reason)
    except Superseded:
        return
    audit.record(by=None, act="report.failed", target=report, now=now, reason=reason)
    _tell_packs(report, now)


def _tell_packs(part: Report, now: datetime) -> None:
    for pack in part.packs.filter(state=ReportState.WAITING):
        gather(pack=pack, now=now)
