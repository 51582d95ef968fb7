"""The public's voice: questionnaires and ballots."""

from surveys.models.ballot import Ballot, Channel, Receipt, SurveyComment
from surveys.models.questionnaire import (
    Question,
    Questionnaire,
    QuestionType,
    RespondentGroup,
    Scale,
    ScaleOption,
)

__all__ = [
    "Ballot",
    "Channel",
    "Question",
    "QuestionType",
    "Questionnaire",
    "Receipt",
    "RespondentGroup",
    "Scale",
    "ScaleOption",
    "SurveyComment",
]
