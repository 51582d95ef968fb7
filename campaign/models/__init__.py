"""When: campaigns and phases, who takes part, who owes what by when."""

from campaign.models.calendar import CalendarDay
from campaign.models.campaign import (
    Activity,
    Campaign,
    CampaignState,
    Phase,
    PhaseActivity,
    PhaseKind,
)
from campaign.models.enrolment import Enrolment, SupervisionLine
from campaign.models.obligation import (
    KIND_PERMISSION,
    Obligation,
    ObligationKind,
    ObligationRule,
    ObligationState,
    Reminder,
    ReminderStep,
)
from campaign.models.submission import Submission, SubmissionKind, SubmissionState

__all__ = [
    "KIND_PERMISSION",
    "Activity",
    "CalendarDay",
    "Campaign",
    "CampaignState",
    "Enrolment",
    "Obligation",
    "ObligationKind",
    "ObligationRule",
    "ObligationState",
    "Phase",
    "PhaseActivity",
    "PhaseKind",
    "Reminder",
    "ReminderStep",
    "Submission",
    "SubmissionKind",
    "SubmissionState",
    "SupervisionLine",
]
