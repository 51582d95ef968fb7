"""Review meetings: who runs them, who reports, who replies?"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Activity, Campaign, CampaignState, Enrolment
from common.errors import Denied, WrongMoment, allowed
from evaluations.models import (
    FindingSource,
    MeetingQuestion,
    MeetingReport,
    MeetingState,
    QuestionState,
    ReviewMeeting,
)
from evaluations.policies import check_can_record_finding, check_can_work_for_station
from evaluations.workflow import MEETING, QUESTION


def check_can_read_meetings(user) -> None:
    """Who reads business data, and who runs meetings."""
    if not user.may(Permission.MEETING_RUN):
        check_may(user, Permission.READ)


def check_can_plan_meeting(user, campaign: Campaign, now: datetime) -> None:
    """Rectification offices and bureaus plan meetings of their own level."""
    check_may(user, Permission.MEETING_RUN)
    campaign.check_allows(Activity.MEETING, now)


def check_can_run(user, meeting: ReviewMeeting, move: str | None = None) -> None:
    """The people of the unit that runs the meeting; with `move`, in a state that allows it."""
    check_may(user, Permission.MEETING_RUN)
    if user.organisation.pk != meeting.organisation_id:
        raise Denied(_("This meeting is run by %(unit)s.") % {"unit": meeting.organisation.name})
    if move is not None:
        MEETING.check(meeting, move)


def check_can_change_meeting(user, meeting: ReviewMeeting) -> None:
    """Change the plan and invite, until the meeting is held."""
    check_can_run(user, meeting)
    if meeting.state != MeetingState.PLANNED:
        raise WrongMoment(_("The meeting is held or cancelled; its plan does not change any more."))


def check_can_keep_minutes(user, meeting: ReviewMeeting) -> None:
    """Record attendance, questions and answers, until the minutes are closed."""
    check_can_run(user, meeting)
    if meeting.state != MeetingState.HELD:
        raise WrongMoment(
            _("This is recorded after the meeting was held, until its minutes are closed.")
        )


def check_reviewable(organisation, campaign: Campaign, enrolments) -> None:
    """Stations of the campaign below the unit that runs the meeting."""
    for enrolment in enrolments:
        if enrolment.campaign_id != campaign.pk or not organisation.covers(enrolment.organisation):
            raise Denied(_("A station of this meeting lies outside your area or campaign."))


def check_can_write_report(user, report: MeetingReport) -> None:
    """The station, the bureau on its behalf, or who runs the meeting, until the minutes close."""
    if not allowed(check_can_run, user, report.meeting):
        check_can_work_for_station(user, report.enrolment)
    if report.meeting.state not in (MeetingState.PLANNED, MeetingState.HELD):
        raise WrongMoment(_("The minutes of this meeting are closed."))


def check_can_answer_question(user, question: MeetingQuestion, move: str) -> None:
    """Record an answer given on the spot, or that one is promised in writing."""
    check_can_keep_minutes(user, question.meeting)
    QUESTION.check(question, move)


def check_can_reply(user, question: MeetingQuestion) -> None:
    """The station, or the bureau on its behalf, replies in writing; late is seen as late."""
    check_can_work_for_station(user, question.enrolment)
    if question.enrolment.campaign.state != CampaignState.OPEN:
        raise WrongMoment(_("The campaign is not open."))
    QUESTION.check(question, "replied")


def check_can_rate_answer(user, question: MeetingQuestion) -> None:
    """Who runs the meeting asks the delegate and records the answer."""
    check_can_run(user, question.meeting)
    if question.state != QuestionState.ANSWERED:
        raise WrongMoment(_("The question is not answered yet."))


def check_can_find_from_question(user, question: MeetingQuestion, now: datetime) -> None:
    """Make a finding of the problem that a question names, once."""
    check_can_record_finding(user, question.enrolment, now, FindingSource.MEETING)
    if question.finding_id is not None:
        raise WrongMoment(_("It is in the register of problems already."))


def reviewable(user, campaign: Campaign):
    """The enrolments from which a meeting of the acting unit chooses."""
    return (
        Enrolment.objects.visible_to(user)
        .filter(campaign=campaign)
        .select_related("station__organisation__supervisor")
    )
