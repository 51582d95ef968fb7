"""What the audit trail vouches for: plans and summaries."""

from accounts.vouching import vouch_for
from campaign.models import Submission

vouch_for(Submission, "text", "file_id", "state", "submitted_at", "reviewed_by_id", "review_reason")
