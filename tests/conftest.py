"""What every test gets: no network beyond the loopback, and a Chromium where there is one."""

import ipaddress
import os
import shutil
import socket
import subprocess

import pytest
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import translation
from playwright.sync_api import sync_playwright

from accounts import guards as audit_guards
from surveys import guards as ballot_guards
from tests.patience import free_port, listens, wait_until

_connect = socket.socket.connect
# By these a test asks for a database, if not by its mark.
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """What asks for no database need not be asked on each kind of database. What takes long is
    begun first, so that at the end no worker waits for another; pytest-django then puts what
    empties the database behind all the rest."""
    for item in items:
        if not (item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames)):
            item.add_marker("one_database")
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    return (yield)


def _loopback_only(self, address):
    if self.family != socket.AF_UNIX:
        host = address[0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {host}")
    return _connect(self, address)


@pytest.fixture(autouse=True)
def _portals_language():
    """No test begins in the language in which the last request of another one was answered."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database's own guards also where its tables were made without the migrations.

    Permissions and content types, which nobody here asks for, would be written anew each time that
    a test has emptied the database: most of what that costs.
    """
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
    with django_db_blocker.unblock():
        if audit_guards.missing(connection):
            audit_guards.install(connection)
        ballot_guards.install(connection)


def find_chromium():
    """The path of a Chromium: $CHROMIUM, or one on the PATH; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; without one the test is skipped with a loud line, and fails in CI."""
    path = find_chromium()
    if path is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("!!! no Chromium found: the browser test did NOT run (install chromium)")
    # Playwright's loop makes Django refuse the database as if called from async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def redis_server(tmp_path):
    """A Redis of our own; its address."""
    program = shutil.which("redis-server")
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("!!! no redis-server found: the Redis store was NOT tested")
    port = free_port()
    options = ["--port", str(port), "--save", "", "--dir", str(tmp_path), "--bind", "127.0.0.1"]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:
        wait_until(lambda: listens(port), "Redis does not answer", pause=0.02)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()
