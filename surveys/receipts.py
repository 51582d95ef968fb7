"""Keys and receipt codes of ballots: keyed hashes only, derived from the installation's secret.

The key of a form is drawn at random when the page is made and comes back with the answers. From it
follow, each by its own keyed hash, the ballot's `key_digest` (the same form twice is one ballot)
and the receipt code (the same form twice has one receipt). Who holds the database but not the
secret can derive neither from the other (common/codes.py).
"""

from common.codes import (
    ALPHABET,
    CODE_LENGTH,
    cleaned,
    code_of,
    digests,
    grouped,
    is_key,
    macs,
    new_key,
)

__all__ = [
    "ALPHABET",
    "CODE_LENGTH",
    "cleaned",
    "code_digest",
    "code_digests",
    "grouped",
    "is_key",
    "key_digest",
    "key_digests",
    "new_key",
    "receipt_code",
]

_ROOM = "surveys"


def key_digest(enrolment_id: int, key: str) -> str:
    """What the ballot of this form is known by: 32 hexadecimal characters."""
    return key_digests(enrolment_id, key)[0]


def key_digests(enrolment_id: int, key: str) -> list[str]:
    """`key_digest` under the present secret and under each former one."""
    return digests(_ROOM, "ballot-key", f"{enrolment_id}:{key}")


def receipt_code(enrolment_id: int, key: str, *, at: int = 0) -> str:
    """The code the person may keep.

    `at`: which secret it is made with (0: the present one, as in `key_digests`).
    """
    return code_of(macs(_ROOM, "receipt", f"{enrolment_id}:{key}")[at])


def code_digest(code: str) -> str:
    """What is stored of a receipt code: 32 hexadecimal characters."""
    return code_digests(code)[0]


def code_digests(code: str) -> list[str]:
    """`code_digest` under the present secret and under each former one."""
    return digests(_ROOM, "receipt-code", code)
