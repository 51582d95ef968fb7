"""Signing in: lock-out, passwords, the second factor, open sessions, forgotten passwords."""

import re
import time
from datetime import timedelta

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AuditEvent, SecurityRules, SignIn, User
from accounts.services import second_factor, sign_ins
from accounts.services.passwords import change_password
from deliveries.models import Delivery
from tests.factories import NOW, PASSWORD, small_province

pytestmark = pytest.mark.django_db
DESK, SIGN_IN = "/desk/", "/accounts/sign-in/"
NEW = "Sunny-Day-77"


@pytest.fixture
def world(settings):
    # The test runner puts a backend of its own here.
    settings.EMAIL_BACKEND = "deliveries.backends.LedgerBackend"
    return small_province()


def signed_in(name="county_officer", password=PASSWORD, **extra):
    """A browser in which somebody has signed in with the password."""
    browser = Client(**extra)
    browser.first = browser.post(SIGN_IN, {"username": name, "password": password})
    return browser


def opens(browser):
    return browser.get(DESK).status_code == 200


def rules(**values):
    SecurityRules.objects.update_or_create(pk=1, defaults=values)


def acts(name):
    return AuditEvent.objects.filter(act=name).count()


# --- nothing but an act writes to an account ------------------------------------------------------


def test_signing_in_leaves_the_hash_as_it_is(world, settings):
    """A better recipe waits for the next change of password: the trail vouches for the hash."""
    person = world.county_officer
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = person.password
    assert opens(signed_in())
    person.refresh_from_db()
    assert person.password == before
    # The control: Django's own check writes it anew.
    assert AbstractBaseUser.check_password(person, PASSWORD)
    person.refresh_from_db()
    assert person.password != before


# --- lock-out -------------------------------------------------------------------------------------


