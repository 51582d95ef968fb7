"""The security rules and limits, kept by the system administrator."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import SecurityRules
from accounts.policies import check_may
from accounts.roles import Permission
from common.errors import WrongMoment
from common.models import RateLimit, UploadLimits
from common.throttle import SCOPES


@transaction.atomic
def change_rules(*, expected_version: int, by, now: datetime, **values) -> SecurityRules:
    """Set the security rules; `WrongMoment` when somebody else changed them meanwhile."""
    check_may(by, Permission.ACCOUNT_MANAGE)
    _row, created = SecurityRules.objects.get_or_create(pk=1)
    rules = SecurityRules.objects.select_for_update().get()
    if rules.version != expected_version:
        raise WrongMoment(_("Somebody else changed the rules while your form was open."))
    before = {name: getattr(rules, name) for name in values}
    if before == values and not created:
        return rules
    for name, value in values.items():
        setattr(rules, name, value)
    rules.version += 1
    rules.save()
    _record(rules, before, values, by, now)
    return rules


@transaction.atomic
def change_limits(*, rates: dict[str, tuple[int, int]], uploads: dict, by, now: datetime) -> None:
    """Set the rate limits (scope → limit, seconds) and the limits of uploads."""
    check_may(by, Permission.ACCOUNT_MANAGE)
    for name, (limit, seconds) in rates.items():
        before = dict(zip(("limit", "seconds"), SCOPES[name].in_force(), strict=True))
        values = {"limit": limit, "seconds": seconds}
        if before != values:
            row, _created = RateLimit.objects.update_or_create(scope=name, defaults=values)
            _record(row, before, values, by, now)
    present = UploadLimits.in_force()
    before = {name: getattr(present, name) for name in uploads}
    if before != uploads:
        row, _created = UploadLimits.objects.update_or_create(pk=1, defaults=uploads)
        _record(row, before, uploads, by, now)


def _record(row, before, after, by, now):
    changed = [name for name in after if before[name] != after[name]]
    audit.record(
        by=by,
        act="rules.changed",
        target=row,
        now=now,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
