"""The on-site form in a real browser: the line cut, the page reloaded, the server killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from evaluations.models import (
    AcceptancePlan,
    CheckScore,
    Evidence,
    InspectionTeam,
    Inspector,
    PlannedVisit,
    SiteChange,
)
from tests.browser.test_walk import PNG
from tests.browser.walking import follow, new_page
from tests.conftest import find_chromium
from tests.factories import small_province
from tests.patience import free_port, listens, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = date(2014, 10, 25)


class Server:
    """A real server process upon the test's database, that can be killed and started again."""

    def __init__(self, port):
        self.port, self.process = port, None
        self.url = f"http://127.0.0.1:{port}"

    def start(self):
        database = connection.settings_dict
        address = f"sqlite:///{database['NAME']}"
        if connection.vendor == "postgresql":
            address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "config.wsgi",
                "--threads=4",
                f"--bind=127.0.0.1:{self.port}",
            ],
            cwd=settings.BASE_DIR,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.browser.served_settings",
                "DATABASE_URL": address,
                "SERVED_MEDIA": str(settings.STORAGES["default"]["OPTIONS"]["location"]),
            },
        )
        wait_until(self.answers_or_died, "the server does not answer")
        assert self.process.poll() is None, "the server did not start"

    def answers_or_died(self):
        return self.process.poll() is not None or listens(self.port)

    def kill(self):
        """As a power cut does: all processes at once, without a goodbye."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def server():
    server = Server(free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def world():
    world = small_province()
    plan = AcceptancePlan.objects.create(campaign=world.campaign, authority=world.prefecture)
    team = InspectionTeam.objects.create(plan=plan, number=1)
    team.members.set(Inspector.objects.filter(pool=world.prefecture, name__in=("A", "B")))
    for enrolment in (world.brigade_enrolment, world.township_enrolment):
        PlannedVisit.objects.create(plan=plan, enrolment=enrolment, team=team, day=DAY)
    return world


@pytest.fixture
def device(browser, server, world):
    """A phone on which the prefecture's officer is signed in."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    client = Client()
    client.force_login(world.prefecture_officer)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}]
    )
    page = new_page(context)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda m: page.complaints.append(m.text) if "Content Security" in m.text else None,
    )
    yield page
    context.close()
    assert page.complaints == []


def go(page, server, enrolment):
    """Open the form, take the day along, wait until the worker keeps the page; open a check."""
    page.goto(server.url + reverse("evaluations:onsite"))
    page.wait_for_selector("#onsite[data-ready=yes]")
    page.evaluate("navigator.serviceWorker.ready")
    page.click(f"#onsite-view a[href='#{enrolment.pk}']")
    page.wait_for_selector(".onsite-criterion")


def record(page, criterion, deduction, reason=""):
    card = f"#criterion-{criterion.pk}"
    if reason:
        page.fill(f"{card} [name=reason]", reason)
    page.fill(f"{card} [name=deduction]", deduction)
    page.press(f"{card} [name=deduction]", "Tab")
    # On the device at least, be it waiting or confirmed: what is asserted next is not too early.
    until(
        page,
        """async ([id, deduction, reason]) => {
        const { checks, queue } = await window.onsite.store.read();
        const kept = checks.flatMap((check) => check.criteria).filter((row) => row.id === id);
        const mine = queue.filter((entry) => entry.criterion === id);
        return [...kept, ...mine].some((row) => row.reason === reason
          && Number(row.deduction || "NaN") === Number(deduction));
        }""",
        [criterion.pk, deduction, reason],
    )


def photograph(page, criterion, path):
    """Take a photo, and wait until the device keeps it: it is made smaller first."""
    page.set_input_files(f"#criterion-{criterion.pk} [name=photos]", path)
    until(
        page,
        """async (id) => (await window.onsite.store.read()).queue.some(
        (entry) => entry.criterion === id && entry.photos.length)""",
        criterion.pk,
    )


def waiting(page, number):
    """The bar shows it, and shows what the device holds and not what it held a moment ago."""
    until(
        page,
        """async (number) => {
        const { queue } = await window.onsite.store.read();
        const held = queue.filter((entry) => entry.state === "waiting" && entry.ready).length;
        const shown = document.getElementById("onsite-bar").dataset.waiting;
        return held === number && shown === String(number);
        }""",
        number,
    )


def until(page, holds, argument):
    """Ask the page until the asynchronous function `holds` says yes."""
    wait_until(lambda: page.evaluate(holds, argument), f"never came true: {holds} {argument}")


def criteria(world):
    return list(world.campaign.standards.get().criteria())


def values(world):
    rows = CheckScore.objects.filter(check_of__enrolment=world.brigade_enrolment)
    return [(str(row.deduction), row.reason, row.revision) for row in rows]


