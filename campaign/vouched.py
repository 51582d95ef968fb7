"""What the audit trail vouches for: the campaign with its clock, who takes part, who signed, what
was handed in, and what was waived."""

from accounts.vouching import vouch_for
from campaign.models import (
    CalendarDay,
    CalendarFeed,
    Campaign,
    Enrolment,
    NoticeFile,
    Obligation,
    PaperFile,
    Receipt,
    ReminderPreference,
    Submission,
)

vouch_for(CalendarDay)
vouch_for(Campaign, "phases", "phases__activities", "reminder_steps", "obligation_rules")
vouch_for(NoticeFile, file=("file", "sha256"))
vouch_for(Enrolment)
vouch_for(Receipt)
vouch_for(Submission, "versions")
vouch_for(PaperFile, file=("file", "sha256"))
vouch_for(ReminderPreference)
vouch_for(CalendarFeed)
vouch_for(Obligation)
