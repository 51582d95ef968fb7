"""States of a report that people and packs move; a worker's moves are leases (`reports.making`)."""

from accounts.workflow import Machine, Move
from reports.models import ReportState as S

_UNDER_WAY = (S.QUEUED, S.WAITING, S.RUNNING)
_BROKEN_OFF = (S.FAILED, S.CANCELLED)

REPORT = Machine(
    "report",
    (
        Move("retried", _BROKEN_OFF, S.QUEUED),
        # A pack waits for its parts, is queued when all are there, or fails with them.
        Move("reopened", _BROKEN_OFF, S.WAITING),
        Move("gathered", (S.WAITING,), S.QUEUED),
        Move("failed", (S.WAITING,), S.FAILED),
        Move("cancelled", _UNDER_WAY, S.CANCELLED),
        Move("expired", (S.DONE,), S.EXPIRED),
    ),
)
