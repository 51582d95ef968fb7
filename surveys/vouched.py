"""What the audit trail vouches for: the questionnaire, batches, flags, ballots set aside, codes
replaced, people called back, leads, screened words, and the rules of integrity.

Not for ballots: no act names one, and mixing writes their rows anew (surveys/services/mixing.py).
"""

from accounts.vouching import vouch_for
from surveys.models import (
    BallotBatch,
    BallotFlag,
    BallotRules,
    CallBack,
    Lead,
    Quarantine,
    Questionnaire,
    Replacement,
    SurveyComment,
)

vouch_for(Questionnaire, "scales", "scales__options", "questions", "groups")
vouch_for(BallotBatch)
vouch_for(BallotRules)
vouch_for(BallotFlag)
vouch_for(Quarantine)
vouch_for(Replacement)
vouch_for(CallBack)
vouch_for(Lead, but=("finding_id",))
vouch_for(SurveyComment, but=("finding_id",), from_first_act=True)
