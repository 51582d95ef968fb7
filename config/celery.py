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

app.conf.beat_schedule = {
    "beat-heartbeat": {"task": "common.tasks.beat_heartbeat", "schedule": 20.0},
    "plan-reminders": {"task": "campaign.tasks.plan_reminders", "schedule": 60.0},
    "send-deliveries": {"task": "deliveries.tasks.send_deliveries", "schedule": 15.0},
    "make-reports": {"task": "reports.tasks.make_reports", "schedule": 15.0},
    "seal-audit-trail": {"task": "accounts.tasks.seal_audit_trail", "schedule": 60.0},
    "clear-sessions": {
        "task": "accounts.tasks.clear_sessions",
        "schedule": crontab(hour=3, minute=30),
    },
}
