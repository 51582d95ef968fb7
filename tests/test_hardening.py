"""The installation's settings: Django's own list of deployment faults, cookies, headers."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import path, reverse

from config.urls import urlpatterns
from portal import errors
from tests.factories import PASSWORD, small_province
from tests.markup import faults_of_answer

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "PORTAL_DEBUG": "0",
    "PORTAL_DEMONSTRATION": "0",
    "PORTAL_HTTPS": "1",
    "SECRET_KEY": "".join(chr(33 + number % 90) for number in range(0, 900, 13)),
    "ALLOWED_HOSTS": "portal.example",
    "CSRF_TRUSTED_ORIGINS": "https://portal.example",
    "DATABASE_URL": "sqlite:///:memory:",
    "PORTAL_TODAY": "",
    "REDIS_URL": "",
    "EMAIL_URL": "",
    "TRUSTED_PROXIES": "",
    # Set for the whole process by the first test in a browser.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "",
}


def manage(*arguments, **changed):
    """The outcome of a command in an installation's environment, with some of it changed."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | PRODUCTION | changed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installation_has_nothing_to_complain_of():
    outcome = manage("check", "--deploy", "--fail-level", "WARNING")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize(
    ("changed", "warnings"),
    [
        ({"PORTAL_HTTPS": "0"}, ("security.W004", "security.W008", "security.W012")),
        ({"PORTAL_DEBUG": "1"}, ("security.W018",)),
        ({"SECRET_KEY": "short"}, ("security.W009",)),
    ],
    ids=["without-tls", "debug", "short-key"],
)
def test_a_broken_setting_is_told(changed, warnings):
    """The negative control: the same command is not silent about everything."""
    outcome = manage("check", "--deploy", "--fail-level", "WARNING", **changed)
    assert outcome.returncode == 1
    for warning in warnings:
        assert warning in outcome.stderr


@pytest.fixture
def production():
    """What the settings of an installation say about cookies and transport, in force here."""
    names = [
        name
        for name in dir(settings)
        if name.startswith(("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_"))
    ]
    program = (
        "import json; from django.conf import settings;"
        f"print(json.dumps({{name: getattr(settings, name) for name in {names}}}))"
    )
    values = json.loads(manage("shell", "--no-imports", "-c", program).stdout)
    with override_settings(ALLOWED_HOSTS=["portal.example"], **values):
        yield values


@pytest.fixture
def client():
    return Client(headers={"host": "portal.example", "x-forwarded-proto": "https"})


@pytest.mark.django_db
def test_cookies_and_transport_of_an_installation(production, client):
    small_province()
    answer = client.get(reverse("accounts:login"))
    assert answer.status_code == 200
    age, *others = answer["Strict-Transport-Security"].split("; ")
    assert int(age.removeprefix("max-age=")) >= 365 * 24 * 3600
    assert others == ["includeSubDomains", "preload"]
    data = {"username": "county_officer", "password": PASSWORD}
    answer = client.post(reverse("accounts:login"), data)
    assert answer.status_code == 302
    session, csrf = answer.cookies["sessionid"], answer.cookies["csrftoken"]
    assert session["secure"] and session["httponly"] and session["samesite"] == "Lax"
    assert csrf["secure"] and csrf["samesite"] == "Lax"
    # Without TLS nothing is answered but the way to it.
    answer = Client(headers={"host": "portal.example"}).get(reverse("accounts:login"))
    assert answer.status_code == 301
    assert answer["Location"].startswith("https://portal.example/")


@pytest.mark.django_db
def test_without_tls_the_cookies_are_for_the_demonstration_only(client):
    """The twin: with the tests' settings the same sign-in gives cookies without `secure`."""
    small_province()
    with override_settings(ALLOWED_HOSTS=["portal.example"]):
        data = {"username": "county_officer", "password": PASSWORD}
        answer = client.post(reverse("accounts:login"), data)
    assert not answer.cookies["sessionid"]["secure"]
    assert "Strict-Transport-Security" not in answer


class _Broken:
    """The portal's addresses, and one that fails."""

    urlpatterns = [*urlpatterns, path("broken/", lambda request: 1 / 0)]
    handler400, handler403 = errors.bad_request, errors.permission_denied
    handler404, handler500 = errors.page_not_found, errors.server_error


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=_Broken)
def test_error_pages_carry_the_policy_too():
    world = small_province()
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(world.county_officer)
    answers = {
        404: client.get("/nowhere/"),
        403: client.post(reverse("accounts:logout")),
        500: client.get("/broken/"),
        405: client.put(reverse("portal:home")),
        400: client.get("/", headers={"host": "evil.example"}),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {
        status: status for status in answers
    }
    faults = {status: faults_of_answer(answer) for status, answer in answers.items()}
    assert not any(faults.values()), faults


def test_the_policy_allows_nothing_inline_and_no_other_host():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    sources = {source for values in directives.values() for source in values}
    assert sources == {"'self'", "'none'", "data:"}
    # data: only for pictures.
    assert [name for name, values in directives.items() if "data:" in values] == ["img-src"]
    assert "script-src" not in directives  # so that default-src 'self' is in force for it


PLANTED = """
import subprocess, pickle
from django.db import connection

def view(request):
    subprocess.run("ls " + request.GET["folder"], shell=True)
    connection.cursor().execute("SELECT 1 FROM x WHERE y = '%s'" % request.GET["y"])
    return pickle.loads(request.body)
"""


def test_the_look_for_usual_mistakes_sees_planted_ones(tmp_path):
    """The negative control of the check with bandit: its configuration does not silence it."""
    (tmp_path / "views.py").write_text(PLANTED, encoding="utf-8")
    command = [sys.executable, "-m", "bandit", "-q", "-ll", "-c", "pyproject.toml", str(tmp_path)]
    outcome = subprocess.run(
        [*command, "-r"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 1
    for fault in ("B602", "B608", "B301"):
        assert fault in outcome.stdout
