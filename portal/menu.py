"""The menu: one table of pages and the right that each takes."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission as P


@dataclass(frozen=True)
class Entry:
    """`permissions`: any of them opens the page."""

    label: str
    url_name: str
    permissions: tuple[str, ...]


ENTRIES = (
    Entry(_("My desk"), "portal:desk", tuple(P)),
    Entry(_("Notice"), "campaign:notice", (P.READ,)),
    Entry(_("Stations"), "stations:list", (P.READ,)),
    Entry(_("Enrolments"), "campaign:enrolments", (P.READ, P.DAILY_ASSESS)),
    Entry(_("Plans and summaries"), "campaign:submissions", (P.READ,)),
    Entry(_("Rectification"), "evaluations:tasks", (P.READ,)),
    Entry(_("Acceptance"), "evaluations:checks", (P.READ,)),
    Entry(_("Daily assessment"), "scoring:daily", (P.DAILY_ASSESS,)),
    Entry(_("Ranking"), "scoring:ranking", (P.RANKING_READ,)),
    Entry(_("Reports"), "reports:list", (P.REPORT_MAKE,)),
    Entry(_("Working calendar"), "campaign:calendar", (P.CAMPAIGN_EDIT,)),
    Entry(_("Mail ledger"), "deliveries:list", (P.MAIL_READ,)),
    Entry(_("Audit trail"), "accounts:audit", (P.AUDIT_READ,)),
    Entry(_("Accounts"), "accounts:people", (P.ACCOUNT_MANAGE,)),
)


def menu_for(request):
    """(label, address, is current) of each page that the acting role may open."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    rows = []
    for entry in ENTRIES:
        if any(user.may(permission) for permission in entry.permissions):
            address = reverse(entry.url_name)
            rows.append((entry.label, address, request.path.startswith(address)))
    return rows
