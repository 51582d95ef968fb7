"""Tables that leave the portal as workbooks."""

from datetime import datetime

from django.utils.translation import gettext as _

from common.workbook import Sheet, book_response, workbook_response

CHUNK = 500
_FINDING_WIDTHS = (12, 30, 22, 16, 16, 14, 8, 36, 40, 18)


def task_ledger(tasks, now: datetime):
    """The ledger of rectification tasks (整改台账) as an xlsx download; `tasks` with all joins."""
    return book_response("rectification.xlsx", [task_sheet(tasks, now)])


def task_sheet(tasks, now: datetime) -> Sheet:
    """The ledger, one line a task."""
    headers = [
        *_finding_headers(),
        _("What is to be done"),
        _("Responsible person"),
        _("Measure"),
        _("Assigned at"),
        _("Due on"),
        _("State"),
        _("Overdue"),
        _("Stage of escalation"),
        _("Times re-opened"),
        _("What was done"),
        _("Submitted at"),
        _("Review"),
        _("Reviewed at"),
        _("Published at"),
    ]
    return Sheet(
        title=_("Rectification ledger"),
        headers=headers,
        rows=(
            [*_finding_cells(task.finding, task.enrolment), *_task_cells(task, now)]
            for task in tasks.iterator(chunk_size=CHUNK)
        ),
        widths=(*_FINDING_WIDTHS, 40, 12, 40, 18, 12, 10, 8, 8, 8, 40, 18, 40, 18, 18),
    )


def finding_register(findings, now: datetime):
    """The register of findings (问题台账) as an xlsx download; `findings` with all joins."""
    headers = [*_finding_headers(), _("Recorded by"), _("State"), _("Due on"), _("Overdue")]
    return workbook_response(
        "findings.xlsx",
        title=_("Register of findings"),
        headers=headers,
        rows=(_register_row(row, now) for row in findings.iterator(chunk_size=CHUNK)),
        widths=(*_FINDING_WIDTHS, 16, 12, 12, 8),
    )


def _finding_headers() -> list:
    return [
        _("Code"),
        _("Station"),
        _("Bureau"),
        _("Source"),
        _("Area"),
        _("Category"),
        _("Severity"),
        _("Criterion"),
        _("Problem"),
        _("Recorded at"),
    ]


def _finding_cells(finding, enrolment) -> list:
    return [
        enrolment.organisation.code,
        enrolment.organisation.name,
        enrolment.bureau.name,
        finding.get_source_display(),
        str(finding.area) if finding.area else "",
        finding.get_category_display(),
        finding.get_severity_display(),
        str(finding.criterion) if finding.criterion else "",
        finding.text,
        finding.recorded_at,
    ]


def _task_cells(task, now) -> list:
    return [
        task.requirement,
        task.owner,
        task.measure,
        task.assigned_at,
        task.due_on,
        task.get_state_display(),
        _("yes") if task.is_overdue(now) else _("no"),
        task.stage,
        task.reopened,
        task.result,
        task.submitted_at,
        task.review_reason,
        task.reviewed_at,
        task.published_at,
    ]


def _register_row(finding, now) -> list:
    cells = [*_finding_cells(finding, finding.enrolment), str(finding.recorded_by)]
    task = getattr(finding, "task", None)
    if task is None:
        return [*cells, _("not dispatched"), None, ""]
    overdue = _("yes") if task.is_overdue(now) else _("no")
    return [*cells, task.get_state_display(), task.due_on, overdue]
