"""Drawing people by chance so that anybody who holds the list can draw them again. Pure.

Every line of the list gets the number SHA-256(seed + line); the smallest numbers are drawn. The
list's own order does not matter, and nobody who knows the list can choose a seed for a wanted
result: it is drawn after the list was handed in.
"""

import hashlib
from collections.abc import Iterable, Sequence


def frame_digest(lines: Iterable[str]) -> str:
    """SHA-256 over the sorted lines: which list it was, without keeping it."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def drawn(lines: Sequence[str], number: int, seed: str) -> list[int]:
    """The places (from 0) of the `number` lines drawn, in the order of the list.

    Raises ValueError for a list that is too short or holds a line twice.
    """
    if len(set(lines)) != len(lines):
        raise ValueError("a line stands twice")
    if number > len(lines):
        raise ValueError("the list is too short")
    numbers = [hashlib.sha256(f"{seed}\n{line}".encode()).digest() for line in lines]
    return sorted(sorted(range(len(lines)), key=numbers.__getitem__)[:number])
