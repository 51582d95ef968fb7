"""Codes that people copy by hand, and keyed hashes to find what they belong to. Pure.

A form's key is drawn at random and comes back with the form; a code follows from it by a keyed
hash (the same form twice has one code), and only a keyed hash of the code is stored. Who holds the
database but not the secret can derive neither. After the secret was changed, the former ones listed
in SECRET_KEY_FALLBACKS still answer.
"""

import hmac
import re
import secrets

from django.conf import settings

# Crockford's letters: no I, L, O, U, so that nothing is misread when it is copied by hand.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
# A one-time code (评议码): 55 bits and a check character.
ONE_TIME_LENGTH = 12
_MISREAD = str.maketrans("OIL", "011")
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


def new_key() -> str:
    """A form's idempotency key: 128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)


def is_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text))


def macs(room: str, purpose: str, text: str) -> list[bytes]:
    """Keyed hashes of `text` under the present secret and under each former one. `room` and
    `purpose` keep the hashes of different uses apart."""
    message = f"{purpose}:{text}".encode()
    return [
        hmac.digest(f"{room}:{secret}".encode(), message, "sha256")
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def digests(room: str, purpose: str, text: str) -> list[str]:
    """What is stored or looked up of `macs`: 32 hexadecimal characters each."""
    return [mac.hex()[:32] for mac in macs(room, purpose, text)]


def code_of(mac: bytes) -> str:
    """The code of a keyed hash: 15 characters (75 bits) and a check character."""
    return with_check(int.from_bytes(mac[:10], "big") >> 5)


def with_check(number: int, length: int = CODE_LENGTH) -> str:
    """The last bits of `number`, five a character, and a check character: `length` in all."""
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
