"""What is promised, found, mended and accepted."""

from evaluations.models.acceptance import (
    AcceptanceCheck,
    CheckInspector,
    CheckScore,
    CheckState,
    accepted_by,
)
from evaluations.models.commitment import Commitment
from evaluations.models.evidence import Evidence
from evaluations.models.finding import (
    Finding,
    FindingCategory,
    FindingSource,
    SavedFilter,
    Severity,
)
from evaluations.models.meeting import (
    Delegate,
    MeetingQuestion,
    MeetingReport,
    MeetingState,
    QuestionSatisfaction,
    QuestionState,
    ReviewMeeting,
)
from evaluations.models.opinion import (
    Complainant,
    ExtensionState,
    Opinion,
    OpinionAnswer,
    OpinionChannel,
    OpinionExtension,
    OpinionFile,
    OpinionKind,
    OpinionState,
    OpinionTerm,
    OpinionTransfer,
    VoiceGroup,
)
from evaluations.models.self_inspection import (
    InspectionState,
    SelfInspection,
    SelfInspectionItem,
    fingerprint,
)
from evaluations.models.standard import Area, Criterion, Standard
from evaluations.models.task import (
    Postponement,
    PostponementKind,
    PostponementState,
    RectificationRule,
    RectificationTask,
    TaskState,
)
from evaluations.models.term import TermRule, TermStep, TermUnit
from evaluations.models.veto import Veto, VetoState

__all__ = [
    "AcceptanceCheck",
    "Area",
    "CheckInspector",
    "CheckScore",
    "CheckState",
    "Commitment",
    "Complainant",
    "Criterion",
    "Delegate",
    "Evidence",
    "ExtensionState",
    "Finding",
    "FindingCategory",
    "FindingSource",
    "InspectionState",
    "MeetingQuestion",
    "MeetingReport",
    "MeetingState",
    "Opinion",
    "OpinionAnswer",
    "OpinionChannel",
    "OpinionExtension",
    "OpinionFile",
    "OpinionKind",
    "OpinionState",
    "OpinionTerm",
    "OpinionTransfer",
    "Postponement",
    "PostponementKind",
    "PostponementState",
    "QuestionSatisfaction",
    "QuestionState",
    "RectificationRule",
    "RectificationTask",
    "ReviewMeeting",
    "SavedFilter",
    "SelfInspection",
    "SelfInspectionItem",
    "Severity",
    "Standard",
    "TaskState",
    "TermRule",
    "TermStep",
    "TermUnit",
    "Veto",
    "VetoState",
    "VoiceGroup",
    "accepted_by",
    "fingerprint",
]
