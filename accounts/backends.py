"""Sign-in. Demonstration accounts exist in demonstration mode only."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class PortalBackend(ModelBackend):
    """Refuses demonstration accounts, and ends their sessions, outside demonstration mode."""

    def user_can_authenticate(self, user):
        if user.is_demonstration and not settings.DEMONSTRATION:
            return False
        return super().user_can_authenticate(user)

    def has_perm(self, user_obj, perm, obj=None):
        return False
