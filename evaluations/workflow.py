"""The state tables of what is inspected, mended, accepted and vetoed."""

from accounts.workflow import Machine, Move
from evaluations.models import (
    AcceptanceResult,
    CheckState,
    CommitmentState,
    DrawState,
    ExtensionState,
    InspectionState,
    MeetingState,
    OpinionState,
    OrderState,
    PlanState,
    PostponementState,
    QuestionState,
    ReopeningState,
    ReplyState,
    SpotState,
    TaskState,
    VetoState,
    VisitState,
)

COMMITMENT = Machine(
    "commitment",
    (
        Move(
            "submitted",
            (CommitmentState.DRAFT, CommitmentState.RETURNED),
            CommitmentState.SUBMITTED,
        ),
        Move("returned", (CommitmentState.SUBMITTED,), CommitmentState.RETURNED),
        Move("published", (CommitmentState.SUBMITTED,), CommitmentState.PUBLISHED),
    ),
)

INSPECTION = Machine(
    "self_inspection",
    (
        Move(
            "submitted",
            (InspectionState.DRAFT, InspectionState.RETURNED),
            InspectionState.SUBMITTED,
        ),
        Move("accepted", (InspectionState.SUBMITTED,), InspectionState.ACCEPTED),
        Move("returned", (InspectionState.SUBMITTED,), InspectionState.RETURNED),
    ),
)

TASK = Machine(
    "task",
    (
        Move(
            "started",
            (TaskState.ASSIGNED, TaskState.RETURNED, TaskState.DEFERRED),
            TaskState.IN_PROGRESS,
        ),
        Move("submitted", (TaskState.IN_PROGRESS,), TaskState.SUBMITTED),
        Move("accepted", (TaskState.SUBMITTED,), TaskState.ACCEPTED),
        Move("returned", (TaskState.SUBMITTED,), TaskState.RETURNED),
        Move(
            "deferred",
            (TaskState.ASSIGNED, TaskState.IN_PROGRESS, TaskState.RETURNED),
            TaskState.DEFERRED,
        ),
        Move("reopened", (TaskState.ACCEPTED,), TaskState.ASSIGNED),
    ),
)

POSTPONEMENT = Machine(
    "postponement",
    (
        Move("approved", (PostponementState.ASKED,), PostponementState.APPROVED),
        Move("refused", (PostponementState.ASKED,), PostponementState.REFUSED),
        Move("withdrawn", (PostponementState.ASKED,), PostponementState.WITHDRAWN),
    ),
)

CHECK = Machine(
    "check",
    (
        Move("signed", (CheckState.DRAFT,), CheckState.SIGNED),
        Move("reopened", (CheckState.SIGNED,), CheckState.DRAFT),
    ),
)

# A conditional acceptance ends with its re-check.
RESULT = Machine(
    "acceptance",
    (
        Move("mended", (AcceptanceResult.CONDITIONAL,), AcceptanceResult.AFTER_RECTIFICATION),
        Move("not_mended", (AcceptanceResult.CONDITIONAL,), AcceptanceResult.NOT_QUALIFIED),
    ),
    state_field="result",
)

REPLY = Machine(
    "check_reply",
    (
        Move("agreed", (ReplyState.AWAITED,), ReplyState.AGREED),
        Move("objected", (ReplyState.AWAITED,), ReplyState.OBJECTED),
        Move("decided", (ReplyState.OBJECTED,), ReplyState.DECIDED),
    ),
)

REOPENING = Machine(
    "reopening",
    (
        Move("approved", (ReopeningState.REQUESTED,), ReopeningState.APPROVED),
        Move("refused", (ReopeningState.REQUESTED,), ReopeningState.REFUSED),
    ),
)

PLAN = Machine(
    "acceptance_plan",
    (
        Move("adopted", (PlanState.DRAFT,), PlanState.ADOPTED),
        Move("withdrawn", (PlanState.ADOPTED,), PlanState.DRAFT),
    ),
)

DRAW = Machine(
    "spot_draw",
    (
        Move("drawn", (DrawState.FRAMED,), DrawState.DRAWN),
        Move("replaced", (DrawState.FRAMED, DrawState.DRAWN), DrawState.REPLACED),
        Move("closed", (DrawState.DRAWN,), DrawState.CLOSED),
    ),
)

SPOT_CHECK = Machine("spot_check", (Move("signed", (SpotState.DRAWN,), SpotState.SIGNED),))

RECHECK_ORDER = Machine(
    "recheck_order",
    (
        Move("reported", (OrderState.ORDERED,), OrderState.REPORTED),
        Move("returned", (OrderState.REPORTED,), OrderState.ORDERED),
        Move("closed", (OrderState.REPORTED,), OrderState.CLOSED),
    ),
)

SECRET_VISIT = Machine(
    "secret_visit", (Move("released", (VisitState.DRAFT,), VisitState.RELEASED),)
)

VETO = Machine(
    "veto",
    (
        Move("confirmed", (VetoState.PROPOSED,), VetoState.IN_EFFECT),
        Move("rejected", (VetoState.PROPOSED,), VetoState.REJECTED),
        Move("lifted", (VetoState.IN_EFFECT,), VetoState.LIFTED),
    ),
)

OPINION = Machine(
    "opinion",
    (
        Move("transferred", (OpinionState.RECEIVED,), OpinionState.TRANSFERRED),
        Move("sent_back", (OpinionState.TRANSFERRED,), OpinionState.RECEIVED),
        Move("accepted", (OpinionState.RECEIVED, OpinionState.TRANSFERRED), OpinionState.ACCEPTED),
        Move("declined", (OpinionState.RECEIVED, OpinionState.TRANSFERRED), OpinionState.DECLINED),
        Move("answered", (OpinionState.ACCEPTED,), OpinionState.ANSWERED),
        Move("reopened", (OpinionState.ANSWERED,), OpinionState.ACCEPTED),
        Move("closed", (OpinionState.ANSWERED,), OpinionState.CLOSED),
    ),
)

EXTENSION = Machine(
    "extension",
    (
        Move("approved", (ExtensionState.ASKED,), ExtensionState.APPROVED),
        Move("refused", (ExtensionState.ASKED,), ExtensionState.REFUSED),
    ),
)

MEETING = Machine(
    "meeting",
    (
        Move("held", (MeetingState.PLANNED,), MeetingState.HELD),
        Move("cancelled", (MeetingState.PLANNED,), MeetingState.CANCELLED),
        Move("closed", (MeetingState.HELD,), MeetingState.CLOSED),
    ),
)

QUESTION = Machine(
    "question",
    (
        Move("answered_on_the_spot", (QuestionState.ASKED,), QuestionState.ANSWERED),
        Move("promised", (QuestionState.ASKED,), QuestionState.PROMISED),
        Move("replied", (QuestionState.PROMISED,), QuestionState.ANSWERED),
    ),
)
