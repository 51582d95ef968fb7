"""The states of campaigns, obligations and submissions."""

from accounts.workflow import Machine, Move
from campaign.models import CampaignState as C
from campaign.models import ObligationState as O
from campaign.models import SubmissionState as S

CAMPAIGN = Machine(
    "campaign",
    (Move("opened", (C.DRAFT,), C.OPEN), Move("closed", (C.OPEN,), C.CLOSED)),
)

SUBMISSION = Machine(
    "submission",
    (
        Move("submitted", (S.DRAFT, S.RETURNED), S.SUBMITTED),
        Move("returned", (S.SUBMITTED,), S.RETURNED),
        Move("accepted", (S.SUBMITTED,), S.ACCEPTED),
    ),
)

# Met and open again are moved in whole sets by what meets them (campaign/services/obligations.py).
OBLIGATION = Machine(
    "obligation",
    (Move("waived", (O.OPEN,), O.WAIVED), Move("demanded", (O.WAIVED,), O.OPEN)),
)
