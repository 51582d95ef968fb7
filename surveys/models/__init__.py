"""The public's voice: questionnaires and ballots."""

from surveys.models.ballot import Ballot, Channel, SurveyComment
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
    "RespondentGroup",
    "Scale",
    "ScaleOption",
    "SurveyComment",
]
