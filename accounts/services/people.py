"""Keeping accounts: who may sign in, and in which roles."""

import secrets
from datetime import datetime

import axes.utils
from axes.models import AccessAttempt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Membership, Organisation, User
from accounts.policies import check_can_manage, check_may
from accounts.roles import KIND_OFFICER, LONE_ROLES, ROLE_KINDS, Permission, Role
from accounts.services.passwords import set_password
from accounts.services.sign_ins import end_all
from common.errors import Incomplete, WrongMoment

PERSON_FIELDS = ("name", "email", "phone")
# Without 0 O 1 l I: the password is read from a screen or a slip of paper.
LETTERS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
INITIAL_LENGTH = 16


class UsernameTaken(WrongMoment):
    """Somebody has this sign-in name already."""


class RoleNotPossible(Incomplete):
    """The person cannot hold this role in this unit; the reason says why."""


def initial_password() -> str:
    """A random password with letters of all three classes, more than 80 bits."""
    alphabet = "".join(LETTERS)
    while True:
        password = "".join(secrets.choice(alphabet) for _place in range(INITIAL_LENGTH))
        if all(set(password) & set(letters) for letters in LETTERS):
            return password


@transaction.atomic
def create_person(
    *, username: str, organisation: Organisation, role: str, by, now: datetime, **values
) -> tuple[User, str]:
    """Create an account with its first membership: the person and the initial password.

    The password is known to the caller alone and must be changed at the first sign-in. An account
    made in demonstration mode is a demonstration account. `values` as `PERSON_FIELDS`.
    """
    check_may(by, Permission.ACCOUNT_MANAGE)
    person, password = _new_account(username=username, by=by, now=now, **values)
    add_membership(person=person, organisation=organisation, role=role, by=by, now=now)
    return person, password


@transaction.atomic
def create_first_person(
    *, username: str, organisation: Organisation, now: datetime, **values
) -> tuple[User, str]:
    """The system administrator by whom all other accounts are made: the person and the initial
    password. Only while there is no account at all; whoever may run commands on the server does it,
    so its events name nobody. `values` as `PERSON_FIELDS`."""
    if User.objects.exists():
        raise WrongMoment(_("There are accounts already; a system administrator adds more."))
    check_role_is_possible(None, organisation, Role.SYSTEM_ADMIN)
    person, password = _new_account(username=username, by=None, now=now, **values)
    row = Membership.objects.create(user=person, organisation=organisation, role=Role.SYSTEM_ADMIN)
    after = {"organisation": organisation.code, "role": row.role}
    audit.record(by=None, act="user.role_added", target=person, now=now, after=after)
    return person, password


def _new_account(*, username, by, now, **values) -> tuple[User, str]:
    password = initial_password()
    person = User(
        username=username,
        is_demonstration=settings.DEMONSTRATION,
        **{name: values[name] for name in PERSON_FIELDS},
    )
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise UsernameTaken(_("Somebody has this sign-in name already.")) from error
    set_password(person, password, real_now=timezone.now(), given=True)
    audit.record(
        by=by, act="user.created", target=person, now=now, after={"username": username, **values}
    )
    return person, password


def record_import(*, by, count: int, now: datetime) -> None:
    """That so many accounts came from one workbook; each of them left its own event."""
    audit.record(by=by, act="users.imported", now=now, after={"count": count})


@transaction.atomic
def change_person(*, person: User, expected_version: int, by, now: datetime, **values) -> User:
    """Change name, e-mail address and phone. Raises `WrongMoment` when somebody else changed the
    account since the form was opened (`expected_version`)."""
    check_can_manage(by, person)
    before = {name: getattr(person, name) for name in PERSON_FIELDS}
    won = User.objects.filter(pk=person.pk, version=expected_version).update(
        version=F("version") + 1, **{name: values[name] for name in PERSON_FIELDS}
    )
    if not won:
        raise WrongMoment(_("Somebody else changed this account while your form was open."))
    changed = [name for name in PERSON_FIELDS if before[name] != values[name]]
    audit.record(
        by=by,
        act="user.changed",
        target=person,
        now=now,
        before={name: before[name] for name in changed},
        after={name: values[name] for name in changed},
    )
    return User.objects.get(pk=person.pk)


@transaction.atomic
def suspend_person(*, person: User, reason: str, by, now: datetime) -> None:
    """Close the account: no sign-in, and every open session ends."""
    _set_active(person, False, "user.suspended", reason=reason, by=by, now=now)