def test_five_wrong_passwords_lock_the_name_from_there_and_nowhere_else(world):
    guesser, owner = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "198.51.100.4"}
    answers = [signed_in(password="guess", **guesser).first.status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    # The right password does not help who is locked out; the owner is not locked out.
    assert signed_in(**guesser).first.status_code == 429
    assert opens(signed_in(**owner))
    assert acts("user.sign_in_failed") == 6


def test_a_name_that_nobody_has_is_locked_alike(world):
    answers = [signed_in("nobody").first.status_code for _ in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]


def test_without_the_lock_a_sixth_guess_is_heard(world, settings):
    """The negative control: five failures alone stop nobody."""
    settings.AXES_ENABLED = False
    for _ in range(5):
        signed_in(password="guess")
    assert opens(signed_in())


def test_the_lock_opens_by_itself_and_by_a_system_administrator(world, client):
    rules(lock_after=2, lock_minutes=30)
    for _ in range(2):
        signed_in(password="guess")
    assert signed_in().first.status_code == 429
    client.force_login(world.system_admin)
    address = reverse("accounts:unlock", args=[world.county_officer.pk])
    client.post(address, {"reason": ""})
    assert signed_in().first.status_code == 429
    client.post(address, {"reason": "本人来电核实"})
    assert opens(signed_in())
    assert AuditEvent.objects.get(act="user.unlocked").reason == "本人来电核实"


# --- passwords ------------------------------------------------------------------------------------


def try_password(browser, new, old=PASSWORD):
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return browser.post(reverse("accounts:password"), form)


@pytest.mark.parametrize(
    "new",
    [
        "Abc-123",  # seven characters
        "onlysmallletters",  # one kind
        "smallandbig-",  # two kinds
        PASSWORD,  # the present one
    ],
)
def test_a_password_against_the_rules_is_refused(world, new):
    browser = signed_in()
    assert try_password(browser, new).status_code == 200
    assert User.objects.get(username="county_officer").check_password(PASSWORD)


def test_a_password_within_the_rules_is_taken_and_the_session_goes_on(world):
    here, elsewhere = signed_in(), signed_in()
    assert try_password(here, NEW).status_code == 302
    assert opens(here)
    assert not opens(elsewhere)
    assert opens(signed_in(password=NEW))


def test_the_last_passwords_are_not_taken_again_and_older_ones_are(world):
    rules(password_history=2)
    person, old = world.county_officer, PASSWORD
    for number in range(3):
        change_password(person=person, password=f"{NEW}-{number}", now=NOW, real_now=timezone.now())
        old = f"{NEW}-{number}"
    browser = signed_in(password=old)
    assert try_password(browser, f"{NEW}-1", old).status_code == 200
    assert try_password(browser, f"{NEW}-0", old).status_code == 302


def test_a_password_of_ninety_days_must_be_changed_first(world):
    for days, duty in ((89, False), (90, True)):
        set_at = timezone.now() - timedelta(days=days)
        User.objects.filter(username="county_officer").update(password_set_at=set_at)
        browser = signed_in()
        assert opens(browser) is not duty
    assert browser.get(DESK).url.startswith(reverse("accounts:password"))
    assert acts("user.password_expired") == 1
    try_password(browser, NEW)
    assert opens(browser)


# --- sessions -------------------------------------------------------------------------------------


def test_idle_for_the_time_of_the_rules_ends_a_session(world):
    rules(idle_minutes=10)
    browser = signed_in()
    session = Session.objects.get()
    left = session.expire_date - timezone.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not opens(browser)


def test_use_puts_the_end_off_and_is_noted_once_a_minute(world):
    browser = signed_in()
    ends = Session.objects.get().expire_date
    opens(browser)
    assert Session.objects.get().expire_date == ends
    session = browser.session
    session[sign_ins.SEEN] -= 61
    session.save()
    assert opens(browser)
    assert Session.objects.get().expire_date > ends
    assert SignIn.objects.get().seen_at > SignIn.objects.get().began_at


def test_one_signs_out_elsewhere_and_stays_here(world):
    here, phone, office = signed_in(), signed_in(), signed_in(HTTP_USER_AGENT="WPS")
    page = here.get(reverse("accounts:own-sign-in"))
    assert {row.browser for row in page.context["rows"]} == {"", "WPS"}
    row = SignIn.objects.get(browser="WPS")
    here.post(reverse("accounts:sign-in-end", args=[row.pk]))
    assert [opens(browser) for browser in (here, phone, office)] == [True, True, False]
    here.post(reverse("accounts:sign-ins-end"))
    assert [opens(browser) for browser in (here, phone)] == [True, False]
    assert len(here.get(reverse("accounts:own-sign-in")).context["rows"]) == 1


def test_nobody_ends_somebody_elses_sign_in(world):
    mine, theirs = signed_in(), signed_in("station_officer")
    row = SignIn.objects.get(user=world.station_officer)
    assert mine.post(reverse("accounts:sign-in-end", args=[row.pk])).status_code == 404
    assert opens(theirs)


def test_one_sign_in_at_a_time_where_the_rules_say_so(world):
    first = signed_in()
    assert opens(signed_in())
    assert opens(first)  # not by default
    rules(one_session=True)
    last = signed_in()
    assert [opens(first), opens(last)] == [False, True]


def test_what_is_noted_of_ended_sessions_goes(world):
    browser = signed_in()
    signed_in()
    browser.post(reverse("accounts:logout"))
    sign_ins.forget_ended()
    assert SignIn.objects.count() == 1


# --- the second factor ----------------------------------------------------------------------------


def code_of(device, steps=0):
    """What the app shows, so many steps of thirty seconds from now."""
    totp = TOTP(device.bin_key)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def set_up(person):
    """Set up by the service: the device and the recovery codes."""
    device = second_factor.pending_device(person, NOW)
    return second_factor.confirm(person=person, code=code_of(device, -1), now=NOW)


def show(browser, code):
    return browser.post(reverse("accounts:second-factor"), {"code": code})


def test_the_password_alone_opens_nothing_once_there_is_a_second_factor(world):
    device, _codes = set_up(world.county_officer)
    browser = signed_in()
    led_to = browser.get("/stations/?q=1")
    assert led_to.url == "/accounts/second-factor/?next=%2Fstations%2F%3Fq%3D1"
    # Neither do the pages of the sign-in itself, which could take the factor away.
    for name in ("own-sign-in", "second-factor-set-up", "password"):
        assert browser.get(reverse(f"accounts:{name}")).url.startswith("/accounts/second-factor/")
    for name in ("recovery-codes", "second-factor-give-up", "switch"):
        assert browser.post(reverse(f"accounts:{name}")).url.startswith("/accounts/second-factor/")
    assert show(browser, "000000").status_code == 200
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert show(browser, code_of(device)).status_code == 302
    assert opens(browser)


def test_a_code_opens_once_and_a_wrong_one_makes_the_next_wait(world):
    device, _codes = set_up(world.county_officer)
    first, second = signed_in(), signed_in()
    code = code_of(device)
    show(first, code)
    show(second, code)
    assert [opens(first), opens(second)] == [True, False]
    # The wrong answer above has closed the door for a second, for the right code too.
    show(second, code_of(device, 1))
    assert not opens(second)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    show(second, code_of(device, 1))
    assert opens(second)


def test_a_recovery_code_opens_once_and_is_kept_as_a_hash(world):
    _device, codes = set_up(world.county_officer)
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(set(codes)) == len(kept) == 10
    assert not kept & {code.replace("-", "") for code in codes}
    first, second = signed_in(), signed_in()
    show(first, codes[3].upper())
    show(second, codes[3])
    assert [opens(first), opens(second)] == [True, False]
    assert AuditEvent.objects.get(act="user.recovery_code_used").values_after == {"left": 9}


def test_the_province_demands_it_of_a_role(world):
    rules(second_factor_roles=["county_officer"])
    assert opens(signed_in("station_officer"))
    browser = signed_in()
    assert browser.get(DESK).url.startswith("/accounts/second-factor/set-up/")
    page = browser.get(reverse("accounts:second-factor-set-up"))
    assert page.context["picture"].startswith("data:image/svg+xml")
    code = code_of(TOTPDevice.objects.get())
    codes = browser.post(reverse("accounts:second-factor-set-up"), {"code": code}).context["codes"]
    assert len(codes) == 10
    assert opens(browser)
    # Who must have it cannot give it up; without the demand, they can.
    assert browser.post(reverse("accounts:second-factor-give-up")).status_code == 403
    rules(second_factor_roles=[])
    assert browser.post(reverse("accounts:second-factor-give-up")).status_code == 302
    assert opens(signed_in())


def test_a_lost_phone_is_helped_by_a_system_administrator_with_a_reason(world, client):
    set_up(world.county_officer)
    browser = signed_in()
    client.force_login(world.system_admin)
    address = reverse("accounts:second-factor-remove", args=[world.county_officer.pk])
    client.post(address, {"reason": "手机丢失，已当面核实"})
    assert not opens(browser)
    assert opens(signed_in())
    assert AuditEvent.objects.get(act="user.second_factor_removed").reason


# --- a forgotten password -------------------------------------------------------------------------


def ask(client, email):
    return client.post(reverse("accounts:forgotten"), {"email": email}, follow=True)


def link_in(delivery):
    return re.search(r"https?://[^/]+(/\S+)", delivery.text)[1]


def choose(client, address, password=NEW):
    form = client.get(address, follow=True)
    if not form.context["validlink"]:
        return None
    return client.post(
        form.redirect_chain[-1][0], {"new_password1": password, "new_password2": password}
    )


def test_a_forgotten_password_is_renewed_by_a_link_that_opens_once(world, client, settings):
    settings.PORTAL_URL = "https://portal.example"
    browser = signed_in()
    client.defaults["HTTP_HOST"] = "localhost"
    ask(client, "County_Officer@example.com")
    mail = Delivery.objects.get()
    assert (mail.address, mail.kind) == ("county_officer@example.com", "secret")
    assert "https://portal.example/accounts/forgotten/" in mail.text
    assert choose(client, link_in(mail)).status_code == 302
    assert opens(signed_in(password=NEW))
    assert not opens(browser)
    assert choose(client, link_in(mail)) is None


def test_the_mail_ledger_never_shows_the_link(world, client):
    ask(client, "county_officer@example.com")
    client.force_login(world.province_admin)
    mail = Delivery.objects.get()
    page = client.get(reverse("deliveries:detail", args=[mail.pk])).content.decode()
    assert mail.subject in page
    assert "forgotten/" not in page
    # Any other message is shown.
    Delivery.objects.update(kind="other")
    page = client.get(reverse("deliveries:detail", args=[mail.pk])).content.decode()
    assert "forgotten/" in page


def test_nothing_tells_whether_an_address_is_known(world, client):
    User.objects.filter(username="station_officer").update(is_active=False)
    pages = [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", ask(client, email).content.decode())
        for email in ("county_officer@example.com", "x@example.com", "station_officer@example.com")
    ]
    assert pages[0] == pages[1] == pages[2]
    assert Delivery.objects.count() == 1


def test_a_letter_box_is_not_filled_by_others(world):
    for number in range(5):
        ask(Client(REMOTE_ADDR=f"203.0.113.{number}"), "county_officer@example.com")
    assert Delivery.objects.count() == 3


def test_the_second_factor_stands_after_a_reset(world, client):
    set_up(world.county_officer)
    ask(client, "county_officer@example.com")
    choose(client, link_in(Delivery.objects.get()))
    assert not opens(signed_in(password=NEW))


# --- the rules' page ------------------------------------------------------------------------------


def form_of(page, name):
    form = page.context[name]
    values = {bound.html_name: bound.value() for bound in form}
    return {key: value for key, value in values.items() if value not in (None, False)}


def test_rules_and_limits_are_changed_with_an_event_each(world, client):
    client.force_login(world.system_admin)
    page = client.get(reverse("accounts:rules"))
    form = form_of(page, "form") | {"lock_after": 3, "second_factor_roles": ["auditor"]}
    assert client.post(reverse("accounts:rules"), form).status_code == 302
    event = AuditEvent.objects.get(act="rules.changed")
    assert event.before == {"lock_after": 5, "second_factor_roles": []}
    assert event.values_after == {"lock_after": 3, "second_factor_roles": ["auditor"]}
    # The same form again was opened before the change: it is told, and its input kept.
    answer = client.post(reverse("accounts:rules"), form | {"lock_after": 9})
    assert answer.status_code == 200
    assert answer.context["form"]["lock_after"].value() == "9"
    assert SecurityRules.in_force().lock_after == 3

    limits = form_of(page, "limits") | {"sign_in.limit": 7}
    assert client.post(reverse("accounts:limits"), limits).status_code == 302
    event = AuditEvent.objects.filter(act="rules.changed").latest("pk")
    assert (event.before, event.values_after) == ({"limit": 60}, {"limit": 7})


@pytest.mark.parametrize(("name", "value"), [("retention_months", 5), ("password_length", 7)])
def test_what_the_law_or_sense_forbids_cannot_be_set(world, client, name, value):
    client.force_login(world.system_admin)
    form = form_of(client.get(reverse("accounts:rules")), "form") | {name: value}
    answer = client.post(reverse("accounts:rules"), form)
    assert answer.context["form"].errors.keys() == {name}
    assert not SecurityRules.objects.exists()


# --- moving ---------------------------------------------------------------------------------------


def test_a_moved_officer_becomes_the_officer_of_the_new_kind_of_unit(world, client):
    client.force_login(world.system_admin)
    row = world.county_officer.memberships.get()
    address = reverse("accounts:role-move", args=[world.county_officer.pk, row.pk])
    client.post(address, {"organisation": "410200", "reason": ""})
    assert world.county_officer.memberships.filter(active=True).get() == row
    client.post(address, {"organisation": "410200", "reason": "调任"})
    new = world.county_officer.memberships.filter(active=True).get()
    assert (new.organisation.code, new.role) == ("410200", "prefecture_officer")
    assert [acts("user.role_ended"), acts("user.role_added")] == [1, 1]


def test_a_move_to_where_the_role_does_not_exist_changes_nothing(world, client):
    client.force_login(world.system_admin)
    row = world.county_assessor.memberships.get()
    address = reverse("accounts:role-move", args=[world.county_assessor.pk, row.pk])
    client.post(address, {"organisation": "410122-1", "reason": "调任"})
    assert world.county_assessor.memberships.filter(active=True).get() == row
    assert acts("user.role_ended") == 0
