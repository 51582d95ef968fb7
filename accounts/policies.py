"""The first question of every check: has the acting role the right?"""

from django.utils.translation import gettext as _

from accounts.roles import Permission
from common.errors import Denied


def check_may(user, permission) -> None:
    """Raise `Denied` unless the acting role of `user` carries `permission`."""
    if not user.may(permission):
        label = Permission(permission).label
        raise Denied(_("Your role does not include the right to %(right)s.") % {"right": label})
