"""Open sign-ins: their life, and how they end. Times are real, in the demonstration too."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from accounts import audit
from accounts.models import SecurityRules, SignIn, User

# Where a session keeps its sign-in, and when it was last noted as used (in seconds).
SIGN_IN, SEEN = "sign_in", "seen"
# Use is noted once in so many seconds, not with every request.
NOTED_EVERY = 60


@transaction.atomic
def begin(*, person: User, session, address: str, browser: str, now: datetime) -> SignIn:
    """Note a sign-in with the (already renewed) session; ends the others where the rules allow
    one only."""
    rules = SecurityRules.in_force()
    row = SignIn.objects.create(
        user=person,
        session_key=session.session_key,
        began_at=now,
        seen_at=now,
        address=address or None,
        browser=browser[:200],
    )
    session[SIGN_IN] = row.pk
    _note(session, rules, now)
    if rules.one_session:
        _end(person.sign_ins.exclude(pk=row.pk))
    return row


def seen(*, session, now: datetime) -> None:
    """Note that a session is in use, and put off its end; called with every request."""
    if SIGN_IN not in session or now.timestamp() - session.get(SEEN, 0) < NOTED_EVERY:
        return
    _note(session, SecurityRules.in_force(), now)
    SignIn.objects.filter(pk=session[SIGN_IN]).update(seen_at=now)


def _note(session, rules, now):
    session[SEEN] = int(now.timestamp())
    session.set_expiry(timedelta(minutes=rules.idle_minutes))


def follow(session) -> None:
    """The session has a new key (after a change of password): the sign-in goes on under it."""
    if SIGN_IN in session:
        SignIn.objects.filter(pk=session[SIGN_IN]).update(session_key=session.session_key)


def open_sign_ins(person: User):
    """The sign-ins of `person` whose session lives, last used first."""
    return person.sign_ins.filter(Exists(Session.objects.filter(pk=OuterRef("session_key"))))


@transaction.atomic
def end_sign_in(*, sign_in: SignIn, by: User, now: datetime) -> None:
    """End one of one's own sign-ins."""
    _end(SignIn.objects.filter(pk=sign_in.pk))
    audit.record(by=by, act="user.signed_out_elsewhere", target=by, now=now, after={"count": 1})


@transaction.atomic
def end_other_sign_ins(*, session, by: User, now: datetime) -> int:
    """End all of one's own sign-ins besides the one of `session`; how many."""
    count = _end(by.sign_ins.exclude(pk=session.get(SIGN_IN)))
    audit.record(by=by, act="user.signed_out_elsewhere", target=by, now=now, after={"count": count})
    return count


def end_all(person: User) -> None:
    """Rights or password have changed: whoever is signed in as `person` signs in again."""
    User.objects.filter(pk=person.pk).update(session_round=F("session_round") + 1)
    _end(SignIn.objects.filter(user=person))


def _end(rows) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    SignIn.objects.filter(session_key__in=keys).delete()
    return len(keys)


def forget_ended() -> None:
    """Delete the sign-ins whose session has ended."""
    SignIn.objects.exclude(session_key__in=Session.objects.values("pk")).delete()
