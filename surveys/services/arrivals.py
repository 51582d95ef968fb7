"""Watching ballots arrive without keeping who sent them.

What counts is a number per window of time: of a station, of a network, of a device. A network or
device is known by a keyed hash that changes with the day, is deleted after it (common/throttle.py)
and never stands beside a ballot.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from campaign.models import Enrolment
from common.throttle import (
    check_count,
    check_rate,
    client_address,
    client_key,
    count_all,
    scope,
)
from surveys.models import BallotRules, FlagKind, Mark

DAY = 86_400
# Limits from which on a ballot is marked, never refused: a hall or a mobile network is one address.
BURST = scope("ballot_burst", _("ballots of a station, burst"), limit=30, seconds=600)
NETWORK = scope("ballot_network", _("ballots of a station, one network"), limit=20, seconds=DAY)
DEVICE = scope("ballot_device", _("ballots from one device"), limit=3, seconds=DAY)
SCOPE_OF = {FlagKind.BURST: BURST, FlagKind.NETWORK: NETWORK, FlagKind.DEVICE: DEVICE}
# Limits that refuse: far above what a hall full of phones does.
POSTS = scope("ballot_posts", _("ballot pages from one address"), limit=2_000, seconds=300)
WRONG_CODES = scope("wrong_codes", _("wrong one-time codes, one network"), limit=50, seconds=3600)

_SALT = "surveys.challenge"
# Marks for which a ballot must do some work. A burst alone is no suspicion: it is a meeting.
SUSPICIOUS = {Mark.NETWORK, Mark.DEVICE, Mark.FAST}
CHALLENGE_AGE = 3600


@dataclass(frozen=True)
class Arrival:
    """From where a ballot comes; forgotten with the request."""

    address: str
    client: str
    agent: str

    @classmethod
    def of(cls, request) -> "Arrival":
        agent = request.headers.get("User-Agent", "")[:300]
        return cls(client_address(request), client_key(request), agent)

    @property
    def network(self) -> str:
        """The /24 (IPv4) or /48 (IPv6) of the address; "" for what is no address."""
        try:
            length = 24 if ip_address(self.address).version == 4 else 48
        except ValueError:
            return ""
        return str(ip_network(f"{self.address}/{length}", strict=False))


def marks_of(
    *, enrolment: Enrolment, arrival: Arrival, seconds: int | None, rules: BallotRules
) -> str:
    """Count an arriving ballot and return its marks; raises `TooMany` like `check_posts`.

    `seconds`: from form to sending; None without a stamp of ours, which no phone's form lacks.
    Outside the ballot's transaction, so that no row of the counts is written together with it.
    """
    posts, burst, network, device = count_all(
        [
            (POSTS, arrival.client),
            (BURST, str(enrolment.pk)),
            (NETWORK, f"{enrolment.pk}:{arrival.network}"),
            (DEVICE, f"{arrival.address}:{arrival.agent}"),
        ]
    )
    check_count(posts)
    counted = ((burst, Mark.BURST), (network, Mark.NETWORK), (device, Mark.DEVICE))
    marks = "".join(mark for count, mark in counted if count.is_over)
    if seconds is None or 0 <= seconds < rules.fast_seconds:
        marks += Mark.FAST
    return marks


def check_posts(arrival: Arrival) -> None:
    """Count a page that is no ballot yet; raises `TooMany` after very many from one address."""
    check_rate(POSTS, arrival.client)


def count_wrong_code(arrival: Arrival) -> None:
    """Count a wrong code of this network; raises `TooMany` after many."""
    check_rate(WRONG_CODES, arrival.network)


# --- the challenge --------------------------------------------------------------------------------


def challenge(*, key: str, marks: str, now: datetime) -> str:
    """A signed task for the form with this key; it carries the marks of its arrival."""
    return signing.dumps([key, marks, int(now.timestamp())], salt=_SALT, compress=False)


def marks_after(
    *, token: str, nonce: str, key: str, rules: BallotRules, now: datetime
) -> str | None:
    """The marks of a ballot whose task is done, by work or by waiting; None while it is not.

    Done: SHA-256(token + ":" + nonce) begins with `challenge_bits` zero bits, or
    `challenge_seconds` have passed since the task was given.
    """
    try:
        known_key, marks, given = signing.loads(token, salt=_SALT, max_age=CHALLENGE_AGE)
    except signing.BadSignature:
        return None
    if known_key != key:
        return None
    waited = int(now.timestamp()) - given >= rules.challenge_seconds
    return marks if waited or _worked(token, nonce, rules.challenge_bits) else None


def _worked(token: str, nonce: str, bits: int) -> bool:
    number = int.from_bytes(hashlib.sha256(f"{token}:{nonce}".encode()).digest(), "big")
    return len(nonce) <= 20 and number >> (256 - bits) == 0


# --- when a form was made -------------------------------------------------------------------------


def stamp(key: str, now: datetime) -> str:
    """When the form with this key was made, so that nobody can backdate it."""
    second = int(now.timestamp())
    return f"{second}.{_seal(key, second)}"


def seconds_since(text: str, key: str, now: datetime) -> int | None:
    """Seconds since the stamp of the form; None for a stamp that is not ours."""
    second, _dot, seal = text.partition(".")
    if not second.isdecimal() or len(second) > 12:
        return None
    if not hmac.compare_digest(seal.encode(), _seal(key, int(second)).encode()):
        return None
    return int(now.timestamp()) - int(second)


def _seal(key: str, second: int) -> str:
    return salted_hmac("surveys.stamp", f"{key}:{second}", algorithm="sha256").hexdigest()[:20]
