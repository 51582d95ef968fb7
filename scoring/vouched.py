"""What the audit trail vouches for: daily scores, runs with every station's figures, results."""

from accounts.vouching import vouch_for
from scoring.models import Consequence, DailyAssessment, Honour, ScoreRun

vouch_for(
    DailyAssessment,
    "score",
    "basis",
    "file_sha256",
    "given_by_id",
    "given_at",
    file=("file", "file_sha256"),
)
vouch_for(
    ScoreRun,
    "state",
    "policy_id",
    "rules",
    "input_digest",
    "output_digest",
    "previewed_by_id",
    "published_by_id",
    "published_at",
    scores=(
        "enrolment_id",
        "status",
        "questionnaire",
        "composite",
        "grade",
        "rank_all",
        "rank_kind",
    ),
)
vouch_for(Honour, "kind", "state", "nominated_by_id", "decided_by_id", "decision_reason")
vouch_for(Consequence, "kind", "state", "endorsed_by_id", "decided_by_id", "decision_reason")
