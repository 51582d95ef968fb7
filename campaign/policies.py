"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import KIND_OFFICER, Permission, Role
from campaign.models import (
    Activity,
    Campaign,
    CampaignState,
    Obligation,
    ObligationKind,
    ObligationState,
    Submission,
)
from campaign.workflow import CAMPAIGN, OBLIGATION, SUBMISSION
from common.errors import Denied, WrongMoment


def check_can_open(user, campaign: Campaign) -> None:
    """The province opens a drafted campaign."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    CAMPAIGN.check(campaign, "opened")


def check_can_draft(user) -> None:
    """The province drafts campaigns."""
    check_may(user, Permission.CAMPAIGN_EDIT)


def check_can_edit_campaign(user, campaign: Campaign) -> None:
    """The province changes a campaign until it is closed."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    if campaign.state == CampaignState.CLOSED:
        raise WrongMoment(_("The campaign is closed; it stays as it was."))


def check_can_close(user, campaign: Campaign) -> None:
    """The province closes an open campaign."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    CAMPAIGN.check(campaign, "closed")


def check_can_enrol(user, campaign: Campaign, stations, now: datetime) -> None:
    """A bureau enrols the stations right below itself; the province's administrator all."""
    check_may(user, Permission.STATION_EDIT)
    if user.acting.role != Role.PROVINCE_ADMIN:
        for station in stations:
            if station.organisation.supervisor_id != user.organisation.pk:
                raise Denied(
                    _("%(station)s is enrolled by the bureau right above it.")
                    % {"station": station.name}
                )
    campaign.check_allows(Activity.ENROL, now)


def check_can_waive(user, obligation: Obligation, move: str = "waived") -> None:
    """An officer of the debtor's supervisor waives what is owed, and the province's administrator;
    nobody what their own unit owes."""
    above = obligation.organisation.supervisor
    if above is not None and user.acting is not None:
        officer = user.organisation.pk == above.pk and user.acting.role == KIND_OFFICER[above.kind]
        if officer or user.may(Permission.CAMPAIGN_EDIT):
            check_campaign_runs(obligation.campaign)
            OBLIGATION.check(obligation, move)
            return
    raise Denied(_("An officer of the unit above decides whether this need not be done."))


def check_can_sign(user, campaign: Campaign) -> None:
    """An officer of a bureau that owes the receipt signs for the notice."""
    if user.acting is None or user.acting.role != KIND_OFFICER.get(user.organisation.kind):
        raise Denied(_("An officer of the bureau signs for the notice."))
    check_campaign_runs(campaign)
    owed = Obligation.objects.filter(
        campaign=campaign, organisation=user.organisation, kind=ObligationKind.RECEIPT
    ).first()
    if owed is None:
        raise Denied(_("Your unit does not sign for this notice."))
    if owed.state == ObligationState.MET:
        raise WrongMoment(_("Your unit has signed for the notice already."))


def check_can_confirm_registry(user, campaign: Campaign) -> None:
    """An officer of a bureau that keeps stations confirms that their data are complete."""
    check_may(user, Permission.STATION_EDIT)
    check_campaign_runs(campaign)
    owed = Obligation.objects.filter(
        campaign=campaign, organisation=user.organisation, kind=ObligationKind.REGISTRY
    ).first()
    if owed is None:
        raise Denied(_("Your unit does not confirm station data."))
    if owed.state == ObligationState.MET:
        raise WrongMoment(_("Your unit has confirmed its station data already."))


def check_campaign_runs(campaign: Campaign) -> None:
    """Plans and summaries may be late, but not outlive the campaign."""
    if campaign.state != CampaignState.OPEN:
        raise WrongMoment(_("The campaign is not open."))


def check_owes(campaign: Campaign, organisation, kind: str) -> None:
    """Only units that owe a plan or summary hand one in."""
    owed = Obligation.objects.filter(campaign=campaign, organisation=organisation, kind=kind)
    if not owed.exists():
        raise Denied(_("Your unit does not owe this paper."))


def check_can_write_submission(user, campaign, organisation, submission=None) -> None:
    """An officer of the unit that owes it writes it, until it is submitted."""
    if user.acting is None or user.acting.role != KIND_OFFICER.get(organisation.kind):
        raise Denied(_("Only an officer of the unit that owes it may write this."))
    if user.organisation.pk != organisation.pk:
        raise Denied(_("Only an officer of the unit that owes it may write this."))
    check_campaign_runs(campaign)
    if submission is not None:
        SUBMISSION.check(submission, "submitted")


def check_can_review_submission(user, submission: Submission) -> None:
    """An officer of the supervisor accepts or returns it; nobody their own unit's."""
    supervisor = submission.organisation.supervisor
    if user.acting is None or user.acting.role != KIND_OFFICER.get(supervisor.kind):
        raise Denied(_("%(unit)s decides on this.") % {"unit": supervisor.name})
    if user.organisation.pk != supervisor.pk:
        raise Denied(_("%(unit)s decides on this.") % {"unit": supervisor.name})
    check_campaign_runs(submission.campaign)
    SUBMISSION.check(submission, "accepted")