@contextmanager
def own_browser(browser, profile):
    """A browser process of its own, whose memory lies in the folder `profile`."""
    context = browser.browser_type.launch_persistent_context(
        profile,
        executable_path=find_chromium(),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        locale="zh-CN",
        viewport={"width": 360, "height": 740},
    )
    yield context
    with suppress(PlaywrightError):  # of one that was killed there is nothing left to close
        context.close()


def signed_in(context, server, user):
    client = Client()
    client.force_login(user)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}]
    )
    return new_page(context)


def kill_browser(profile) -> int:
    """SIGKILL to every process that works on the profile; how many there were."""
    mark, killed = f"--user-data-dir={profile}".encode(), 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
    return killed


def test_check_arrives_whole_and_once_through_every_mishap(world, server, device, tmp_path):
    page = device
    first, second, third = criteria(world)
    go(page, server, world.brigade_enrolment)
    record(page, first, "0.5", "台账不全")
    waiting(page, 0)
    # The line is cut in mid-check: the inspector goes on.
    page.context.set_offline(True)
    record(page, second, "0")
    (tmp_path / "photo.png").write_bytes(PNG)
    photograph(page, third, tmp_path / "photo.png")
    record(page, third, "1.5", "办事指南未上墙")
    waiting(page, 2)
    # The page is reloaded without a line, and so is the whole browser's memory of it.
    page.reload()
    page.wait_for_selector(".onsite-criterion")
    expect(page.locator(f"#criterion-{third.pk} [name=reason]")).to_have_value("办事指南未上墙")
    # The server dies; the line comes back before the server does.
    server.kill()
    page.context.set_offline(False)
    page.click("[data-is=send]")
    waiting(page, 2)
    # The first answer is lost on its way: the change is at the server, the device does not know.
    lost = []

    def lose_the_first(route):
        answer = route.fetch()
        if not lost:
            lost.append(answer.status)
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route("**/change/", lose_the_first)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/change/")):
        server.start()
        page.evaluate("document.querySelector('[data-is=send]').click()")
    assert lost == [200]
    page.reload()
    page.wait_for_selector(".onsite-criterion")
    waiting(page, 0)
    expect(page.locator("#onsite-bar")).to_have_attribute("data-conflicts", "0")
    assert values(world) == [
        ("0.5", "台账不全", 1),
        ("0.0", "", 1),
        ("1.5", "办事指南未上墙", SiteChange.objects.filter(criterion=third).count()),
    ]
    assert Evidence.objects.count() == 1
    assert SiteChange.objects.values("key").distinct().count() == SiteChange.objects.count()


@pytest.mark.one_database
def test_what_is_recorded_while_an_attempt_ends_is_sent(world, server, device):
    """It has looked through the queue and shows what is left, when a change comes in."""
    page, enrolment = device, world.brigade_enrolment
    first, *_rest = criteria(world)
    go(page, server, enrolment)
    page.evaluate(
        """async ([enrolment, criterion]) => {
        const { store, show, sendAll } = window.onsite;
        await sendAll();
        let shown = 0; // once when the line is known, once at the end
        window.onsite.show = async () => {
          shown += 1;
          if (shown === 2) {
            const on = (await store.read()).about.today;
            const values = { deduction: "0.5", reason: "台账不全", note: "", on, ready: true };
            await store.record(enrolment, criterion, values, []);
            sendAll();
          }
          return show();
        };
        await sendAll();
        }""",
        [enrolment.pk, first.pk],
    )
    waiting(page, 0)
    assert values(world)[0] == ("0.5", "台账不全", 1)


def test_without_the_key_the_same_mishap_goes_wrong(world, server, device):
    """The negative control: a device that makes a new key for each attempt meets itself."""
    page = device
    first, *_rest = criteria(world)
    go(page, server, world.brigade_enrolment)
    lost = []

    def lose_the_first(route):
        answer = route.fetch()
        if lost:
            route.fulfill(response=answer)
        else:
            lost.append(answer.status)
            route.abort()

    page.route("**/change/", lose_the_first)
    page.evaluate(
        """() => { const append = FormData.prototype.append;
        FormData.prototype.append = function (name, ...rest) {
          if (name === "key") rest = [crypto.randomUUID()];
          return append.call(this, name, ...rest); }; }"""
    )
    record(page, first, "0.5", "台账不全")
    page.wait_for_function("() => document.querySelector('#onsite-bar').dataset.line === 'offline'")
    page.evaluate("document.querySelector('[data-is=send]').click()")
    page.wait_for_selector("#onsite-bar[data-conflicts='1']")


