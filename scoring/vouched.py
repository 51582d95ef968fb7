"""What the audit trail vouches for: policies, daily scores, runs with every station's figures,
results with the rules they follow, and objections to them."""

from accounts.vouching import vouch_for
from scoring.models import (
    Consequence,
    DailyAssessment,
    DailyList,
    Honour,
    Objection,
    PastResult,
    PublicityPeriod,
    ResultRules,
    RunReply,
    ScoreRun,
    ScoringPolicy,
)

vouch_for(ScoringPolicy, "parts", "options", "groups", "grades", "peer_groups")
vouch_for(DailyAssessment, file=("file", "file_sha256"))
vouch_for(DailyList)
vouch_for(ScoreRun, "scores")
vouch_for(RunReply)
vouch_for(ResultRules, "quotas")
vouch_for(Honour)
vouch_for(Consequence)
vouch_for(PublicityPeriod)
vouch_for(Objection, but=("contact",))
vouch_for(PastResult)
