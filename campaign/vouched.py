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
# Whose it is, its day and whether it is met follow from rows that are vouched for; a waiver follows
# from nothing.
vouch_for(
    Obligation,
    but=(
        "organisation_id",
        "due_on",
        "due_unit",
        "counted_from",
        "counted_days",
        "due_before",
        "moved_because",
        "state",
        "met_at",
    ),
    from_first_act=True,
)
