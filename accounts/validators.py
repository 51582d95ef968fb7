"""The password rules of the security rules' row, as a validator of Django's."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import SecurityRules
from accounts.services.passwords import was_used

_KINDS = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())


class RulesValidator:
    """Length, kinds of characters and history, as the row says now."""

    def validate(self, password, user=None):
        rules = SecurityRules.in_force()
        faults = []
        if len(password) < rules.password_length:
            faults.append(_at_least(rules))
        kinds = sum(any(map(kind, password)) for kind in _KINDS)
        if kinds < rules.password_classes:
            faults.append(_of_kinds(rules))
        if user is not None and user.pk and was_used(user, password):
            faults.append(_("This password was used before; choose a new one."))
        if faults:
            raise ValidationError(faults)

    def get_help_text(self):
        rules = SecurityRules.in_force()
        return f"{_at_least(rules)} {_of_kinds(rules)}"


def _at_least(rules):
    text = ngettext(
        "At least %(count)s character.", "At least %(count)s characters.", rules.password_length
    )
    return text % {"count": rules.password_length}


def _of_kinds(rules):
    text = _("At least %(count)s of: capital letters, small letters, digits, signs.")
    return text % {"count": rules.password_classes}
