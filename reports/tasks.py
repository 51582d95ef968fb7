"""Celery's doors to the making and mailing of reports."""

from celery import shared_task

from common import clock
from reports.keeping import expire_files
from reports.mail.schedules import carry_out_schedules
from reports.making import make_due_reports, make_report
from reports.models import Report


@shared_task
def make_reports():
    """The sweep: makes whatever waits, rung for or not."""
    make_due_reports(now=clock.now())


@shared_task
def make_report_now(pk):
    """Rung when a report was asked for."""
    report = Report.objects.filter(pk=pk).first()
    if report is not None:
        make_report(report=report, now=clock.now())


@shared_task
def mail_summaries():
    """Ask for the summaries that the schedules of mails want now."""
    carry_out_schedules(now=clock.now())


@shared_task
def expire_reports():
    """Throw away the files that need no longer be kept."""
    expire_files(now=clock.now())
