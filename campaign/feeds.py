"""A person's deadlines as an iCalendar file (RFC 5545), for their own calendar program."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.roles import ROLE_PERMISSIONS
from campaign.models import KIND_PERMISSION, CampaignState, Obligation, ObligationKind

# Octets in a line, before it goes on in the next one.
LINE = 75
# Names listed for each day before the rest is only counted.
NAMES_SHOWN = 8


def owed_in_all_roles(user):
    """What is open and the person can meet, in any of their roles."""
    condition = Q(pk__in=[])
    rows = user.memberships.filter(active=True, organisation__active=True)
    for unit, role in rows.values_list("organisation_id", "role"):
        kinds = [
            kind
            for kind, permissions in KIND_PERMISSION.items()
            if set(permissions) & ROLE_PERMISSIONS[role]
        ]
        condition |= Q(organisation=unit, kind__in=kinds)
    return Obligation.objects.open().filter(condition, campaign__state=CampaignState.OPEN)


def calendar_of(user, now: datetime) -> str:
    """One event a due day and kind, in the person's language."""
    groups = defaultdict(list)
    rows = owed_in_all_roles(user).select_related(
        "organisation", "enrolment__station__organisation"
    )
    for row in rows.order_by("due_on", "pk"):
        groups[row.due_on, row.kind].append(row)
    with translation.override(user.language):
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//grassroots stations//deadlines//ZH",
            f"X-WR-CALNAME:{_escape(_('Deadlines'))}",
        ]
        for (due_on, kind), owed in groups.items():
            lines += _event(user, due_on, kind, owed, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(user, due_on, kind, owed, now) -> list[str]:
    names = [
        (row.enrolment.organisation if row.enrolment_id else row.organisation).name
        for row in owed[:NAMES_SHOWN]
    ]
    label = ObligationKind(kind).label
    title = label if len(owed) == 1 else f"{label} ({len(owed)})"
    text = "、".join(names) + ("…" if len(owed) > NAMES_SHOWN else "")
    host = settings.PORTAL_URL.partition("//")[2] or "portal"
    return [
        "BEGIN:VEVENT",
        f"UID:{user.pk}-{kind}-{due_on}@{host}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{due_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{due_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escape(title)}",
        f"DESCRIPTION:{_escape(text)}",
        f"URL:{settings.PORTAL_URL}{reverse('portal:desk')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escape(text: str) -> str:
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Long lines go on after a line break and a space; no character is cut in two."""
    parts, size = [""], 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LINE:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += octets
    return "\r\n".join(parts)
