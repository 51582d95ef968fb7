"""Celery: the app and the whole beat schedule.

The broker is only a bell: every task below asks the database what is due, so a lost message costs
one interval and a doubled one costs nothing.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def ring(task: str, seconds: float) -> dict:
    """A bell every so many seconds. It expires with the next one: a worker that was away finds one
    bell of each kind, not thousands."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "beat-heartbeat": ring("common.tasks.beat_heartbeat", 20.0),
    "escalate-overdue": ring("evaluations.tasks.escalate_overdue", 600.0),
    "remind-of-rights": ring("evaluations.tasks.remind_of_rights", 60.0),
    "plan-reminders": ring("campaign.tasks.plan_reminders", 60.0),
    "send-deliveries": ring("deliveries.tasks.send_deliveries", 15.0),
    "make-reports": ring("reports.tasks.make_reports", 15.0),
    "mail-summaries": ring("reports.tasks.mail_summaries", 300.0),
    "expire-reports": {
        "task": "reports.tasks.expire_reports",
        "schedule": crontab(hour=3, minute=50),
    },
    "seal-audit-trail": ring("accounts.tasks.seal_audit_trail", 60.0),
    "forget-throttle-windows": ring("common.tasks.forget_throttle_windows", 300.0),
    "sweep-staged-workbooks": {
        "task": "common.tasks.sweep_staged_workbooks",
        "schedule": crontab(minute=40),
    },
    "archive-audit-trail": {
        "task": "accounts.tasks.archive_audit_trail",
        "schedule": crontab(hour=3, minute=50),
    },
    "look-over-rows": {
        "task": "accounts.tasks.look_over_rows",
        "schedule": crontab(hour=3, minute=20),
    },
    "forget-complainants": {
        "task": "evaluations.tasks.forget_complainants",
        "schedule": crontab(hour=3, minute=40),
    },
    "forget-opinion-files": {
        "task": "evaluations.tasks.forget_opinion_files",
        "schedule": crontab(hour=3, minute=42),
    },
    "forget-objectors": {
        "task": "scoring.tasks.forget_objectors",
        "schedule": crontab(hour=3, minute=45),
    },
    "mix-ballots": ring("surveys.tasks.mix_ballots", 60.0),
    "look-over-ballots": ring("surveys.tasks.look_over_ballots", 600.0),
    "clear-sessions": {
        "task": "accounts.tasks.clear_sessions",
        "schedule": crontab(hour=3, minute=30),
    },
}
