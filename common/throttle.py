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
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, wraps

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from common.errors import TooMany
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


def count(scope: Scope, key: str, *, now: datetime | None = None) -> int:
    """Count one act of `key`; how many it has done in the present window, this one included.

    `now` is real time. The count stands at once, whatever becomes of the act.
    """
    return _counted(scope, key, scope.in_force()[1], now or timezone.now())[0]


def check_rate(scope: Scope, key: str, *, now: datetime | None = None) -> None:
    """Count one act of `key`; raise `TooMany` when it is one too many."""
    limit, seconds = scope.in_force()
    now = now or timezone.now()
    hits, ends = _counted(scope, key, seconds, now)
    if hits > limit:
        wait = max(1, ends - int(now.timestamp()))
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


def _counted(scope, key, seconds, now) -> tuple[int, int]:
    """The hits of the present window with this one, and the second at which it ends."""
    window = int(now.timestamp()) // seconds
    ends = (window + 1) * seconds
    value = f"{scope.name}:{seconds}:{window}:{key}"
    digest = salted_hmac("common.throttle", value, algorithm="sha256").hexdigest()
    if settings.REDIS_URL and time.monotonic() >= _resting["until"]:
        try:
            return _in_redis(digest, seconds), ends
        except redis.RedisError as error:
            _resting["until"] = time.monotonic() + REST
            logger.warning("Redis does not count (%s); the database does", error)
    return _in_database(digest, ends), ends


@cache
def _redis(url):
    return redis.Redis.from_url(
        url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=None
    )


def _in_redis(digest, seconds) -> int:
    name = f"throttle:{digest}"
    pipeline = _redis(settings.REDIS_URL).pipeline(transaction=True)
    pipeline.set(name, 0, ex=seconds, nx=True)
    pipeline.incr(name)
    return pipeline.execute()[1]


def _in_database(digest, ends) -> int:
    # RACE: one statement, so that no two processes read the same number.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_throttlewindow (digest, ends_at, hits) VALUES (%s, %s, 1)"
            " ON CONFLICT (digest) DO UPDATE SET hits = common_throttlewindow.hits + 1"
            " RETURNING hits",
            [digest, connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(ends, UTC))],
        )
        return cursor.fetchone()[0]


def forget(*, now: datetime) -> int:
    """Delete the windows that are over; how many."""
    return ThrottleWindow.objects.filter(ends_at__lte=now).delete()[0]
