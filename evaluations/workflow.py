"""The state tables of what is inspected, mended, accepted and vetoed."""

from accounts.workflow import Machine, Move
from evaluations.models import (
    CheckState,
    ExtensionState,
    InspectionState,
    MeetingState,
    OpinionState,
    PostponementState,
    QuestionState,
    TaskState,
    VetoState,
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

CHECK = Machine("check", (Move("signed", (CheckState.DRAFT,), CheckState.SIGNED),))

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
