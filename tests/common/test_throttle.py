"""Rate limits: one count for all processes, no address kept, never open when a store is down."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from common import throttle
from common.errors import TooMany
from common.models import RateLimit, ThrottleWindow
from tests.patience import PATIENCE, free_port
from tests.threads import together

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
SCOPE = throttle.Scope("tried", "tried", limit=3, seconds=60)


def refused(key, now=NOW):
    try:
        throttle.check_rate(SCOPE, key, now=now)
    except TooMany:
        return True
    return False


@pytest.fixture(autouse=True)
def _awake(monkeypatch):
    monkeypatch.setitem(throttle._resting, "until", 0.0)


@pytest.fixture(params=["database", "redis"])
def store(request, settings, db):
    """Each store in turn: both must keep the same rule."""
    if request.param == "redis":
        settings.REDIS_URL = request.getfixturevalue("redis_server")
    return request.param


def test_three_are_let_through_and_the_fourth_is_not(store):
    assert [refused("10.0.0.1") for _ in range(4)] == [False, False, False, True]
    # Another key, another scope and the next window count from the beginning.
    assert not refused("10.0.0.2")
    other = throttle.Scope("x", "x", limit=3, seconds=60)
    assert throttle.count(other, "10.0.0.1", now=NOW).hits == 1
    assert not refused("10.0.0.1", NOW + timedelta(seconds=60))
    assert ThrottleWindow.objects.exists() == (store == "database")


def test_the_refusal_says_when_to_try_again(db):
    for _ in range(3):
        throttle.check_rate(SCOPE, "k", now=NOW + timedelta(seconds=20))
    with pytest.raises(TooMany) as refusal:
        throttle.check_rate(SCOPE, "k", now=NOW + timedelta(seconds=20))
    assert refusal.value.wait == 40


def test_a_row_changes_the_numbers(db):
    RateLimit.objects.create(scope="tried", limit=1, seconds=3600)
    assert [refused("k"), refused("k", NOW + timedelta(minutes=59))] == [False, True]


def test_a_silent_redis_leaves_the_counting_to_the_database(settings, db):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert [refused("k") for _ in range(4)] == [False, False, False, True]
    assert ThrottleWindow.objects.get().hits == 4


def test_no_address_is_kept_and_nothing_outlives_its_window(db):
    throttle.count(SCOPE, "203.0.113.7", now=NOW)
    throttle.count(SCOPE, "203.0.113.7", now=NOW + timedelta(seconds=60))
    digests = set(ThrottleWindow.objects.values_list("digest", flat=True))
    assert len(digests) == 2  # two windows of one address cannot be joined
    assert not any("203.0.113" in digest for digest in digests)
    assert throttle.forget(now=NOW + timedelta(seconds=59)) == 0
    assert throttle.forget(now=NOW + timedelta(seconds=60)) == 1
    assert throttle.forget(now=NOW + timedelta(seconds=120)) == 1


@pytest.mark.django_db(transaction=True)
def test_racing_connections_share_one_count():
    counts = together([lambda: throttle.count(SCOPE, "k", now=NOW).hits] * 12)
    assert sorted(counts) == list(range(1, 13))


@pytest.mark.django_db(transaction=True)
def test_a_count_that_reads_and_then_writes_lets_too_many_through(monkeypatch):
    """The negative control: the usual cache counter, with both racers between read and write."""
    both_have_read = threading.Barrier(2)

    def read_then_write(windows):
        digest = windows[0].digest
        row = ThrottleWindow.objects.filter(digest=digest).first()
        hits = row.hits + 1 if row else 1
        both_have_read.wait(timeout=PATIENCE)
        ThrottleWindow.objects.update_or_create(
            digest=digest, defaults={"hits": hits, "ends_at": NOW}
        )
        return [hits]

    monkeypatch.setattr(throttle, "_in_database", read_then_write)
    assert together([lambda: throttle.count(SCOPE, "k", now=NOW).hits] * 2) == [1, 1]


def test_several_acts_are_counted_in_two_queries(store, django_assert_num_queries):
    """Of scopes of their own, in the order asked for, each with the limit of its row."""
    RateLimit.objects.create(scope="other", limit=1, seconds=60)
    other = throttle.Scope("other", "other", limit=9, seconds=9)
    throttle.count(other, "b", now=NOW)
    with django_assert_num_queries(2 if store == "database" else 1):
        counts = throttle.count_all([(SCOPE, "a"), (other, "b"), (other, "c")], now=NOW)
    assert [(one.hits, one.limit, one.is_over) for one in counts] == [
        (1, 3, False),
        (2, 1, True),
        (1, 1, False),
    ]


def test_the_decorator_counts_posts_and_lets_pages_be_read(db):
    view = throttle.throttled(SCOPE)(lambda request: HttpResponse("ok"))
    requests = RequestFactory()
    for _ in range(5):
        assert view(requests.get("/")).status_code == 200
    for _ in range(3):
        assert view(requests.post("/")).status_code == 200
    with pytest.raises(TooMany):
        view(requests.post("/"))


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ([], "198.51.100.4", "", "198.51.100.4"),
        # What a client writes itself is not believed, neither without a proxy …
        ([], "198.51.100.4", "203.0.113.9", "198.51.100.4"),
        # … nor in front of what our proxy added, the last entry.
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9, 198.51.100.4", "198.51.100.4"),
        (["127.0.0.1"], "198.51.100.4", "203.0.113.9", "198.51.100.4"),
        (["unix"], "", "2001:db8::7", "2001:db8::7"),
        (["127.0.0.1"], "127.0.0.1", "nonsense", "127.0.0.1"),
    ],
)
def test_only_our_own_proxy_is_believed(settings, trusted, peer, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert (
        throttle.client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers)) == address
    )


def test_one_network_of_ipv6_is_one_client():
    keys = {
        throttle.client_key(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    }
    assert keys == {"2001:db8:1:2::/64", "2001:db8:1:3::/64"}


def test_sign_in_is_limited_by_address_whatever_name_is_tried(client, db):
    RateLimit.objects.create(scope="sign_in", limit=2, seconds=3600)
    for name in ("a", "b"):
        answer = client.post("/accounts/sign-in/", {"username": name, "password": "x"})
        assert answer.status_code == 200
    answer = client.post("/accounts/sign-in/", {"username": "c", "password": "x"})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600
    # From elsewhere the door is open.
    elsewhere = {"REMOTE_ADDR": "198.51.100.4"}
    answer = client.post("/accounts/sign-in/", {"username": "c", "password": "x"}, **elsewhere)
    assert answer.status_code == 200
