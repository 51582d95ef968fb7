"""The second factor: time-based codes (RFC 6238, django-otp) and recovery codes.

Of a recovery code only a keyed hash is kept: the table holds nothing that could be typed.
"""

import secrets
from base64 import b32encode
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import audit
from accounts.models import Membership, SecurityRules, User
from accounts.policies import check_can_manage
from accounts.services import sign_ins
from common.errors import Denied, Incomplete, WrongMoment

CODES = 10
# Without 0 O 1 l I, in two groups of five: about 50 bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def is_demanded(person: User) -> bool:
    """True when a role that the person holds needs a second factor."""
    roles = SecurityRules.in_force().second_factor_roles
    held = Membership.objects.filter(user=person, active=True, role__in=roles)
    return bool(roles) and held.exists()


@transaction.atomic
def pending_device(person: User, now: datetime) -> TOTPDevice:
    """The device that is being set up: made once, until it is confirmed."""
    device = TOTPDevice.objects.filter(user=person, confirmed=False).first()
    if device is None:
        device = TOTPDevice.objects.create(user=person, name="app", confirmed=False)
        audit.record(by=person, act="user.second_factor_begun", target=person, now=now)
    return device


def typed_secret(device: TOTPDevice) -> str:
    """The secret for who cannot scan the picture, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


@transaction.atomic
def confirm(*, person: User, code: str, now: datetime) -> tuple[TOTPDevice, list[str]]:
    """Take the pending device into use with its first code: the device and the recovery codes,
    which are shown this once. A device used before is replaced. Raises `Incomplete` for a wrong
    code."""
    pending = pending_device(person, now)
    device = verify_token(person, pending.persistent_id, _plain(code))
    if device is None:
        raise Incomplete(wrong_code())
    TOTPDevice.objects.filter(user=person).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    User.objects.filter(pk=person.pk).update(second_factor=True)
    person.second_factor = True
    codes = _new_codes(person)
    audit.record(by=person, act="user.second_factor_set_up", target=person, now=now)
    return device, codes


@transaction.atomic
def renew_codes(*, person: User, now: datetime) -> list[str]:
    """New recovery codes; the old ones are void."""
    if not person.second_factor:
        raise WrongMoment(_("There is no second factor yet."))
    codes = _new_codes(person)
    audit.record(by=person, act="user.recovery_codes_renewed", target=person, now=now)
    return codes


def codes_left(person: User) -> int:
    """How many recovery codes are unused."""
    device = StaticDevice.objects.filter(user=person).first()
    return device.token_set.count() if device else 0


def verify(*, person: User, code: str, now: datetime):
    """The device that takes `code`, a time-based or a recovery code; `Incomplete` when none does.
    After each wrong code the device waits twice as long (for all processes)."""
    plain = _plain(code)
    kinds = ((TOTPDevice, plain), (StaticDevice, _hashed(person, plain)))
    kind, token = kinds[0] if plain.isdecimal() else kinds[1]
    known = kind.objects.filter(user=person, confirmed=True).first()
    device = verify_token(person, known.persistent_id, token) if known else None
    if device is None:
        audit.record(by=person, act="user.second_factor_failed", target=person, now=now)
        raise Incomplete(wrong_code())
    if kind is StaticDevice:
        audit.record(
            by=person,
            act="user.recovery_code_used",
            target=person,
            now=now,
            after={"left": codes_left(person)},
        )
    return device


@transaction.atomic
def remove(*, person: User, by: User, reason: str, now: datetime) -> None:
    """Take away the second factor of somebody who lost it; all their sessions end. Who must have
    one sets up a new one at the next sign-in."""
    check_can_manage(by, person)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    if not User.objects.filter(pk=person.pk, second_factor=True).update(second_factor=False):
        raise WrongMoment(_("There is no second factor yet."))
    TOTPDevice.objects.filter(user=person).delete()
    StaticDevice.objects.filter(user=person).delete()
    sign_ins.end_all(person)
    audit.record(by=by, act="user.second_factor_removed", target=person, now=now, reason=reason)


@transaction.atomic
def give_up(*, person: User, now: datetime) -> None:
    """Give up one's own second factor, where no role demands it."""
    if is_demanded(person):
        raise Denied(_("Your role needs a second factor."))
    if not User.objects.filter(pk=person.pk, second_factor=True).update(second_factor=False):
        raise WrongMoment(_("There is no second factor yet."))
    TOTPDevice.objects.filter(user=person).delete()
    StaticDevice.objects.filter(user=person).delete()
    audit.record(by=person, act="user.second_factor_given_up", target=person, now=now)


def wrong_code():
    """The one answer to every wrong code."""
    return _("This code is wrong, used or too old. Wait for the next one and try again.")


def _new_codes(person) -> list[str]:
    StaticDevice.objects.filter(user=person).delete()
    device = StaticDevice.objects.create(user=person, name="recovery")
    plain = ["".join(secrets.choice(_LETTERS) for _place in range(10)) for _code in range(CODES)]
    for code in plain:
        device.token_set.create(token=_hashed(person, code))
    return [f"{code[:5]}-{code[5:]}" for code in plain]


def _plain(code) -> str:
    return code.strip().lower().replace("-", "").replace(" ", "")


def _hashed(person, code) -> str:
    digest = salted_hmac("accounts.recovery", f"{person.pk}:{code}", algorithm="sha256").digest()
    return b32encode(digest[:10]).decode()
