"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Activity, Campaign


def check_can_enrol(user, campaign: Campaign, now: datetime) -> None:
    """County bureaus and the province enrol stations while the phase allows it."""
    check_may(user, Permission.STATION_EDIT)
    campaign.check_allows(Activity.ENROL, now)
