"""Paper and mail: generated documents, their rules, the schedules and the templates of mails."""

from reports.models.mail import MailSchedule, MailTemplate, Rhythm, ScheduledRound, Unsubscription
from reports.models.report import Report, ReportKind, ReportState
from reports.models.rules import ReportRules

__all__ = [
    "MailSchedule",
    "MailTemplate",
    "Report",
    "ReportKind",
    "ReportRules",
    "ReportState",
    "Rhythm",
    "ScheduledRound",
    "Unsubscription",
]
