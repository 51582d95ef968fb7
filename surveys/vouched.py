"""What the audit trail vouches for: which ballots were set aside, and by whom."""

from accounts.vouching import vouch_for
from surveys.models import Quarantine

vouch_for(Quarantine, "state", "ballots", "reason", "proposed_by_id", "decided_by_id", "decision")
