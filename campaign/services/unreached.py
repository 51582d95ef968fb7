"""What is owed by units in which nobody can be told."""

from collections import defaultdict

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership
from accounts.roles import ROLE_PERMISSIONS
from campaign.models import KIND_PERMISSION, Campaign, Obligation


def unreached(user, campaign: Campaign):
    """The open obligations in the person's area that no active person of the debtor can meet: no
    reminder finds anybody before the supervisor is told."""
    kinds_by_roles = defaultdict(list)
    for kind, permissions in KIND_PERMISSION.items():
        roles = tuple(role for role, held in ROLE_PERMISSIONS.items() if held & set(permissions))
        kinds_by_roles[roles].append(kind)
    condition = Q(pk__in=[])
    for roles, kinds in kinds_by_roles.items():
        people = Membership.objects.filter(
            organisation=OuterRef("organisation"),
            role__in=roles,
            active=True,
            user__is_active=True,
        )
        condition |= Q(kind__in=kinds) & ~Exists(people)
    rows = Obligation.objects.visible_to(user).open().filter(condition, campaign=campaign)
    return rows.order_by("due_on", "pk")
