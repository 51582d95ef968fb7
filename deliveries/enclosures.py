"""One-time codes that go out by mail (附码): nobody, the portal included, knows who has which.

A pool holds one random seed for each of its messages, and no message has one of its own. The code
follows from the seed by a keyed hash, so that it stands nowhere in the database. A message takes a
seed by chance when it is handed over; the ledger keeps its text with `PLACE` where the code goes.
Once the message is sent, its seed is deleted. Until that is certain the seed stays with the message
(it cannot be otherwise: a repeat must carry the same code, or one person would hold two), and it
goes back into the pool when the message certainly did not go out.
"""

import secrets
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import salted_hmac

from common import codes
from deliveries.models import Delivery, Enclosure

# Where a text holds the code: as it stands in an address, and as it is read by people.
PLACE = "{code}"
PLACE_IN_FOURS = "{code in fours}"
_ROOM = "deliveries"


class NoCodeLeft(Exception):
    """The pool has no seed for the message: its code went out before, or was withdrawn."""


def fill_pool(pool: str, number: int) -> list[str]:
    """Make the seeds of a pool, in the transaction of its cause; the codes that they give, in an
    order that says nothing."""
    seeds = [secrets.token_hex(16) for _place in range(number)]
    mark = _mark(settings.SECRET_KEY)
    Enclosure.objects.bulk_create(
        [Enclosure(pool=pool, seed=seed, secret_mark=mark) for seed in seeds], batch_size=2_000
    )
    return sorted(_code(seed, 0) for seed in seeds)


def empty_pools(pools: Iterable[str]) -> int:
    """Delete the seeds that no message has taken: what was not sent finds none; how many."""
    return Enclosure.objects.filter(pool__in=pools, delivery=None).delete()[0]


def take(delivery: Delivery) -> str:
    """The code for a message that is about to be handed over; "" for one that carries none.

    The seed that it has from an undecided try, else one by chance. Raises `NoCodeLeft`.
    """
    if not delivery.pool:
        return ""
    own = Enclosure.objects.filter(delivery=delivery).first()
    while own is None:
        free = Enclosure.objects.filter(pool=delivery.pool, delivery=None)
        choices = list(free.values_list("pk", flat=True))
        if not choices:
            raise NoCodeLeft
        # RACE: two senders may choose the same seed; one of them gets it.
        chosen = free.filter(pk=secrets.choice(choices))
        if chosen.update(delivery=delivery):
            own = Enclosure.objects.get(delivery=delivery)
    marks = [_mark(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    if own.secret_mark not in marks:
        raise NoCodeLeft
    return _code(own.seed, marks.index(own.secret_mark))


def written_out(text: str, code: str) -> str:
    """The text of a message with its code."""
    return text.replace(PLACE_IN_FOURS, codes.grouped(code)).replace(PLACE, code)


def settle(delivery: Delivery, move: str) -> None:
    """What becomes of a message's seed after the move of its ledger row."""
    if not delivery.pool:
        return
    own = Enclosure.objects.filter(delivery=delivery)
    if move in ("sent", "confirmed"):
        own.delete()
    elif move == "undecided":
        own.update(held=True)
    else:
        own.filter(held=False).update(delivery=None)


def _code(seed: str, at: int) -> str:
    """`at`: which secret it is made with, as in `codes.macs`."""
    number = int.from_bytes(codes.macs(_ROOM, "enclosure", seed)[at][:10], "big")
    return codes.with_check(number, codes.ONE_TIME_LENGTH)


def _mark(secret: str) -> str:
    """Tells secrets apart without showing anything of them."""
    return salted_hmac("deliveries.enclosures", "mark", secret, algorithm="sha256").hexdigest()[:8]
