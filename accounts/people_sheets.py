"""People from a workbook: new accounts with their first role."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.services import people
from common.sheet_pages import SheetImport
from common.sheets import Column, Table, choice, code, text

# An account costs a slow hash on purpose; more would keep a request too long.
MAX_PEOPLE = 200


def _email(value):
    found = text(254)(value)
    validate_email(found)
    return found


def _username(value):
    found = code(value)
    User.username_validator(found)
    if len(found) > 150:
        raise ValidationError(_("longer than %(count)s characters") % {"count": 150})
    return found


COLUMNS = (
    Column(
        "username",
        gettext_lazy("sign-in name"),
        _username,
        required=True,
        example="410122-wang",
        note=gettext_lazy("Letters, digits and @ . + - _ only."),
    ),
    Column("name", gettext_lazy("name"), text(60), required=True, example="王五"),
    Column("email", gettext_lazy("e-mail"), _email, example="wang@example.com", width=28),
    Column("phone", gettext_lazy("phone"), text(20), example="0371-62160000"),
    Column(
        "organisation",
        gettext_lazy("unit code"),
        code,
        required=True,
        example="410122",
        note=gettext_lazy("The code of the unit, for example 410122 or 410122-1."),
    ),
    Column(
        "role",
        gettext_lazy("role"),
        choice(tuple(Role.choices)),
        required=True,
        choices=tuple(Role.choices),
        example=str(Role.COUNTY_OFFICER.label),
    ),
)


def people_import(by, now: datetime, created: list) -> SheetImport:
    """The import page; `created` receives each (person, initial password)."""

    def plan(table: Table):
        if len(table.rows) > MAX_PEOPLE:
            reason = _("more than %(count)s rows; split the workbook") % {"count": MAX_PEOPLE}
            table.fail(None, "", reason)
            return []
        table.fail_doubles("username")
        names = [row.values["username"] for row in table.rows]
        taken = set(User.objects.filter(username__in=names).values_list("username", flat=True))
        units = _units(table, by)
        for row in table.rows:
            if row.values["username"] in taken:
                table.fail(row, "username", _("Somebody has this sign-in name already."))
            unit, role = units.get(row.values["organisation"]), row.values["role"]
            if unit is None:
                table.fail(row, "organisation", _("There is no unit of this code or name."))
            if unit is None or role is None:
                continue
            try:
                people.check_role_is_possible(None, unit, role)
            except people.RoleNotPossible as refusal:
                table.fail(row, "role", refusal.reason)
        return [(_("New accounts"), len(table.rows))]

    def apply(table: Table) -> str:
        units = _units(table, by)
        for row in table.rows:
            values = {name: value or "" for name, value in row.values.items()}
            values["organisation"] = units[values["organisation"]]
            created.append(people.create_person(by=by, now=now, **values))
        people.record_import(by=by, count=len(created), now=now)
        return _("Accounts created: %(count)s.") % {"count": len(created)}

    return SheetImport(
        kind="people",
        title=_("Create accounts from a workbook"),
        columns=COLUMNS,
        plan=plan,
        apply=apply,
        back=reverse("accounts:people"),
        template=reverse("accounts:people-template"),
        note=_("One row for each new person with the first role; further roles are given later."),
        reads_gaps=True,
    )


def _units(table, by) -> dict[str, Organisation]:
    codes = {row.values["organisation"] for row in table.rows}
    rows = Organisation.objects.below(by.organisation).filter(active=True, code__in=codes)
    return {row.code: row for row in rows}
