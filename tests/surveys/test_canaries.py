"""G5: nothing of who answered stands anywhere: database, its dump, Redis, logs, mails, files.

Each search has its negative control: what a careless line would leave behind is found there.
"""

import io
import logging
import re

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from common import clock
from common.codes import grouped
from common.models import RateLimit
from surveys import codes, receipts
from surveys.models import Ballot, SurveyComment
from surveys.services.batches import issue_codes
from surveys.services.mixing import mix_if_due
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import opened, posted

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS, AGENT, PHONE = "203.0.113.77", "CanaryPhone/9.9", "13712345678"


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


def dump_of_everything() -> str:
    """The whole database as text."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        return "\n".join(connection.connection.iterdump())
    with io.StringIO() as target, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            target.writelines(f"{table} {row}\n" for (row,) in cursor.fetchall())
        return target.getvalue()


def stored_files() -> str:
    """All files that the portal has written: mails of the demonstration, uploads, papers."""
    return "\n".join(
        path.read_bytes().decode("latin-1")
        for folder in (settings.MAIL_DIR, settings.STORAGES["default"]["OPTIONS"]["location"])
        for path in (folder.rglob("*") if folder.exists() else ())
        if path.is_file()
    )


@pytest.fixture
def places(settings, redis_server, caplog):
    """`places()`: everything in which something of a visitor could stand, as text."""
    settings.REDIS_URL = redis_server
    caplog.set_level(logging.DEBUG)
    with redis.Redis.from_url(redis_server) as store:

        def look():
            return {
                "dump": dump_of_everything(),
                "redis": str({name: store.get(name) for name in store.scan_iter()}),
                "logs": "\n".join(record.getMessage() for record in caplog.records),
                "mails": "\n".join(str(message.message()) for message in mail.outbox),
                "files": stored_files(),
            }

        look.store = store
        yield look


def test_code_address_and_phone_of_who_answers_are_nowhere(world, places):
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="service",
        number=5,
        key=receipts.new_key(),
        by=world.county_officer,
        now=NOW,
    )
    client = Client(REMOTE_ADDR=ADDRESS, headers={"user-agent": AGENT})
    code, key = issued.codes[0], receipts.new_key()
    words = f"服务很好，请回电{PHONE}"
    fields = posted("send", key=key, comment=words) | {"code": grouped(code)}
    assert client.post("/s/code/", {"code": code}).status_code == 200
    receipt = client.post("/s/code/", fields).content.decode().split('class="code">')[1][:19]
    assert b"counted" in client.post("/s/receipt/?lang=en", {"code": receipt}).content
    assert Ballot.objects.count() == 1
    mix_if_due(world.campaign, closing=True)
    canaries = {code, grouped(code), key, ADDRESS, AGENT, receipt, receipt.replace("-", "")}
    found = places()
    assert [(c, place) for c in canaries for place, text in found.items() if c in text] == []
    # What somebody writes stands in its comment, to be screened, and nowhere else.
    assert found["dump"].count(PHONE) == 1
    assert SurveyComment.objects.get().text == words
    assert [place for place, text in found.items() if PHONE in text] == ["dump"]


def test_what_a_careless_line_leaves_behind_is_found(world, places, client):
    """The negative control: the same canary written once into each place is seen there."""
    code = codes.new_code()
    assert [place for place, text in places().items() if code in text] == []
    default_storage.save("canary.txt", ContentFile(code))
    mail.send_mail("a ballot", code, None, ["a@example.cn"])
    RateLimit.objects.create(scope=code, limit=1, seconds=1)
    places.store.set(f"throttle:{code}", 1)
    # A code in an address, as a slip's QR code could carry it without the "#".
    assert client.get(f"/s/{code}/").status_code == 404
    assert {place for place, text in places().items() if code in text} == set(places())


def test_nor_in_redis_whose_keys_tell_nothing(world, settings, redis_server):
    """The counts of arrivals, where Redis keeps them."""
    settings.REDIS_URL = redis_server
    client = Client(REMOTE_ADDR=ADDRESS, headers={"user-agent": AGENT})
    page = f"/s/{world.brigade.code}/?lang=en"
    key = receipts.new_key()
    answer = client.post(page, posted("send", key=key))
    receipt = answer.content.decode().split('class="code">')[1].split("<")[0]
    client.post("/s/code/", {"code": codes.new_code()})
    store = redis.Redis.from_url(redis_server)
    kept = {name.decode(): store.get(name).decode() for name in store.scan_iter()}
    assert all(store.ttl(name) > 0 for name in kept)
    store.close()
    # Five counts: posts, burst, network, device, wrong codes.
    assert len(kept) == 5
    assert all(re.fullmatch("throttle:[0-9a-f]{64}", name) for name in kept)
    assert set(kept.values()) == {"1"}
    text = str(kept)
    for canary in (ADDRESS, "203.0.113", AGENT, key, receipt, receipt.replace("-", "")):
        assert canary not in text
