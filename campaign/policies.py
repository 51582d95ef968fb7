"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import KIND_OFFICER, Permission, Role
from campaign.models import Activity, Campaign, CampaignState, Obligation, Submission
from campaign.workflow import SUBMISSION
from common.errors import Denied, WrongMoment


def check_can_open(user, campaign: Campaign) -> None:
    """The province opens a drafted campaign."""
    check_may(user, Permission.CAMPAIGN_EDIT)


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
