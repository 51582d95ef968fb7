"""The rectification notice (整改通知书) with its reply form, and the reply (整改回执)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.roles import Permission
from evaluations.models import RectificationTask
from reports.models import Report, ReportKind
from reports.papers import official
from reports.papers.base import CHINESE_ONLY, STATIONS, Document, NothingToReport
from reports.pdf import Style


@dataclass(frozen=True)
class Facts:
    """A task, the bureau that issues its notice, and the day until which it is to be mended."""

    task: RectificationTask
    issuer: str
    due: str

    @property
    def mark_size(self) -> int:
        return official.mark_size(self.issuer)


def visible_tasks(user):
    return (
        RectificationTask.objects.visible_to(user)
        .select_related("finding", "enrolment__campaign", "enrolment__station__organisation")
        .order_by("-pk")
    )


def facts(report: Report, now: datetime) -> Facts:
    task = (
        RectificationTask.objects.filter(pk=report.subject)
        .select_related("finding__criterion", "enrolment__station__organisation__supervisor")
        .first()
    )
    if task is None:
        raise NothingToReport(_("This rectification task is no longer there."))
    return Facts(
        task=task,
        issuer=task.enrolment.bureau.name_zh,
        due=official.chinese_date(task.due_on),
    )


NOTICE = Document(
    kind=ReportKind.RECTIFICATION_NOTICE,
    slug="notice",
    units=STATIONS,
    of_run=False,
    languages=CHINESE_ONLY,
    subjects=visible_tasks,
    fields=("number", "issued_on", "contact"),
    facts=facts,
    template="reports/pdf/notice.html",
    style=Style.OFFICIAL,
)

REPLY = Document(
    kind=ReportKind.RECTIFICATION_REPLY,
    slug="reply",
    units=STATIONS,
    right=Permission.STATION_WORK,
    of_run=False,
    languages=CHINESE_ONLY,
    subjects=visible_tasks,
    facts=facts,
    template="reports/pdf/reply.html",
    style=Style.OFFICIAL,
)
