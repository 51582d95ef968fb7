"""What the audit trail vouches for: ballots set aside and codes replaced, why, and by whom."""

from accounts.vouching import vouch_for
from surveys.models import Quarantine, Replacement

vouch_for(Quarantine, "state", "ballots", "reason", "proposed_by_id", "decided_by_id", "decision")
vouch_for(
    Replacement,
    "state",
    "delivery_id",
    "address",
    "reason",
    "proposed_by_id",
    "decided_by_id",
    "decision",
)
