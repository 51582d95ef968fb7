"""States of a report that a person moves; the worker's moves are leases (`reports.making`)."""

from accounts.workflow import Machine, Move
from reports.models import ReportState

REPORT = Machine("report", (Move("retried", (ReportState.FAILED,), ReportState.QUEUED),))
