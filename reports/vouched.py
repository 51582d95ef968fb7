"""What the audit trail vouches for: papers and when they are mailed."""

from accounts.vouching import vouch_for
from reports.models import MailSchedule, MailTemplate, Report, ReportRules, Unsubscription

# A worker that takes a paper up, or gives it up, leaves no act.
AT_WORK = ("state", "progress", "claimed_at", "attempts")
vouch_for(Report, "parts", but=AT_WORK, file=("file", "sha256"))
vouch_for(ReportRules)
vouch_for(MailSchedule)
vouch_for(MailTemplate)
vouch_for(Unsubscription)
