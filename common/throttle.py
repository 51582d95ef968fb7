"""Rate limits that hold for all processes together.

A scope says how many acts in how many seconds; the key says whose acts are counted (mostly the
client's address). Counted in Redis where REDIS_URL is set, else in the database; when Redis does
not answer, the database counts, so a limit never opens. An address is stored as a keyed hash that
changes with every window and is deleted after it.

    BALLOTS = scope("ballots", _("ballots from one address"), limit=60, seconds=300)

    @throttled(BALLOTS)
    def answer(request): ...

Windows run in real time, in the demonstration too.
"""

import ipaddress
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, wraps
from typing import NamedTuple

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from common.errors import TooMany
from common.kept import kept
from common.models import RateLimit, ThrottleWindow

logger = logging.getLogger(__name__)

# How long a process leaves a Redis alone that did not answer, in seconds.
REST = 30
_PATIENCE = 0.5
_resting = {"until": 0.0}


@dataclass(frozen=True)
class Scope:
    """At most `limit` acts in `seconds` a key, unless a `RateLimit` row says otherwise."""

    name: str
    label: str
    limit: int
    seconds: int

    def in_force(self) -> tuple[int, int]:
        """The limit and the seconds that apply now."""
        row = RateLimit.objects.filter(scope=self.name).first()
        return (row.limit, row.seconds) if row else (self.limit, self.seconds)


SCOPES: dict[str, Scope] = {}


def scope(name: str, label, *, limit: int, seconds: int) -> Scope:
    """Declare a scope with its defaults; the system administrator may change the numbers."""
    SCOPES[name] = Scope(name, label, limit, seconds)
    return SCOPES[name]


def client_address(request) -> str:
    """From where a request comes: the peer; behind our own proxy, what that proxy saw.

    Only the last entry of X-Forwarded-For was written by our proxy; all before it is whatever the
    client likes, so it is never read.
    """
    peer = request.META.get("REMOTE_ADDR") or "unix"
    if peer in settings.TRUSTED_PROXIES:
        hop = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        try:
            return str(ipaddress.ip_address(hop))
        except ValueError:
            logger.warning("the proxy %s sends no usable X-Forwarded-For", peer)
    return "" if peer == "unix" else peer


def client_key(request) -> str:
    """The client's address as a key; of IPv6 the network, since one client owns all of it."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False))


@dataclass(frozen=True)
class Count:
    """Acts in the present window, the one just counted included. `ends`: its last second."""

    hits: int
    limit: int
    ends: int

    @property
    def is_over(self) -> bool:
        return self.hits > self.limit


def count_all(acts: Sequence[tuple[Scope, str]], *, now: datetime | None = None) -> list[Count]:
    """Count one act of each (scope, key), no two of them alike, at once; in the same order.

    `now` is real time. The counts stand at once, whatever becomes of the act. Two queries.
    """
    now = now or timezone.now()
    rows = _rows(tuple(scope.name for scope, _key in acts))
    limits = [rows.get(scope.name, scope) for scope, _key in acts]
    windows = [
        _window(scope, key, row.seconds, now)
        for (scope, key), row in zip(acts, limits, strict=True)
    ]
    return [
        Count(hits, row.limit, window.ends)
        for hits, row, window in zip(_counted(windows), limits, windows, strict=True)
    ]


def count(scope: Scope, key: str, *, now: datetime | None = None) -> Count:
    """Count one act of `key`."""
    return count_all([(scope, key)], now=now)[0]


def check_rate(scope: Scope, key: str, *, now: datetime | None = None) -> None:
    """Count one act of `key`; raise `TooMany` when it is one too many."""
    now = now or timezone.now()
    check_count(count(scope, key, now=now), now=now)


def check_count(counted: Count, *, now: datetime | None = None) -> None:
    """Raise `TooMany` when there was one act too many."""
    if counted.is_over:
        now = now or timezone.now()
        wait = max(1, counted.ends - int(now.timestamp()))
        minutes = -(-wait // 60)
        reason = ngettext(
            "That was too often in a short time. Try again in %(minutes)s minute; go back, what "
            "you typed is still there.",
            "That was too often in a short time. Try again in %(minutes)s minutes; go back, what "
            "you typed is still there.",
            minutes,
        )
        raise TooMany(reason % {"minutes": minutes}, wait=wait)


def throttled(scope: Scope, *, key=client_key, methods=("POST",)):
    """Decorator of a view: its requests by `methods` count under `key(request)`."""

    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            if request.method in methods:
                check_rate(scope, key(request))
            return view(request, *args, **kwargs)

        return limited

    return decorate


@kept
def _rows(names: tuple[str, ...]) -> dict[str, RateLimit]:
    """The numbers that differ from the defaults."""
    return RateLimit.objects.in_bulk(names)


class _Window(NamedTuple):
    digest: str
    seconds: int
    ends: int


def _window(scope, key, seconds, now) -> _Window:
    number = int(now.timestamp()) // seconds
    value = f"{scope.name}:{seconds}:{number}:{key}"
    digest = salted_hmac("common.throttle", value, algorithm="sha256").hexdigest()
    return _Window(digest, seconds, (number + 1) * seconds)


def _counted(windows: list[_Window]) -> list[int]:
    """The hits of each window with this one."""
    if settings.REDIS_URL and time.monotonic() >= _resting["until"]:
        try:
            return _in_redis(windows)
        except redis.RedisError as error:
            _resting["until"] = time.monotonic() + REST
            logger.warning("Redis does not count (%s); the database does", error)
    return _in_database(windows)


@cache
def _redis(url):
    return redis.Redis.from_url(
        url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=None
    )


def _in_redis(windows) -> list[int]:
    pipeline = _redis(settings.REDIS_URL).pipeline(transaction=True)
    for window in windows:
        name = f"throttle:{window.digest}"
        pipeline.set(name, 0, ex=window.seconds, nx=True)
        pipeline.incr(name)
    return pipeline.execute()[1::2]


def _in_database(windows) -> list[int]:
    # RACE: one statement, so that no two processes read the same number; its rows in one order, so
    # that no two processes wait for each other.
    values = []
    for window in sorted(windows):
        ends = datetime.fromtimestamp(window.ends, UTC)
        values += [window.digest, connection.ops.adapt_datetimefield_value(ends)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_throttlewindow (digest, ends_at, hits) VALUES "  # nosec B608
            + ", ".join(["(%s, %s, 1)"] * len(windows))
            + " ON CONFLICT (digest) DO UPDATE SET hits = common_throttlewindow.hits + 1"
            " RETURNING digest, hits",
            values,
        )
        hits = dict(cursor.fetchall())
    return [hits[window.digest] for window in windows]


def forget(*, now: datetime) -> int:
    """Delete the windows that are over; how many."""
    return ThrottleWindow.objects.filter(ends_at__lte=now).delete()[0]
