"""The pages of who keeps the accounts: people, their roles, their sign-in."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.forms import MembershipForm, MoveForm, NewPersonForm, PersonForm
from accounts.models import Membership, User
from accounts.people_sheets import COLUMNS, people_import
from accounts.policies import check_can_manage, check_may
from accounts.roles import Permission, Role
from accounts.services import people as services
from accounts.services import second_factor
from common.errors import Incomplete, WrongMoment, allowed
from common.paging import page_of
from common.sheet_pages import import_page
from common.sheet_templates import template_response

# Who looked at a person is for the auditor, not for the person's page.
LOOKED_AT = ("user.viewed", "user.story_read")


@require_GET
def people(request):
    """Everybody who has an account."""
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    text, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    state = request.GET.get("state", "")
    rows = User.objects.visible_to(request.user).search(text).order_by("username")
    if role in Role.values:
        rows = rows.filter(memberships__role=role, memberships__active=True).distinct()
    if state in ("active", "suspended"):
        rows = rows.filter(is_active=state == "active")
    page = page_of(request, rows)
    held = Membership.objects.filter(user__in=[row.pk for row in page], active=True)
    roles = {}
    for membership in held.select_related("organisation").order_by("pk"):
        roles.setdefault(membership.user_id, []).append(membership)
    for row in page:
        row.held = roles.get(row.pk, [])
    # Names, roles and last sign-ins of many people: that they were looked at is an event.
    asked = {"q": text, "role": role, "state": state, "page": page.number, "found": len(page)}
    asked = {name: value for name, value in asked.items() if value}
    audit.record(by=request.user, act="users.viewed", now=request.now, after=asked)
    context = {"page": page, "text": text, "role": role, "state": state, "roles": Role.choices}
    return render(request, "accounts/people.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def add_person(request):
    """Create an account. The answer shows the initial password, this once."""
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    form = NewPersonForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = services.create_person(
                by=request.user, now=request.now, **form.cleaned_data
            )
        except services.UsernameTaken as refusal:
            form.add_error("username", refusal.reason)
        except services.RoleNotPossible as refusal:
            form.add_error("role", refusal.reason)
        else:
            context = {"person": person, "password": password, "new": True}
            return render(request, "accounts/initial_password.html", context)
    return render(request, "accounts/person_form.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def import_people(request):
    """Create accounts from a workbook. The answer shows the initial passwords, this once."""
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    created = []
    response = import_page(request, people_import(request.user, request.now, created))
    if created:
        return render(request, "accounts/initial_passwords.html", {"created": created})
    return response


@require_GET
def people_template(request):
    """The workbook to fill in."""
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    return template_response("people.xlsx", title=_("Accounts"), columns=COLUMNS)


def _person(request, pk):
    check_may(request.user, Permission.ACCOUNT_MANAGE)
    return get_object_or_404(User.objects.visible_to(request.user), pk=pk)


def _page(request, person, form=None, status=200):
    can_manage = allowed(check_can_manage, request.user, person)
    context = {
        "person": person,
        "memberships": person.memberships.select_related("organisation").order_by("-active", "pk"),
        "can_manage": can_manage,
        "form": form or MembershipForm(person=person, by=request.user),
        "failures": services.failed_sign_ins(person),
        "events": audit.story_of(person).exclude(act__in=LOOKED_AT),
    }
    return render(request, "accounts/person.html", context, status=status)


@require_GET
def person(request, pk):
    """One account: its person, its roles, its history."""
    row = _person(request, pk)
    # Name, phone, address and history of a person: that they were looked at is an event.
    audit.record(by=request.user, act="user.viewed", target=row, now=request.now)
    return _page(request, row)


@require_http_methods(["GET", "POST"])
def edit_person(request, pk):
    """Change name, e-mail address and phone."""
    row = _person(request, pk)
    check_can_manage(request.user, row)
    form = PersonForm(request.POST or None, instance=row, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version") or 0
        try:
            services.change_person(
                person=_person(request, pk),
                expected_version=version,
                by=request.user,
                now=request.now,
                **values,
            )
        except WrongMoment as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("The account was changed."))
            return redirect("accounts:person", pk)
    return render(request, "accounts/person_form.html", {"form": form, "person": row})


def _act(request, pk, service, done):
    """Do `service` to the person with the reason that was typed; without one, say so."""
    row = _person(request, pk)
    reason = request.POST.get("reason", "")
    try:
        service(person=row, reason=reason, by=request.user, now=request.now)
    except Incomplete as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, done)
    return redirect("accounts:person", pk)


@require_POST
def suspend(request, pk):
    """Close the account."""
    return _act(request, pk, services.suspend_person, _("The account was suspended."))


@require_POST
def reactivate(request, pk):
    """Open the account again."""
    return _act(request, pk, services.reactivate_person, _("The account is open again."))


@require_POST
def unlock(request, pk):
    """Forget the failed sign-ins."""
    return _act(request, pk, services.unlock, _("The account is unlocked."))


@require_POST
def remove_second_factor(request, pk):
    """For somebody who lost their phone and the recovery codes."""
    return _act(request, pk, second_factor.remove, _("The second factor was removed."))


@never_cache
@require_POST
def renew_password(request, pk):
    """Give a new initial password; the answer shows it, this once."""
    row = _person(request, pk)
    try:
        password = services.renew_password(
            person=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
        )
    except Incomplete as refusal:
        messages.error(request, refusal.reason)
        return redirect("accounts:person", pk)
    return render(request, "accounts/initial_password.html", {"person": row, "password": password})


@require_POST
def add_role(request, pk):
    """Give the person a role in a unit."""
    row = _person(request, pk)
    check_can_manage(request.user, row)
    form = MembershipForm(request.POST, person=row, by=request.user)
    if form.is_valid():
        try:
            services.add_membership(
                person=row, by=request.user, now=request.now, **form.cleaned_data
            )
        except services.RoleNotPossible as refusal:
            form.add_error("role", refusal.reason)
        else:
            messages.success(request, _("The role was added."))
            return redirect("accounts:person", pk)
    return _page(request, row, form)


@require_POST
def end_role(request, pk, membership):
    """End one role of the person."""
    person = _person(request, pk)
    row = get_object_or_404(person.memberships.select_related("organisation"), pk=membership)
    try:
        services.end_membership(
            membership=row, reason=request.POST.get("reason", ""), by=request.user, now=request.now
        )
    except Incomplete as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("The role was ended."))
    return redirect("accounts:person", pk)


@require_POST
def move_role(request, pk, membership):
    """The person goes to another unit and keeps the role."""
    person = _person(request, pk)
    row = get_object_or_404(person.memberships.select_related("organisation"), pk=membership)
    form = MoveForm(request.POST, by=request.user)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return redirect("accounts:person", pk)
    try:
        services.move_membership(
            membership=row, by=request.user, now=request.now, **form.cleaned_data
        )
    except services.RoleNotPossible as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("The person was moved."))
    return redirect("accounts:person", pk)