def test_conflict_is_shown_side_by_side_and_decided_by_the_inspector(world, server, device):
    page = device
    first, second, _third = criteria(world)
    go(page, server, world.brigade_enrolment)
    record(page, first, "0")
    record(page, second, "0")
    waiting(page, 0)
    page.context.set_offline(True)
    record(page, first, "1", "我的")
    record(page, second, "1", "我的")
    CheckScore.objects.filter(check_of__enrolment=world.brigade_enrolment, deduction=0).update(
        deduction=2, reason="别人的", revision=2
    )
    page.context.set_offline(False)
    page.wait_for_selector("#onsite-bar[data-conflicts='2']")
    card = f"#criterion-{first.pk}"
    expect(page.locator(f"{card} [data-is=mine-reason]")).to_have_text("我的")
    expect(page.locator(f"{card} [data-is=theirs-reason]")).to_have_text("别人的")
    page.click(f"{card} [data-is=keep]")
    page.click(f"#criterion-{second.pk} [data-is=take]")
    page.wait_for_selector("#onsite-bar[data-conflicts='0'][data-waiting='0']")
    assert values(world)[:2] == [("1.0", "我的", 3), ("2.0", "别人的", 2)]
    expect(page.locator(f"#criterion-{second.pk} [name=reason]")).to_have_value("别人的")


@pytest.mark.one_database
def test_bad_values_stay_on_the_device_and_signing_out_wipes_it(world, server, device):
    page = device
    first, *_rest = criteria(world)
    go(page, server, world.brigade_enrolment)
    record(page, first, "0.7", "x")
    page.wait_for_selector(f"#criterion-{first.pk}[data-state=open]")
    expect(page.locator(f"#criterion-{first.pk} [data-is=problem]")).not_to_be_empty()
    page.reload()
    page.wait_for_selector(".onsite-criterion")
    expect(page.locator(f"#criterion-{first.pk} [name=deduction]")).to_have_value("0.7")
    assert not SiteChange.objects.exists()
    asked = []
    leave = "document.querySelector('form[data-sign-out]').requestSubmit()"
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.evaluate(leave)
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.evaluate(leave)
    page.wait_for_url(server.url + "/")
    assert len(asked) == 2
    # What a page still holds goes when that page does, which may be a moment later.
    until(
        page,
        """async () => !(await indexedDB.databases()).some((base) => base.name === "onsite")
        && !(await caches.keys()).length
        && !(await navigator.serviceWorker.getRegistrations()).length""",
        None,
    )
    page.complaints.clear()  # the database was pulled from under the page that was being left


@pytest.mark.one_database
def test_the_same_form_works_on_line_without_javascript(world, server, browser):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    client = Client()
    client.force_login(world.prefecture_officer)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}]
    )
    page = new_page(context)
    page.goto(f"{server.url}{reverse('evaluations:onsite')}?day=2014-10-25")
    follow(page, f"#onsite-plain a[href$='/{world.brigade_enrolment.pk}/acceptance/']")
    for criterion in criteria(world):
        page.fill(f"[name=value_{criterion.pk}]", "0")
    page.fill(f"[name=note_{criteria(world)[0].pk}]", "带证件")
    follow(page, "main button[type=submit] >> nth=0")
    assert [row[0] for row in values(world)] == ["0.0"] * 3
    assert CheckScore.objects.filter(note="带证件").count() == 1
    context.close()


@pytest.mark.one_database
def test_browser_is_killed_in_mid_check_and_nothing_is_lost(world, server, browser, tmp_path):
    """The whole browser dies without a goodbye (a phone out of power), and so does the server."""
    first, second, third = criteria(world)
    profile = tmp_path / "profile"
    with own_browser(browser, profile) as context:
        page = signed_in(context, server, world.prefecture_officer)
        go(page, server, world.brigade_enrolment)
        record(page, first, "0.5", "台账不全")
        waiting(page, 0)
        context.set_offline(True)
        record(page, second, "0")
        (tmp_path / "photo.png").write_bytes(PNG)
        photograph(page, third, tmp_path / "photo.png")
        record(page, third, "1.5", "办事指南未上墙")
        waiting(page, 2)
        assert kill_browser(profile) > 0
    server.kill()
    assert len(values(world)) == 3 and values(world)[1:] == [("None", "", 0)] * 2
    with own_browser(browser, profile) as context:
        page = new_page(context)
        # No server and no line: the worker gives the page, the device gives the queue.
        page.goto(f"{server.url}{reverse('evaluations:onsite')}#{world.brigade_enrolment.pk}")
        page.wait_for_selector(".onsite-criterion")
        waiting(page, 2)
        expect(page.locator(f"#criterion-{third.pk} [name=reason]")).to_have_value("办事指南未上墙")
        server.start()
        page = signed_in(context, server, world.prefecture_officer)
        page.goto(f"{server.url}{reverse('evaluations:onsite')}#{world.brigade_enrolment.pk}")
        page.wait_for_selector(".onsite-criterion")
        waiting(page, 0)
        expect(page.locator("#onsite-bar")).to_have_attribute("data-conflicts", "0")
    revisions = SiteChange.objects.filter(criterion=third).count()
    assert values(world) == [
        ("0.5", "台账不全", 1),
        ("0.0", "", 1),
        ("1.5", "办事指南未上墙", revisions),
    ]
    assert Evidence.objects.count() == 1
    assert SiteChange.objects.values("key").distinct().count() == SiteChange.objects.count()
