"""Opinions and complaints: who may see, decide, answer, and read who said it?

The unit that an opinion is about never handles it, nor does one below it: a handler stands above
the target (信访条例, Art. 23: a report is never passed to the person reported).
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from accounts.policies import check_may, check_second_person
from accounts.roles import Permission, Role
from campaign.models import Campaign, CampaignState
from common import clock
from common.errors import Denied, WrongMoment
from evaluations.models import (
    ExtensionState,
    Opinion,
    OpinionChannel,
    OpinionExtension,
    OpinionState,
    TermStep,
)
from evaluations.workflow import EXTENSION, OPINION


def check_can_read_opinions(user) -> None:
    """The units above the stations; a station learns of a problem through findings alone."""
    check_may(user, Permission.READ)
    if user.organisation.kind == OrganisationKind.STATION:
        raise Denied(_("Opinions and complaints are handled by the units above the station."))


def check_campaign_hears(campaign: Campaign) -> None:
    """Opinions are taken while the campaign is open; those taken are always seen to the end."""
    if campaign.state != CampaignState.OPEN:
        raise WrongMoment(_("The campaign is not open; it takes no opinions or complaints."))


def check_can_handle(user, opinion: Opinion, move: str | None = None) -> None:
    """The handling unit's officers; with `move`, in a state that allows it."""
    check_may(user, Permission.OPINION_HANDLE)
    if user.organisation.pk != opinion.handler_id:
        raise Denied(_("%(unit)s handles this.") % {"unit": opinion.handler.name})
    if move is not None:
        OPINION.check(opinion, move)


def check_can_reveal(user, opinion: Opinion) -> None:
    """Name and phone are for the handling unit alone."""
    check_can_handle(user, opinion)
    if not opinion.named:
        raise WrongMoment(_("This was said without a name."))
    if erased_at := opinion.complainant.erased_at:
        raise WrongMoment(
            _("Name and phone were erased on %(day)s: the time for which they are kept is over.")
            % {"day": f"{clock.today(erased_at):%Y-%m-%d}"}
        )


def check_can_issue_code(user, opinion: Opinion) -> None:
    """Hand a code to who spoke on paper or in a meeting. Who sent it online has one: a second one
    in the hands of the office could judge the office's own answer."""
    check_can_handle(user, opinion)
    if opinion.channel == OpinionChannel.ONLINE:
        raise WrongMoment(_("Who sent it has the code already; it cannot be issued anew."))


def check_can_enter(user, campaign: Campaign, target: Organisation | None) -> None:
    """Enter what was collected on paper or in a meeting about a unit below one's own."""
    check_may(user, Permission.OPINION_HANDLE)
    check_campaign_hears(campaign)
    if target is not None and not stands_above(user.organisation, target):
        raise Denied(_("Enter opinions about units below your own only."))
    if target is None and user.organisation.kind != OrganisationKind.PROVINCE:
        raise Denied(_("Opinions about the campaign as a whole are entered by the province."))


def stands_above(unit: Organisation, target: Organisation) -> bool:
    """True when `unit` supervises `target`, directly or from further up."""
    return unit.covers(target) and unit.pk != target.pk


def check_may_handle_about(
    unit: Organisation, target: Organisation | None, concerns_bureau: bool = False
) -> None:
    """Only a unit above the one that an opinion is about can handle it; not the one right above it
    where that is said to be involved too."""
    if unit.kind == OrganisationKind.STATION:
        raise Denied(_("A station handles no opinions and complaints."))
    if target is None:
        if unit.kind != OrganisationKind.PROVINCE:
            raise Denied(_("Say which unit it is about, or leave it with the province."))
    elif not stands_above(unit, target) or (concerns_bureau and unit.pk == target.supervisor_id):
        raise Denied(
            _(
                "%(unit)s is concerned itself, or does not stand above %(target)s: it must not "
                "learn of this."
            )
            % {"unit": unit.name, "target": target.name}
        )


def check_can_send_back(user, opinion: Opinion, now: datetime) -> None:
    """Send back what was passed on wrongly, within the term for it."""
    check_can_handle(user, opinion, "sent_back")
    term = opinion.terms.filter(step=TermStep.TRANSFER_BACK).order_by("-round").first()
    if term is not None and clock.today(now) > term.due_on:
        raise WrongMoment(
            _("It could be sent back until %(day)s, 24:00.") % {"day": term.due_on.isoformat()}
        )


def check_can_find(user, opinion: Opinion) -> None:
    """Make a finding of what is being handled, once, at a station of the campaign."""
    check_can_handle(user, opinion)
    if opinion.state != OpinionState.ACCEPTED:
        raise WrongMoment(_("Take it up first."))
    if opinion.enrolment_id is None:
        raise WrongMoment(_("It is not about a station that takes part; answer it directly."))
    if opinion.finding_id is not None:
        raise WrongMoment(_("It is in the register of problems already."))


def check_can_ask_extension(user, opinion: Opinion) -> None:
    """Ask for more time, one request at a time."""
    check_can_handle(user, opinion, "answered")
    if opinion.extensions.filter(state=ExtensionState.ASKED).exists():
        raise WrongMoment(_("An extension is asked for already; it has to be decided on first."))


def check_can_decide_extension(user, extension: OpinionExtension) -> None:
    """The leader or another officer of the handling unit, or of one above it."""
    if user.acting is None or user.acting.role != Role.LEADER:
        check_may(user, Permission.OPINION_HANDLE)
    if not user.organisation.covers(extension.opinion.handler):
        raise Denied(_("%(unit)s handles this.") % {"unit": extension.opinion.handler.name})
    check_second_person(user, extension.asked_by_id)
    OPINION.check(extension.opinion, "answered")
    EXTENSION.check(extension, "approved")


def check_can_rate(opinion: Opinion, now: datetime) -> None:
    """A named complainant says once per answer whether it satisfies, within the term for it."""
    if not opinion.named:
        raise WrongMoment(_("Only somebody who gave a name can say whether the answer satisfies."))
    if opinion.state != OpinionState.ANSWERED:
        raise WrongMoment(_("There is no answer to be judged now."))
    term = _verdict_term(opinion)
    if term is not None and clock.today(now) > term.due_on:
        raise WrongMoment(
            _("This could be said until %(day)s, 24:00.") % {"day": term.due_on.isoformat()}
        )


def check_can_close(user, opinion: Opinion, now: datetime) -> None:
    """Close what was answered when the complainant's days for a verdict are over."""
    check_can_handle(user, opinion, "closed")
    term = _verdict_term(opinion)
    if term is not None and clock.today(now) <= term.due_on:
        raise WrongMoment(
            _("Until %(day)s, 24:00, the complainant can say whether the answer satisfies.")
            % {"day": term.due_on.isoformat()}
        )


def check_can_set_terms(user, campaign: Campaign | None) -> None:
    """The province sets how long things may take."""
    check_may(user, Permission.CAMPAIGN_EDIT)


def _verdict_term(opinion):
    return opinion.terms.filter(step=TermStep.VERDICT, round=opinion.round).first()
