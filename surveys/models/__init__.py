"""The public's voice: questionnaires, codes, ballots, and what watches over them."""

from surveys.models.ballot import (
    Ballot,
    Channel,
    CommentState,
    Mark,
    Receipt,
    SurveyComment,
)
from surveys.models.batch import (
    BallotBatch,
    BatchKind,
    BatchState,
    Invitation,
    InvitationState,
    PaperSheet,
)
from surveys.models.call_back import CallBack, CallBackState
from surveys.models.integrity import (
    BallotFlag,
    BallotRules,
    FlagKind,
    FlagState,
    Quarantine,
    QuarantineState,
)
from surveys.models.lead import Lead, LeadState
from surveys.models.questionnaire import (
    Question,
    Questionnaire,
    QuestionType,
    RespondentGroup,
    Scale,
    ScaleOption,
)
from surveys.models.replacement import Replacement, ReplacementState

__all__ = [
    "Ballot",
    "BallotBatch",
    "BallotFlag",
    "BallotRules",
    "BatchKind",
    "BatchState",
    "CallBack",
    "CallBackState",
    "Channel",
    "CommentState",
    "FlagKind",
    "FlagState",
    "Invitation",
    "InvitationState",
    "Lead",
    "LeadState",
    "Mark",
    "PaperSheet",
    "Quarantine",
    "QuarantineState",
    "Question",
    "QuestionType",
    "Questionnaire",
    "Receipt",
    "Replacement",
    "ReplacementState",
    "RespondentGroup",
    "Scale",
    "ScaleOption",
    "SurveyComment",
]
