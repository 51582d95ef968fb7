"""The sample configuration of nginx, started for real in front of the portal: protocols and
ciphers, headers, what the portal learns of the client, and what the logs tell of whom."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEvent
from common.models import UploadLimits
from tests.factories import small_province
from tests.patience import PATIENCE, free_port, listens, wait_until
from tests.test_hardening import production as production  # noqa: PLC0414 - the fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]

DEPLOY = Path(settings.BASE_DIR) / "deploy"
NAME = "portal.example"
# From where the client asks, so that it is not the proxy's own address.
CLIENT, FORGED = "127.0.0.7", "203.0.113.9"
ALIVE = {ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3}
# The frame that an installation's /etc/nginx/nginx.conf is.
FRAME = """daemon off; pid {folder}/pid; error_log {folder}/frame.log; worker_processes 1; {user}
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log {folder}/frame-access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/portal.conf;
}}
"""


def certificate(folder):
    """A key and a certificate that it signed itself."""
    command = "openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    files = ["-keyout", folder / "key.pem", "-out", folder / "fullchain.pem"]
    subprocess.run(
        [*command.split(), *files, "-subj", f"/CN={NAME}"], capture_output=True, check=True
    )


@pytest.fixture
def start(tmp_path):
    """`start(upstream)` runs nginx with the sample, only places and ports changed; `changes` are
    made to its text first."""
    if not (shutil.which("nginx") and shutil.which("openssl")):
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("!!! nginx or openssl not found: the sample configuration was NOT tried")
    running = []

    def run(upstream: str, changes=()):
        folder = tmp_path / str(len(running))
        (folder / "staticfiles").mkdir(parents=True)
        certificate(folder)
        plain, tls = free_port(), free_port()
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (
            ("/srv/portal/deploy", str(DEPLOY)),
            ("/srv/portal/staticfiles", str(folder / "staticfiles")),
            ("/etc/ssl/portal", str(folder)),
            ("/var/log/nginx", str(folder)),
            ("unix:/run/portal/web.sock", upstream),
            ("listen 80 ", f"listen 127.0.0.1:{plain} "),
            ("listen 443 ", f"listen 127.0.0.1:{tls} "),
            ("    listen [::]:80 default_server;\n", ""),
            ("    listen [::]:443 ssl http2 default_server;\n", ""),
            *changes,
        ):
            assert old in text
            text = text.replace(old, new)
        (folder / "portal.conf").write_text(text, encoding="utf-8")
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(FRAME.format(folder=folder, user=user), encoding="utf-8")
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        asked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert asked.returncode == 0, asked.stderr
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        wait_until(lambda: listens(tls), "nginx does not answer")
        return SimpleNamespace(folder=folder, plain=plain, tls=tls)

    yield run
    for process in running:
        process.terminate()
        process.wait()


@pytest.fixture
def portal(production, start):
    """nginx in front of the portal with an installation's settings."""
    allowed = {"ALLOWED_HOSTS": [NAME], "TRUSTED_PROXIES": ["127.0.0.1"]}
    with override_settings(**allowed):
        world = small_province()
        server = LiveServer("127.0.0.1")
        nginx = start(f"{server.thread.host}:{server.thread.port}")
        nginx.world = world
        yield nginx
        server.stop()


def context_for(version=None, ciphers="ALL:@SECLEVEL=0"):
    """A client that takes whatever the server offers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def ask(nginx, method, path, data=None, headers=None):
    """The answer to one request over TLS, with its body as text."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", nginx.tls, context=context_for(), source_address=(CLIENT, 0), timeout=PATIENCE
    )
    given = {"Host": NAME, "X-Forwarded-For": FORGED, "Accept-Language": "en"}
    form = {"Content-Type": "application/x-www-form-urlencoded"} if data is not None else {}
    connection.request(method, path, data, given | form | (headers or {}))
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def logs_of(nginx, lines: int) -> str:
    """All that nginx has written to any log, as soon as it is so many lines: it writes one after
    the answer has gone."""

    def told():
        return "".join(path.read_text(errors="replace") for path in nginx.folder.glob("*.log"))

    wait_until(lambda: told().count("\n") >= lines, "nginx does not write its logs")
    return told()


def accepts(nginx, context) -> bool:
    try:
        with (
            socket.create_connection(("127.0.0.1", nginx.tls), timeout=PATIENCE) as bare,
            context.wrap_socket(bare, server_hostname=NAME),
        ):
            return True
    except (ssl.SSLError, ConnectionError):
        return False


# What no client needs any more: without forward secrecy, without authenticated encryption, no
# encryption at all.
WEAK_CIPHERS = ("ECDHE+AES+SHA", "ECDHE+AES+SHA256", "AES+SHA", "AESGCM+kRSA", "eNULL")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def offered(nginx) -> tuple[set, set]:
    """Protocols and groups of weak ciphers that a client may choose."""
    protocols = {
        version
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, *ALIVE)
        if accepts(nginx, context_for(version))
    }
    weak = {
        group
        for group in WEAK_CIPHERS
        if accepts(nginx, context_for(ssl.TLSVersion.TLSv1_2, f"{group}:@SECLEVEL=0"))
    }
    return protocols, weak


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_only_modern_protocols_and_ciphers(start):
    assert offered(start("127.0.0.1:9")) == (ALIVE, set())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_protocols_and_weak_ciphers_are_seen(start):
    """The negative control: the same sample, weakened."""
    strong = next(
        line for line in (DEPLOY / "nginx.conf").read_text().splitlines() if "ssl_ciphers" in line
    )
    weakened = start(
        "127.0.0.1:9",
        [
            ("ssl_protocols TLSv1.2 TLSv1.3", "ssl_protocols TLSv1.1 TLSv1.2 TLSv1.3"),
            (strong, "ssl_ciphers ALL:@SECLEVEL=0;"),
        ],
    )
    protocols, weak = offered(weakened)
    assert protocols == {ssl.TLSVersion.TLSv1_1, *ALIVE}
    assert "ECDHE+AES+SHA" in weak


