"""The state tables of batches, replacements, call-backs, comments, flags, quarantines and leads."""

from accounts.workflow import Machine, Move
from surveys.models import (
    BatchState,
    CallBackState,
    CommentState,
    FlagState,
    LeadState,
    QuarantineState,
    ReplacementState,
)

BATCH = Machine(
    "batch",
    (
        Move("counted", (BatchState.OPEN,), BatchState.COUNTED),
        Move("closed", (BatchState.OPEN,), BatchState.CLOSED),
    ),
)

REPLACEMENT = Machine(
    "replacement",
    (
        Move("approved", (ReplacementState.PROPOSED,), ReplacementState.APPROVED),
        Move("refused", (ReplacementState.PROPOSED,), ReplacementState.REFUSED),
    ),
)

CALL_BACK = Machine("call_back", (Move("noted", (CallBackState.DRAWN,), CallBackState.NOTED),))

COMMENT = Machine(
    "comment",
    (
        Move("shown", (CommentState.NEW, CommentState.WITHHELD), CommentState.SHOWN),
        Move("withheld", (CommentState.NEW, CommentState.SHOWN), CommentState.WITHHELD),
    ),
)

FLAG = Machine(
    "flag",
    (
        Move("pursued", (FlagState.OPEN,), FlagState.PROPOSED),
        Move("settled", (FlagState.OPEN, FlagState.PROPOSED), FlagState.SETTLED),
        Move("reopened", (FlagState.PROPOSED, FlagState.SETTLED), FlagState.OPEN),
    ),
)

QUARANTINE = Machine(
    "quarantine",
    (
        Move("confirmed", (QuarantineState.PROPOSED,), QuarantineState.IN_EFFECT),
        Move("rejected", (QuarantineState.PROPOSED,), QuarantineState.REJECTED),
        Move("lifted", (QuarantineState.IN_EFFECT,), QuarantineState.LIFTED),
    ),
)

LEAD = Machine(
    "lead",
    (
        Move("taken_up", (LeadState.OPEN,), LeadState.TAKEN_UP),
        Move("closed", (LeadState.OPEN, LeadState.TAKEN_UP), LeadState.CLOSED),
    ),
)
