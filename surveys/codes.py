"""One-time codes (评议码): drawn at random, kept as keyed hashes only. Pure.

A code has 11 characters of Crockford's alphabet (55 random bits) and a check character that finds
any one wrong character and any two swapped ones. With 254,000 codes alive, a guess hits with
7·10⁻¹². The hash's key is derived from the installation's secret, which lies outside the database:
a plain hash of 55 bits would fall to a machine within days.
"""

import secrets

from common import codes

CODE_LENGTH = codes.ONE_TIME_LENGTH


def new_code() -> str:
    """A code by chance."""
    return codes.with_check(secrets.randbits(5 * (CODE_LENGTH - 1)), CODE_LENGTH)


def cleaned(text: str) -> str | None:
    """The code that somebody typed; None when a character is wrong, missing or out of place."""
    return codes.cleaned(text, CODE_LENGTH)


def code_digest(code: str) -> str:
    """What is stored of a code."""
    return code_digests(code)[0]


def code_digests(code: str) -> list[str]:
    """`code_digest` under the present secret and under each former one."""
    return codes.digests("surveys", "invitation", code)
