"""What the audit trail vouches for: ballots set aside, codes replaced and people called back, why,
and by whom."""

from accounts.vouching import vouch_for
from surveys.models import CallBack, Quarantine, Replacement

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
vouch_for(
    CallBack,
    "state",
    "size",
    "seed",
    "drawn_by_id",
    "reached",
    "without_code",
    "by_others",
    "noted_by_id",
)
