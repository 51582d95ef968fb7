"""What the audit trail vouches for: accounts with their passwords, roles and second factors, units,
and the rules of security."""

from accounts.models import Organisation, SecurityRules, User
from accounts.vouching import vouch_for
from common.models import RateLimit, UploadLimits

# What each code shown moves on.
CODES_SHOWN = (
    "throttling_failure_timestamp",
    "throttling_failure_count",
    "last_used_at",
    "drift",
    "last_t",
)
vouch_for(
    User,
    "memberships",
    "totpdevice",
    but=("last_login", *(f"totpdevice__{name}" for name in CODES_SHOWN)),
)
vouch_for(Organisation)
vouch_for(SecurityRules)
vouch_for(RateLimit)
vouch_for(UploadLimits)
