"""What is promised, found, mended and accepted."""

from evaluations.models.acceptance import (
    AcceptanceCheck,
    AcceptanceResult,
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
from evaluations.models.onsite import SiteChange
from evaluations.models.plan import (
    AcceptancePlan,
    InspectionTeam,
    Inspector,
    PlannedVisit,
    PlanState,
)
from evaluations.models.reply import (
    CheckReply,
    FormerCheck,
    Objection,
    Recheck,
    Reopening,
    ReopeningState,
    ReplyState,
)
from evaluations.models.rules import AcceptanceRules
from evaluations.models.secret_visit import SecretVisit, VisitObservation, VisitState
from evaluations.models.self_inspection import InspectionState, SelfInspection, SelfInspectionItem
from evaluations.models.spot_check import (
    DrawState,
    OrderState,
    RecheckOrder,
    SpotCheck,
    SpotDraw,
    SpotScore,
    SpotState,
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
from evaluations.models.veto import EligibilityWithdrawal, Veto, VetoState, eligibility_withdrawn

__all__ = [
    "AcceptanceCheck",
    "AcceptancePlan",
    "AcceptanceResult",
    "AcceptanceRules",
    "Area",
    "CheckInspector",
    "CheckReply",
    "CheckScore",
    "CheckState",
    "Commitment",
    "Criterion",
    "DrawState",
    "EligibilityWithdrawal",
    "Evidence",
    "Finding",
    "FindingCategory",
    "FindingSource",
    "FormerCheck",
    "InspectionState",
    "InspectionTeam",
    "Inspector",
    "Objection",
    "OrderState",
    "PlanState",
    "PlannedVisit",
    "Postponement",
    "PostponementKind",
    "PostponementState",
    "Recheck",
    "RecheckOrder",
    "RectificationRule",
    "RectificationTask",
    "Reopening",
    "ReopeningState",
    "ReplyState",
    "SavedFilter",
    "SecretVisit",
    "SelfInspection",
    "SelfInspectionItem",
    "Severity",
    "SiteChange",
    "SpotCheck",
    "SpotDraw",
    "SpotScore",
    "SpotState",
    "Standard",
    "TaskState",
    "Veto",
    "VetoState",
    "VisitObservation",
    "VisitState",
    "accepted_by",
    "eligibility_withdrawn",
]
