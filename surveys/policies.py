"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
from accounts.policies import check_may, check_second_person
from accounts.roles import Permission
from campaign.models import Activity, Campaign, CampaignState, Enrolment, Phase
from common import clock
from common.errors import Denied, WrongMoment
from evaluations.policies import check_can_record_finding, is_above
from surveys.models import (
    Ballot,
    BallotBatch,
    BallotFlag,
    BatchKind,
    BatchState,
    CallBack,
    CommentState,
    Lead,
    LeadState,
    Quarantine,
    Questionnaire,
    Replacement,
    SurveyComment,
)
from surveys.workflow import BATCH, CALL_BACK, COMMENT, FLAG, LEAD, QUARANTINE, REPLACEMENT


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


def check_can_edit_questionnaire(user, questionnaire: Questionnaire) -> None:
    """A version is written until it is frozen."""
    check_can_load_questionnaire(user, questionnaire.campaign)
    if questionnaire.frozen_at:
        raise WrongMoment(_("This version of the questionnaire is frozen already."))


def check_can_open_questionnaire(user, questionnaire: Questionnaire) -> None:
    """Freezing a version: once, and before the first ballot of the campaign."""
    check_can_edit_questionnaire(user, questionnaire)


def check_can_import_ballots(user, campaign: Campaign) -> None:
    """Ballots collected elsewhere are entered by the province while the campaign is open."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    if campaign.state != CampaignState.OPEN:
        raise WrongMoment(_("The campaign is not open; ballots can not be entered."))


def check_can_read_response(user) -> None:
    """How many answered, per group: all who read business data; scope is the querysets' part."""
    check_may(user, Permission.READ)


def survey_is_over(campaign: Campaign, now: datetime) -> bool:
    """True when no ballot can come any more."""
    if campaign.state == CampaignState.CLOSED:
        return True
    last_day = max((phase.ends_on for phase in survey_phases(campaign)), default=None)
    return last_day is not None and clock.today(now) > last_day


def check_can_read_answers(user, campaign: Campaign | None, now: datetime) -> None:
    """What was answered, by nobody before the questionnaire is closed: who watches figures grow
    learns the ballot between two looks, and when to press for more."""
    check_may(user, Permission.READ)
    if campaign is None:
        raise WrongMoment(_("There is no campaign."))
    if not survey_is_over(campaign, now):
        raise WrongMoment(
            _(
                "What was answered is shown once the questionnaire is closed. Until then only the "
                "number of ballots is shown."
            )
        )


# --- batches --------------------------------------------------------------------------------------


def check_can_work_above(user) -> None:
    """Work on the questionnaire at all, above the stations."""
    check_may(user, Permission.SURVEY_WORK)


def check_above(user, enrolment: Enrolment) -> None:
    """Codes and paper are given out by a level above the station, never by who is judged."""
    check_may(user, Permission.SURVEY_WORK)
    if not is_above(user, enrolment):
        raise Denied(_("Only a level above the station may do this."))


def check_can_issue(user, enrolment: Enrolment, now: datetime) -> None:
    """Give out codes or paper, from the opening of the campaign to the end of the survey."""
    check_above(user, enrolment)
    if enrolment.campaign.state != CampaignState.OPEN or survey_is_over(enrolment.campaign, now):
        raise WrongMoment(_("The questionnaire is closed, or the campaign is not open yet."))


def check_can_keep_batch(user, batch: BallotBatch) -> None:
    """Custody of an open batch of codes."""
    check_above(user, batch.enrolment)
    if batch.kind != BatchKind.CODES:
        raise WrongMoment(_("This is no batch of codes."))
    BATCH.check(batch, "closed")


def check_reserve(batch: BallotBatch, now: datetime) -> None:
    """A code of the batch's reserve may still go out."""
    BATCH.check(batch, "closed")
    if survey_is_over(batch.campaign, now):
        raise WrongMoment(_("The questionnaire is closed."))
    if batch.replaced >= batch.reserve:
        raise WrongMoment(
            _("The batch has no code in reserve. Issue a new batch to those not reached.")
        )


def check_can_replace(user, batch: BallotBatch, now: datetime) -> None:
    """Ask for a second mail to somebody whom the first one did not reach."""
    check_can_keep_batch(user, batch)
    check_reserve(batch, now)


def check_can_read_replacements(user) -> None:
    """Replacements are work for those who ask for them or decide."""
    if not user.may(Permission.BALLOTS_DECIDE):
        check_may(user, Permission.SURVEY_WORK)


