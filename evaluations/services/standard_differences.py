"""What is different between two versions of the standard."""

from dataclasses import dataclass, fields

from django.utils.translation import gettext_lazy as _

from evaluations.models import Standard
from evaluations.services.standards import CriterionRow, rows_of

LABELS = {
    "area_zh": _("area"),
    "area_en": _("area in English"),
    "name_zh": _("name in Chinese"),
    "name_en": _("name in English"),
    "points": _("points"),
    "check_method": _("how it is checked"),
    "deduction_rule": _("deduction rule"),
    "station_kind": _("kind of station"),
    "veto": _("veto item"),
}


@dataclass(frozen=True)
class Difference:
    """A criterion that is new (`old` None), gone (`new` None) or changed. `changes`: (label, old
    value, new value) of each field that differs."""

    number: str
    old: CriterionRow | None
    new: CriterionRow | None
    changes: list[tuple]


def differences(old: Standard, new: Standard) -> list[Difference]:
    """Criteria are compared by number, in the order of the newer version; those that are gone
    stand at the end."""
    before = {row.number: row for row in rows_of(old)}
    after = {row.number: row for row in rows_of(new)}
    found = []
    for number in [*after, *(number for number in before if number not in after)]:
        one, other = before.get(number), after.get(number)
        changes = _changes(one, other) if one and other else []
        if changes or one is None or other is None:
            found.append(Difference(number, one, other, changes))
    return found


def _changes(one: CriterionRow, other: CriterionRow) -> list[tuple]:
    names = [field.name for field in fields(CriterionRow) if field.name in LABELS]
    return [
        (LABELS[name], getattr(one, name), getattr(other, name))
        for name in names
        if getattr(one, name) != getattr(other, name)
    ]
