"""Celery's doors to the making of reports."""

from celery import shared_task

from common import clock
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