def test_headers_come_once_and_the_client_is_known(portal):
    sign_in = reverse("accounts:login")
    page = ask(portal, "GET", sign_in)
    assert page.status == 200
    for header in ("Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options"):
        assert len(page.headers.get_all(header)) == 1, header
    assert page.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert page.headers["Server"] == "nginx"
    assert page.headers["Content-Encoding"] is None
    token = page.headers["Set-Cookie"].split(";")[0]
    assert token.startswith("csrftoken=") and "; Secure" in page.headers["Set-Cookie"]
    posted = {"username": "county_officer", "password": "wrong"}
    posted["csrfmiddlewaretoken"] = token.partition("=")[2]
    origin = {"Cookie": token, "Referer": f"https://{NAME}{sign_in}"}
    assert ask(portal, "POST", sign_in, urlencode(posted), origin).status == 200
    # The portal counts and notes who really asked, not what was written in the header.
    assert AuditEvent.objects.get(act="user.sign_in_failed").address == CLIENT


def test_without_tls_there_is_only_the_way_to_it(portal):
    connection = http.client.HTTPConnection("127.0.0.1", portal.plain, timeout=PATIENCE)
    connection.request("GET", "/s/410122-1/?a=b", headers={"Host": "foreign.example"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/s/410122-1/?a=b")
    connection.close()


def test_logs_tell_neither_queries_nor_keys_nor_who_gave_a_ballot(portal):
    station = portal.world.brigade.code
    for address in (
        reverse("surveys:station", args=[station]),
        reverse("opinions:unit", args=[station]),
    ):
        assert ask(portal, "GET", f"{address}?code=CANARY").status in (200, 404, 409)
    assert CLIENT not in logs_of(portal, 2)
    voices = (portal.folder / "portal.voices.log").read_text().splitlines()
    assert [line.split()[1] for line in voices] == ["GET", "GET"]
    assert all(len(line.split()) == 3 and ":" not in line for line in voices)
    # The twin: other pages are logged with who and when, but for what opens something.
    ask(portal, "GET", "/stations/?q=CANARY", headers={"Referer": f"https://{NAME}/x?CANARY"})
    for name, args in (
        ("accounts:forgotten-link", ["MQ", "CANARY"]),
        ("campaign:feed", ["CANARY"]),
        ("reports:link", ["CANARY"]),
        ("reports:unsubscribe", ["CANARY"]),
        ("verify:code", ["CANARY"]),
    ):
        ask(portal, "GET", reverse(name, args=args))
    told = logs_of(portal, 8)
    lines = (portal.folder / "portal.log").read_text().splitlines()
    assert len(lines) == 6
    assert all(line.startswith(f"{CLIENT} [") for line in lines)
    assert " GET /stations/ 302 " in lines[0]
    assert "CANARY" not in told and FORGED not in told
    assert station not in told


def test_the_usual_log_tells_all_of_it(start):
    """The negative control: the same sample with nginx's own log format."""
    usual = [("portal.log portal;", "portal.log;"), ("portal.voices.log portal_voices;", "v.log;")]
    nginx = start(f"127.0.0.1:{free_port()}", usual)
    for address in ("/s/410122-1/", "/reports/link/CANARY/", "/stations/?q=CANARY"):
        ask(nginx, "GET", address)
    told = logs_of(nginx, 3)
    assert told.count("CANARY") == 2
    assert told.count(CLIENT) == 3
    assert "410122-1" in told


def test_a_portal_that_does_not_answer_is_explained_and_nobody_is_named(start):
    nginx = start(f"127.0.0.1:{free_port()}")
    for address in ("/s/410122-1/?code=CANARY", "/o/410122-1/"):
        answer = ask(nginx, "POST", address, "q1=A")
        assert answer.status == 502
        assert "平台暂时没有响应" in answer.text
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    told = logs_of(nginx, 2)
    # The error's page is another place than the ballot's: it must not tell more.
    assert told.count(" GET 502") == 2
    for secret in ("CANARY", CLIENT, "410122-1"):
        assert secret not in told


def test_uploads_fit_and_what_is_too_large_is_explained(start):
    nginx = start(f"127.0.0.1:{free_port()}")
    line = next(x for x in (nginx.folder / "portal.conf").read_text().splitlines() if "_max_" in x)
    allowed = int(line.split()[1].removesuffix("m;"))
    (possible,) = (x for x in UploadLimits._meta.constraints if x.name == "upload_limits_possible")
    largest = dict(possible.condition.children)["megabytes__range"][1]
    assert allowed > largest
    length = {"Content-Length": str(allowed * 1024**2 + 1)}
    answer = ask(nginx, "POST", "/stations/", "", length)
    assert answer.status == 413
    assert "文件太大" in answer.text and "too large" in answer.text


def test_static_files_are_kept_and_stored_files_are_never_served(portal):
    static = portal.folder / "staticfiles"
    (static / "app.0123456789ab.js").write_text("1")
    (static / "app.js").write_text("1")
    kept = ask(portal, "GET", "/static/app.0123456789ab.js")
    assert (kept.status, kept.headers["Cache-Control"]) == (
        200,
        "public, max-age=315360000, immutable",
    )
    assert ask(portal, "GET", "/static/app.js").headers["Cache-Control"] == "public, max-age=60"
    for address in (
        "/media/evidence/x.jpg",
        "/var/media/x.jpg",
        "/static../portal.conf",
        "/503.html",
    ):
        assert ask(portal, "GET", address).status in (400, 404), address
