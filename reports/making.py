"""Making reports: claimed by compare-and-set, made outside any transaction, finished in one.

A claim is a lease of real time. When its worker dies, the sweep takes the report up again; should
the worker only have been slow, the number of its claim no longer fits and it writes nothing.
"""

import hashlib
import logging
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.roles import ROLE_PERMISSIONS, Permission
from deliveries.services import plan_delivery
from reports.models import Report, ReportState
from reports.pdf import FontsMissing, render_pdf
from reports.summary import NothingToReport, collect

logger = logging.getLogger(__name__)

# As long as Celery lets a task run (CELERY_TASK_TIME_LIMIT): an older claim has no worker.
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
# A sweep takes no further report after this, so that it ends within the time limit of a task.
SWEEP_SECONDS = 240


class Superseded(Exception):
    """Another worker holds the report now."""


def make_due_reports(*, now: datetime) -> int:
    """Make the reports that wait or whose worker died, oldest first; how many were made."""
    started, made, seen = time.monotonic(), 0, set()
    while time.monotonic() - started < SWEEP_SECONDS:
        report = Report.objects.filter(_due()).exclude(pk__in=seen).order_by("pk").first()
        if report is None:
            break
        seen.add(report.pk)
        made += make_report(report=report, now=now)
    return made


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
        logger.warning("report %s was taken over by another worker", mine.pk)
        return False
    except (NothingToReport, FontsMissing) as reason:
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
    """Collect, render, store, finish. Raises `Superseded`, `NothingToReport`, `FontsMissing`."""
    summary = collect(run=report.run, organisation=report.organisation, now=now)
    _progress(report, 30)
    html = render_to_string("reports/pdf/summary.html", {"summary": summary, "report": report})
    _progress(report, 45)
    content = render_pdf(html)
    _progress(report, 90)
    name = default_storage.save(f"reports/{uuid.uuid4().hex}.pdf", ContentFile(content))
    try:
        _finish(report, name, hashlib.sha256(content).hexdigest(), now)
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


def _progress(report: Report, percent: int) -> None:
    _write(report, progress=percent)


@transaction.atomic
def _finish(report: Report, name: str, sha256: str, now: datetime) -> None:
    """The file, the state, the audit event and the mails: all or none."""
    _write(
        report,
        state=ReportState.DONE,
        progress=100,
        finished_at=now,
        file=name,
        sha256=sha256,
        failure="",
    )
    audit.record(by=None, act="report.made", target=report, now=now, after={"sha256": sha256})
    for user in recipients(report):
        _plan_mail(report, user, name, now)


@transaction.atomic
def _fail(report: Report, reason: str, now: datetime) -> None:
    try:
        _write(report, state=ReportState.FAILED, failure=reason)
    except Superseded:
        return
    audit.record(by=None, act="report.failed", target=report, now=now, reason=reason)


def recipients(report: Report):
    """The active officers with an address of the unit that the report is about: those whose role
    there makes reports."""
    roles = [role for role, rights in ROLE_PERMISSIONS.items() if Permission.REPORT_MAKE in rights]
    return (
        User.objects.filter(
            is_active=True,
            memberships__organisation=report.organisation,
            memberships__active=True,
            memberships__role__in=roles,
        )
        .exclude(email="")
        .distinct()
        .order_by("pk")
    )


def _plan_mail(report: Report, user: User, name: str, now: datetime) -> None:
    with translation.override(user.language):
        context = {
            "report": report,
            "user": user,
            "address": settings.PORTAL_URL + reverse("reports:detail", args=[report.pk]),
        }
        plan_delivery(
            key=f"report:{report.pk}:{user.pk}",
            kind="report",
            user=user,
            address=user.email,
            subject=_("Summary report: %(unit)s, %(year)s")
            % {"unit": report.organisation.name, "year": report.campaign.year},
            text=render_to_string("reports/mail/summary.txt", context),
            attachment=name,
            attachment_name=report.filename,
            now=now,
        )
