"""Keys and receipt codes: keyed hashes only, derived from the installation's secret. Pure.

The key of a form is drawn at random when the page is made and comes back with the answers. From it
follow, each by its own keyed hash, the ballot's `key_digest` (the same form twice is one ballot)
and the receipt code (the same form twice has one receipt). Who holds the database but not the
secret can derive neither from the other. After the secret was changed, the former ones listed in
SECRET_KEY_FALLBACKS still answer.
"""

import hmac
import re
import secrets

from django.conf import settings

# Crockford's letters: no I, L, O, U, so that nothing is misread when it is copied by hand.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
_MISREAD = str.maketrans("OIL", "011")
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


def new_key() -> str:
    """A form's idempotency key: 128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)


def is_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text))


def key_digest(enrolment_id: int, key: str) -> str:
    """What the ballot of this form is known by: 32 hexadecimal characters."""
    return key_digests(enrolment_id, key)[0]


def key_digests(enrolment_id: int, key: str) -> list[str]:
    """`key_digest` under the present secret and under each former one."""
    return digests("ballot-key", f"{enrolment_id}:{key}")


def receipt_code(enrolment_id: int, key: str, *, at: int = 0) -> str:
    """The code the person may keep: 15 characters (75 bits) and a check character.

    `at`: which secret it is made with (0: the present one, as in `key_digests`).
    """
    mac = _macs("receipt", f"{enrolment_id}:{key}")[at]
    return with_check(int.from_bytes(mac[:10], "big") >> 5, CODE_LENGTH)


def with_check(number: int, length: int) -> str:
    """A code of so many characters: the last bits of `number`, five each, and a check character."""
    values = [(number >> (5 * place)) & 31 for place in reversed(range(length - 1))]
    values.append(_times_x(_checksum(values)))
    return "".join(ALPHABET[value] for value in values)


def grouped(code: str) -> str:
    """In fours, to be read aloud and copied."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def cleaned(text: str, length: int = CODE_LENGTH) -> str | None:
    """The code that somebody typed; None when a character is wrong, missing or out of place."""
    code = re.sub(r"[\s\-–—]", "", text).upper().translate(_MISREAD)
    if len(code) != length or any(letter not in ALPHABET for letter in code):
        return None
    return code if _checksum([ALPHABET.index(letter) for letter in code]) == 0 else None


def code_digest(code: str) -> str:
    """What is stored of a receipt code: 32 hexadecimal characters."""
    return code_digests(code)[0]


def code_digests(code: str) -> list[str]:
    """`code_digest` under the present secret and under each former one."""
    return digests("receipt-code", code)


def digests(purpose: str, text: str) -> list[str]:
    """The keyed hashes of `text` for one purpose, 32 hexadecimal characters each: under the present
    secret first, then under each former one."""
    return [mac.hex()[:32] for mac in _macs(purpose, text)]


def _macs(purpose: str, text: str) -> list[bytes]:
    message = f"{purpose}:{text}".encode()
    return [
        hmac.digest(f"surveys:{secret}".encode(), message, "sha256")
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def _times_x(value: int) -> int:
    """Times x in the field of 32 elements (x⁵ + x² + 1)."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _checksum(values: list[int]) -> int:
    """0 for a whole code. Any one wrong character and any two swapped ones give another value,
    because the powers of x differ over 31 places."""
    total = 0
    for value in values:
        total = _times_x(total) ^ value
    return total
