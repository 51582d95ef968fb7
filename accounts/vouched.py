"""Accounts for which the audit trail vouches, with their roles."""

from accounts.models import User
from accounts.vouching import vouch_for

vouch_for(
    User,
    "username",
    "name",
    "email",
    "phone",
    "is_active",
    "is_staff",
    "is_superuser",
    "second_factor",
    memberships=("organisation_id", "role", "active"),
)
