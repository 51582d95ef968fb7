"""What the audit trail vouches for: promises, self-inspections, mending, checks, visits, vetoes."""

from accounts.vouching import vouch_for
from evaluations.models import (
    AcceptanceCheck,
    Commitment,
    Evidence,
    Finding,
    RectificationTask,
    Reopening,
    SecretVisit,
    SelfInspection,
    SpotCheck,
    Veto,
)

vouch_for(Commitment, "content", "responsible", "state", "submitted_by_id", "published_at")
vouch_for(Evidence, "enrolment_id", "sha256", "size", "uploaded_by_id", file=("file", "sha256"))
vouch_for(
    SelfInspection,
    "state",
    "score",
    "submitted_by_id",
    "submitted_at",
    items=("criterion_id", "self_score", "remark"),
)
vouch_for(Finding, "source", "category", "severity", "criterion_id", "text", "recorded_by_id")
vouch_for(
    RectificationTask,
    "requirement",
    "due_on",
    "state",
    "result",
    "submitted_by_id",
    "reviewed_by_id",
    "reviewed_at",
)
vouch_for(
    AcceptanceCheck,
    "checked_on",
    "state",
    "score",
    "result",
    "round",
    "signed_by_id",
    "signed_at",
    scores=("criterion_id", "deduction", "reason"),
)
vouch_for(Reopening, "state", "reason", "requested_by_id", "decided_by_id", "decision_reason")
vouch_for(
    SpotCheck,
    "state",
    "score",
    "deviation",
    "flagged",
    "signed_by_id",
    scores=("criterion_id", "deduction", "reason"),
)
vouch_for(SecretVisit, "visited_on", "visitors", "summary", "state", "released_by_id")
vouch_for(
    Veto,
    "state",
    "reason",
    "reply",
    "proposed_by_id",
    "decided_by_id",
    "decided_at",
    "decision_reason",
)
