"""The first question of every check: has the acting role the right? And who keeps accounts."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.roles import Permission
from common.errors import Denied


def check_may(user, permission) -> None:
    """Raise `Denied` unless the acting role of `user` carries `permission`."""
    if not user.may(permission):
        label = Permission(permission).label
        raise Denied(_("Your role does not include the right to %(right)s.") % {"right": label})


def check_second_person(user, first_user_id) -> None:
    """Raise `Denied` for who took the first step: an act of two people needs another one now."""
    if user.pk == first_user_id:
        raise Denied(_("You took the first step yourself; somebody else has to take this one."))


def check_can_manage(user, person) -> None:
    """`user` may change the account and the memberships of `person`: never one's own."""
    check_may(user, Permission.ACCOUNT_MANAGE)
    if person.pk == user.pk:
        raise Denied(
            _("Nobody changes their own account or roles here. Ask another system administrator.")
        )
    if person.is_demonstration and not settings.DEMONSTRATION:
        raise Denied(_("Demonstration accounts exist in demonstration mode only."))
