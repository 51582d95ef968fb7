"""The menu: groups of pages in the order of the campaign's life, and the right that each takes."""

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


@dataclass(frozen=True)
class Group:
    """Pages under one heading; a group with one page for a person is shown as that page."""

    label: str
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        _("My desk"),
        (
            Entry(_("My desk"), "portal:desk", tuple(P)),
            Entry(_("Progress"), "portal:progress", (P.READ,)),
            Entry(_("Who was told what and when"), "campaign:told", (P.READ,)),
        ),
    ),
    Group(
        _("Preparation"),
        (
            Entry(_("Notice"), "campaign:notice", (P.READ,)),
            Entry(_("Stations"), "stations:list", (P.READ,)),
            Entry(_("Enrolments"), "campaign:enrolments", (P.READ, P.DAILY_ASSESS)),
            Entry(_("Plans and summaries"), "campaign:submissions", (P.READ,)),
        ),
    ),
    Group(
        _("Find and mend"),
        (
            Entry(_("Standard"), "evaluations:standards", (P.READ,)),
            Entry(
                _("Opinions and complaints"),
                "evaluations:opinions",
                (P.OPINION_HANDLE, P.VETO_DECIDE),
            ),
            Entry(_("Review meetings"), "evaluations:meetings", (P.READ, P.MEETING_RUN)),
            Entry(_("Register of findings"), "evaluations:register", (P.READ,)),
            Entry(_("Rectification"), "evaluations:tasks", (P.READ,)),
        ),
    ),
    Group(
        _("Inspection"),
        (
            Entry(_("Acceptance"), "evaluations:checks", (P.READ,)),
            Entry(_("Acceptance plan"), "evaluations:plan", (P.ACCEPTANCE_CHECK,)),
            Entry(_("On-site check"), "evaluations:onsite", (P.ACCEPTANCE_CHECK,)),
            Entry(_("Acceptance league"), "evaluations:acceptance-league", (P.RANKING_READ,)),
            Entry(_("Spot checks"), "evaluations:spot-checks", (P.READ,)),
            Entry(_("Secret visits"), "evaluations:secret-visits", (P.READ,)),
        ),
    ),
    Group(
        _("Assessment"),
        (
            Entry(_("Questionnaire"), "surveys:overview", (P.READ,)),
            Entry(_("Daily assessment"), "scoring:daily", (P.DAILY_ASSESS,)),
            Entry(_("Ranking"), "scoring:ranking", (P.RANKING_READ,)),
            Entry(_("Results"), "scoring:honours", (P.RANKING_READ,)),
        ),
    ),
    Group(
        _("Papers and mail"),
        (
            Entry(_("Reports"), "reports:list", (P.REPORT_MAKE,)),
            Entry(_("Mail ledger"), "deliveries:list", (P.MAIL_READ,)),
        ),
    ),
    Group(
        _("Administration"),
        (
            Entry(_("Campaigns"), "campaign:campaigns", (P.CAMPAIGN_EDIT,)),
            Entry(_("Working calendar"), "campaign:calendar", (P.CAMPAIGN_EDIT,)),
            Entry(_("Audit trail"), "accounts:audit", (P.AUDIT_READ,)),
            Entry(_("Accounts"), "accounts:people", (P.ACCOUNT_MANAGE,)),
            Entry(_("Security rules"), "accounts:rules", (P.ACCOUNT_MANAGE,)),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """A page that the person may open; `current`: it, or one below it, is being shown."""

    label: str
    address: str
    current: bool


@dataclass(frozen=True)
class Section:
    """A group as one person sees it."""

    label: str
    links: list[Link]

    @property
    def current(self) -> bool:
        return any(link.current for link in self.links)


def menu_for(request) -> list[Section]:
    """The groups with the pages that the acting role may open."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    sections = []
    for group in GROUPS:
        links = []
        for entry in group.entries:
            if any(user.may(permission) for permission in entry.permissions):
                address = reverse(entry.url_name)
                links.append(Link(entry.label, address, request.path.startswith(address)))
        if links:
            sections.append(Section(group.label, links))
    return sections
