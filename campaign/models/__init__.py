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
from campaign.models.enrolment import Awaited, Enrolment, SupervisionLine
from campaign.models.obligation import (
    KIND_PERMISSION,
    DueUnit,
    Obligation,
    ObligationKind,
    ObligationState,
)
from campaign.models.paper import NoticeFile, PaperFile, Receipt
from campaign.models.reminder import CalendarFeed, Reminder, ReminderPreference, ReminderStep
from campaign.models.rule import ObligationRule
from campaign.models.submission import (
    Submission,
    SubmissionKind,
    SubmissionState,
    SubmissionVersion,
)

__all__ = [
    "KIND_PERMISSION",
    "Activity",
    "Awaited",
    "CalendarDay",
    "CalendarFeed",
    "Campaign",
    "CampaignState",
    "DueUnit",
    "Enrolment",
    "NoticeFile",
    "Obligation",
    "ObligationKind",
    "ObligationRule",
    "ObligationState",
    "PaperFile",
    "Phase",
    "PhaseActivity",
    "PhaseKind",
    "Receipt",
    "Reminder",
    "ReminderPreference",
    "ReminderStep",
    "Submission",
    "SubmissionKind",
    "SubmissionState",
    "SubmissionVersion",
    "SupervisionLine",
]
