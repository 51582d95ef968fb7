"""What is promised, found, mended and accepted."""

from evaluations.models.acceptance import (
    AcceptanceCheck,
    CheckInspector,
    CheckScore,
    CheckState,
    accepted_by,
)
from evaluations.models.commitment import (
    Commitment,
    CommitmentState,
    Fulfilment,
    FulfilmentStatus,
)
from evaluations.models.evidence import Evidence
from evaluations.models.finding import (
    Finding,
    FindingCategory,
    FindingSource,
    SavedFilter,
    Severity,
)
from evaluations.models.self_inspection import InspectionState, SelfInspection, SelfInspectionItem
from evaluations.models.standard import Area, Criterion, Standard
from evaluations.models.task import (
    Postponement,
    PostponementKind,
    PostponementState,
    RectificationRule,
    RectificationTask,
    TaskState,
)
from evaluations.models.veto import Veto, VetoState

__all__ = [
    "AcceptanceCheck",
    "Area",
    "CheckInspector",
    "CheckScore",
    "CheckState",
    "Commitment",
    "CommitmentState",
    "Criterion",
    "Evidence",
    "Finding",
    "FindingCategory",
    "FindingSource",
    "Fulfilment",
    "FulfilmentStatus",
    "InspectionState",
    "Postponement",
    "PostponementKind",
    "PostponementState",
    "RectificationRule",
    "RectificationTask",
    "SavedFilter",
    "SelfInspection",
    "SelfInspectionItem",
    "Severity",
    "Standard",
    "TaskState",
    "Veto",
    "VetoState",
    "accepted_by",
]