def check_can_decide_replacement(user, replacement: Replacement) -> None:
    """Decide on a replacement: the province, and never who asked for it."""
    _check_second_level(user, replacement)
    REPLACEMENT.check(replacement, "approved")


def check_can_call_back(user, batch: BallotBatch) -> None:
    """Call people for whom codes were drawn: a level above the station, never who issued them."""
    check_above(user, batch.enrolment)
    check_second_person(user, batch.issued_by_id)
    if not batch.seed:
        raise WrongMoment(_("Nobody was drawn for this batch."))


def check_can_note_call_back(user, call_back: CallBack) -> None:
    """Note what the people who were called said."""
    check_can_call_back(user, call_back.batch)
    CALL_BACK.check(call_back, "noted")


def check_can_type(user, batch: BallotBatch) -> None:
    """Type the sheets of a paper batch."""
    check_above(user, batch.enrolment)
    if batch.kind != BatchKind.PAPER or batch.state != BatchState.OPEN:
        raise WrongMoment(_("The sheets of this batch are counted, or it has none."))


# --- integrity ------------------------------------------------------------------------------------


def check_can_read_flags(user) -> None:
    """Flags are work for those who question or decide."""
    if not user.may(Permission.BALLOTS_DECIDE):
        check_may(user, Permission.BALLOTS_QUESTION)


def check_can_settle_flag(user, flag: BallotFlag) -> None:
    """Note that the ballots of a flag are in order."""
    check_may(user, Permission.BALLOTS_QUESTION)
    FLAG.check(flag, "pursued")


def check_can_question_ballots(user, flag: BallotFlag) -> None:
    """Propose to set the ballots of a flag aside."""
    check_may(user, Permission.BALLOTS_QUESTION)
    FLAG.check(flag, "pursued")


def check_can_decide_quarantine(user, quarantine: Quarantine) -> None:
    """Decide on a proposal: the province, and never who proposed it."""
    _check_second_level(user, quarantine)
    QUARANTINE.check(quarantine, "confirmed")


def check_can_lift_quarantine(user, quarantine: Quarantine) -> None:
    """Restore ballots: the province, and never who proposed to set them aside."""
    _check_second_level(user, quarantine)
    QUARANTINE.check(quarantine, "lifted")


def _check_second_level(user, proposal: Quarantine | Replacement) -> None:
    check_may(user, Permission.BALLOTS_DECIDE)
    if user.organisation.kind != OrganisationKind.PROVINCE:
        raise Denied(_("The province decides whether ballots count."))
    check_second_person(user, proposal.proposed_by_id)


# --- comments and leads ---------------------------------------------------------------------------


def check_can_screen(user, comment: SurveyComment, move: str) -> None:
    """Screen a comment for personal data, above the station. `move`: "shown" or "withheld"."""
    check_above(user, comment.enrolment)
    if comment.finding_id:
        raise WrongMoment(_("This comment has become a finding already."))
    COMMENT.check(comment, move)


def check_can_read_comments(user, enrolment: Enrolment, now: datetime) -> None:
    """Those above the station read comments to screen them; the station and others once the
    questionnaire is closed."""
    check_can_read_response(user)
    if not (user.may(Permission.SURVEY_WORK) and is_above(user, enrolment)):
        check_can_read_answers(user, enrolment.campaign, now)


def check_can_find_from_comment(user, comment: SurveyComment, now: datetime) -> None:
    """Make a finding of a comment that was screened and is shown."""
    check_above(user, comment.enrolment)
    check_can_record_finding(user, comment.enrolment, now)
    if comment.state != CommentState.SHOWN:
        raise WrongMoment(_("Screen the comment first."))
    if comment.finding_id:
        raise WrongMoment(_("This comment has become a finding already."))


def check_can_handle_lead(user, lead: Lead, move: str) -> None:
    """Take a lead up or close it: a level above the station."""
    check_above(user, lead.enrolment)
    LEAD.check(lead, move)


def check_can_find_from_lead(user, lead: Lead, now: datetime) -> None:
    """Make a finding of a lead that somebody has looked into."""
    check_above(user, lead.enrolment)
    check_can_record_finding(user, lead.enrolment, now)
    if lead.state == LeadState.OPEN:
        raise WrongMoment(_("Take the lead up first."))
    if lead.finding_id:
        raise WrongMoment(_("This lead has become a finding already."))


def check_can_read_leads(user, enrolment: Enrolment, now: datetime) -> None:
    """How many reported illegal demands (线索): the levels above the station, never itself."""
    check_can_read_answers(user, enrolment.campaign, now)
    if user.organisation.kind == OrganisationKind.STATION:
        raise Denied(_("Leads are shown to the levels above the station."))