@transaction.atomic
def reactivate_person(*, person: User, reason: str, by, now: datetime) -> None:
    """Open a suspended account again."""
    _set_active(person, True, "user.reactivated", reason=reason, by=by, now=now)


def _set_active(person, active, act, *, reason, by, now):
    check_can_manage(by, person)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    rows = User.objects.filter(pk=person.pk, is_active=not active)
    if not rows.update(is_active=active):
        raise WrongMoment(_("Somebody else was faster. Reload the page to see the present state."))
    end_all(person)
    audit.record(
        by=by,
        act=act,
        target=person,
        now=now,
        before={"active": not active},
        after={"active": active},
        reason=reason,
    )


@transaction.atomic
def renew_password(*, person: User, reason: str, by, now: datetime) -> str:
    """Give a new initial password, for somebody who forgot theirs; all their sessions end."""
    check_can_manage(by, person)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    password = initial_password()
    set_password(person, password, real_now=timezone.now(), given=True)
    audit.record(by=by, act="user.password_renewed", target=person, now=now, reason=reason)
    return password


def check_role_is_possible(person, organisation: Organisation, role: str) -> None:
    """Raise `RoleNotPossible` when the unit knows no such role, or when the role stands alone and
    the person holds another (separation of duties). `person` is None for a new account."""
    if organisation.kind not in ROLE_KINDS[role]:
        raise RoleNotPossible(
            _("There is no %(role)s in a unit of the kind %(kind)s.")
            % {"role": Role(role).label, "kind": organisation.get_kind_display()}
        )
    held = set()
    if person is not None:
        held = set(person.memberships.filter(active=True).values_list("role", flat=True))
    if (held - {role}) and (LONE_ROLES & (held | {role})):
        raise RoleNotPossible(
            _("System administrators and auditors hold no other role: end the present one first.")
        )


@transaction.atomic
def add_membership(
    *, person: User, organisation: Organisation, role: str, by, now: datetime
) -> Membership:
    """Give the person a role in a unit; one that was ended before comes into force again."""
    check_can_manage(by, person)
    # RACE: the person's row is held, so that two people cannot add roles that exclude each other.
    User.objects.select_for_update().get(pk=person.pk)
    check_role_is_possible(person, organisation, role)
    row, created = Membership.objects.get_or_create(
        user=person, organisation=organisation, role=role
    )
    if not created:
        if row.active:
            raise RoleNotPossible(_("The person holds this role in this unit already."))
        Membership.objects.filter(pk=row.pk).update(active=True)
    end_all(person)
    after = {"organisation": organisation.code, "role": role}
    audit.record(by=by, act="user.role_added", target=person, now=now, after=after)
    return row


@transaction.atomic
def move_membership(
    *, membership: Membership, organisation: Organisation, reason: str, by, now: datetime
) -> Membership:
    """The person goes to another unit and keeps the role: the old membership ends as the new one
    begins. In a unit of another kind, officers become that kind's officers."""
    person, role = membership.user, membership.role
    if role in KIND_OFFICER.values():
        role = KIND_OFFICER[organisation.kind]
    end_membership(membership=membership, reason=reason, by=by, now=now)
    return add_membership(person=person, organisation=organisation, role=role, by=by, now=now)


def failed_sign_ins(person: User) -> int:
    """Failed sign-ins with the person's name that still count towards a lock."""
    rows = AccessAttempt.objects.filter(username=person.username)
    return rows.aggregate(count=Sum("failures_since_start"))["count"] or 0


@transaction.atomic
def unlock(*, person: User, reason: str, by, now: datetime) -> None:
    """Forget the failed sign-ins with the person's name, from wherever they came."""
    check_can_manage(by, person)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    count = axes.utils.reset(username=person.username)
    audit.record(
        by=by, act="user.unlocked", target=person, now=now, before={"count": count}, reason=reason
    )


@transaction.atomic
def end_membership(*, membership: Membership, reason: str, by, now: datetime) -> None:
    """End a role; what was done in it keeps its name."""
    person = membership.user
    check_can_manage(by, person)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    if not Membership.objects.filter(pk=membership.pk, active=True).update(active=False):
        raise WrongMoment(_("Somebody else was faster. Reload the page to see the present state."))
    end_all(person)
    before = {"organisation": membership.organisation.code, "role": membership.role}
    audit.record(by=by, act="user.role_ended", target=person, now=now, before=before, reason=reason)
