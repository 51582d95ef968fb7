"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Activity, Campaign, CampaignState, Enrolment, Phase
from common import clock
from common.errors import Denied, WrongMoment
from surveys.models import Ballot, Questionnaire


def survey_phases(campaign: Campaign) -> list[Phase]:
    """The phases in which the questionnaire may be answered, in order."""
    return list(campaign.phases.filter(activities__activity=Activity.QUESTIONNAIRE))


def check_can_load_questionnaire(user, campaign: Campaign) -> None:
    """The province writes questionnaires until the first ballot of the campaign is there."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    if campaign.state == CampaignState.CLOSED:
        raise WrongMoment(_("The campaign is closed; its questionnaire does not change any more."))
    if Ballot.objects.filter(questionnaire__campaign=campaign).exists():
        raise WrongMoment(
            _("Ballots have been given already; the questionnaire does not change any more.")
        )


def check_can_open_questionnaire(user, questionnaire: Questionnaire) -> None:
    """Freezing a version: once, and before the first ballot of the campaign."""
    check_can_load_questionnaire(user, questionnaire.campaign)
    if questionnaire.frozen_at:
        raise WrongMoment(_("This version of the questionnaire is frozen already."))


def check_can_import_ballots(user, campaign: Campaign) -> None:
    """Ballots collected elsewhere are entered by the province while the campaign is open."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    if campaign.state != CampaignState.OPEN:
        raise WrongMoment(_("The campaign is not open; ballots can not be entered."))


def check_can_read_response(user, enrolment: Enrolment) -> None:
    """How many answered, per group: all who read business data of the station."""
    check_may(user, Permission.READ)


def check_can_read_answers(user, enrolment: Enrolment, now: datetime) -> None:
    """What was answered. While people still answer, only prefecture and province see it: a station
    or county that watches its own figures grow knows when to press for more."""
    check_can_read_response(user, enrolment)
    if user.organisation.kind in (OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE):
        return
    campaign = enrolment.campaign
    if campaign.state == CampaignState.CLOSED:
        return
    phases = survey_phases(campaign)
    last_day = max((phase.ends_on for phase in phases), default=None)
    if last_day is None or clock.today(now) <= last_day:
        raise WrongMoment(
            _(
                "What was answered is shown once the questionnaire is closed. Until then only the "
                "number of ballots is shown."
            )
        )


def check_can_read_leads(user, enrolment: Enrolment, now: datetime) -> None:
    """How many reported illegal demands (线索): the levels above the station, never itself."""
    check_can_read_answers(user, enrolment, now)
    if user.organisation.kind == OrganisationKind.STATION:
        raise Denied(_("Leads are shown to the levels above the station."))
