from accounts.models.people import (
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationQuerySet,
    PersonManager,
    User,
    UserQuerySet,
    scope_of,
)
from accounts.models.security import PasswordRecord, SecurityRules, SignIn
from accounts.models.trail import AuditArchive, AuditEvent, AuditEventQuerySet, AuditSeal

__all__ = [
    "AuditArchive",
    "AuditEvent",
    "AuditEventQuerySet",
    "AuditSeal",
    "Membership",
    "Organisation",
    "OrganisationKind",
    "OrganisationQuerySet",
    "PasswordRecord",
    "PersonManager",
    "SecurityRules",
    "SignIn",
    "User",
    "UserQuerySet",
    "scope_of",
]
