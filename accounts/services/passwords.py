"""A person's own password."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import PasswordRecord, SecurityRules, User
from accounts.services import sign_ins
from common.throttle import count, scope

# So that nobody's letter box is filled by somebody else.
LINKS = scope(
    "password_links", gettext_lazy("password links to one account"), limit=3, seconds=3600
)


@transaction.atomic
def change_password(*, person: User, password: str, now: datetime, real_now: datetime) -> None:
    """Set the password that the person chose (validated by the form); all sessions end, besides
    the one whose seal the caller renews."""
    set_password(person, password, real_now=real_now, given=False)
    audit.record(by=person, act="user.password_changed", target=person, now=now)


@transaction.atomic
def renew_forgotten(*, person: User, password: str, now: datetime, real_now: datetime) -> None:
    """Set the password that the person chose by the link of a mail; all sessions end."""
    set_password(person, password, real_now=real_now, given=False)
    audit.record(by=person, act="user.password_reset", target=person, now=now)


def set_password(person: User, password: str, *, real_now: datetime, given: bool) -> None:
    """Set a password and remember it. `given`: by somebody else, so it must be changed first."""
    person.set_password(password)
    person.must_change_password = given
    person.password_set_at = real_now
    person.save(update_fields=["password", "must_change_password", "password_set_at"])
    PasswordRecord.objects.create(user=person, password=person.password)
    sign_ins.end_all(person)
    person.refresh_from_db(fields=["session_round"])


def was_used(person: User, password: str) -> bool:
    """True when `password` is the present one or among the last of the rules' history."""
    history = SecurityRules.in_force().password_history
    if not history:
        return False
    former = person.former_passwords.order_by("-pk").values_list("password", flat=True)[:history]
    return any(check_password(password, known) for known in {person.password, *former})


@transaction.atomic
def demand_change_when_old(*, person: User, now: datetime, real_now: datetime) -> None:
    """At sign-in: a password older than the rules allow must be changed first. The known
    passwords of the demonstration do not age."""
    days = SecurityRules.in_force().password_days
    set_at = person.password_set_at or person.date_joined
    if not days or person.is_demonstration or person.must_change_password:
        return
    if set_at + timedelta(days=days) <= real_now:
        person.must_change_password = True
        person.save(update_fields=["must_change_password"])
        audit.record(by=None, act="user.password_expired", target=person, now=now)


@transaction.atomic
def mail_links(*, email: str, now: datetime) -> None:
    """Send every account with this address a link to choose a new password (through the mail
    ledger, which keeps its text from readers). Nothing happens for an address that nobody has."""
    people = User.objects.filter(email__iexact=email, is_active=True).order_by("pk")
    if not settings.DEMONSTRATION:
        people = people.filter(is_demonstration=False)
    for person in people:
        if not count(LINKS, str(person.pk)).is_over:
            _mail_link(person)
            audit.record(by=None, act="user.password_link_sent", target=person, now=now)


def _mail_link(person):
    place = {
        "uidb64": urlsafe_base64_encode(force_bytes(person.pk)),
        "token": default_token_generator.make_token(person),
    }
    # SECURITY: the link's host is our own, never one that a request names.
    link = settings.PORTAL_URL + reverse("accounts:forgotten-link", kwargs=place)
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    with translation.override(person.language):
        context = {"person": person, "link": link, "minutes": minutes}
        EmailMessage(
            _("A new password for the portal of the grassroots stations"),
            render_to_string("accounts/mail/forgotten.txt", context),
            to=[person.email],
            headers={"X-Portal-Confidential": "1"},
        ).send()
