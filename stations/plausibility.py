"""What is missing or doubtful in the registry: a work list for those who keep it."""

import re
from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.models import Organisation
from stations.models import Station

# Landline with area code, mobile, or a short number such as 12350 (work safety).
PHONE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?|1[3-9]\d{9}|12\d{3}|1\d{2}", re.ASCII)
# The same number at so many stations is somebody's shortcut.
SHARED_BY = 3
REQUIRED = ("head", "phone", "address", "staff_count")


@dataclass
class Completeness:
    """How many of a bureau's stations are complete and beyond doubt."""

    bureau: Organisation
    total: int = 0
    problems: list[tuple[Station, list[str]]] = field(default_factory=list)

    @property
    def good(self) -> int:
        return self.total - len(self.problems)


def completeness(stations) -> list[Completeness]:
    """By bureau, in the order of `stations` (`with_units()`, those at work): what is wrong."""
    stations = list(stations)
    names = Counter((row.organisation.supervisor_id, row.organisation.name_zh) for row in stations)
    phones = Counter(row.phone for row in stations if row.phone)
    bureaus: dict[int, Completeness] = {}
    for row in stations:
        bureau = row.organisation.supervisor
        entry = bureaus.setdefault(bureau.pk, Completeness(bureau))
        entry.total += 1
        problems = [
            _("missing: %(field)s") % {"field": Station._meta.get_field(name).verbose_name}
            for name in REQUIRED
            if getattr(row, name) in ("", None)
        ]
        if row.phone and not PHONE.fullmatch(row.phone):
            problems.append(_("no phone number: %(phone)s") % {"phone": row.phone})
        elif phones[row.phone] >= SHARED_BY:
            problems.append(
                _("%(count)s stations give the phone number %(phone)s")
                % {"count": phones[row.phone], "phone": row.phone}
            )
        if names[bureau.pk, row.organisation.name_zh] > 1:
            problems.append(_("another station of the bureau has the same name"))
        if problems:
            entry.problems.append((row, problems))
    return list(bureaus.values())
