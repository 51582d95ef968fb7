"""Tables that leave the portal as workbooks."""

from datetime import datetime

from django.utils.translation import gettext as _

from common.workbook import Sheet, book_response


def task_ledger(tasks, now: datetime):
    """The ledger of rectification tasks (整改台账) as an xlsx download; `tasks` with all joins."""
    return book_response("rectification.xlsx", [task_sheet(tasks, now)])


def task_sheet(tasks, now: datetime) -> Sheet:
    """The ledger, one line a task."""
    headers = [
        _("Code"),
        _("Station"),
        _("Bureau"),
        _("Source"),
        _("Category"),
        _("Severity"),
        _("Criterion"),
        _("Problem"),
        _("What is to be done"),
        _("Assigned at"),
        _("Due on"),
        _("State"),
        _("Overdue"),
        _("What was done"),
        _("Submitted at"),
        _("Review"),
        _("Reviewed at"),
    ]
    return Sheet(
        title=_("Rectification ledger"),
        headers=headers,
        rows=(_row(task, now) for task in tasks.iterator(chunk_size=500)),
        widths=(12, 24, 20, 12, 14, 8, 24, 40, 40, 18, 12, 10, 8, 40, 18, 30, 18),
    )


def _row(task, now):
    finding, enrolment = task.finding, task.enrolment
    return [
        enrolment.organisation.code,
        enrolment.organisation.name,
        enrolment.bureau.name,
        finding.get_source_display(),
        finding.get_category_display(),
        finding.get_severity_display(),
        str(finding.criterion) if finding.criterion else "",
        finding.text,
        task.requirement,
        task.assigned_at,
        task.due_on,
        task.get_state_display(),
        _("yes") if task.is_overdue(now) else _("no"),
        task.result,
        task.submitted_at,
        task.review_reason,
        task.reviewed_at,
    ]
