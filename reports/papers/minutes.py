"""The minutes of a face-to-face review meeting (会议纪要)."""

from datetime import datetime

from django.utils.translation import gettext as _

from evaluations.minutes import Minutes, minutes_of
from evaluations.models import MeetingState, ReviewMeeting
from reports.models import Report, ReportKind
from reports.papers.base import CHINESE_ONLY, Document, NothingToReport
from reports.pdf import Style


class MinutesPaper(Document):
    def unit_of(self, subject: ReviewMeeting):
        """The unit that runs the meeting."""
        return subject.organisation

    def campaign_of(self, subject: ReviewMeeting):
        """Of which the meeting is a part."""
        return subject.campaign


def held(user):
    """The meetings of which there are minutes: held or closed."""
    states = (MeetingState.HELD, MeetingState.CLOSED)
    meetings = ReviewMeeting.objects.visible_to(user).filter(state__in=states)
    meetings = meetings.select_related("campaign", "organisation")
    return meetings.filter(organisation__path__startswith=user.organisation.path)


def facts(report: Report, now: datetime) -> Minutes:
    meeting = ReviewMeeting.objects.filter(pk=report.subject).first()
    if meeting is None:
        raise NothingToReport(_("This meeting is no longer there."))
    return minutes_of(meeting)


PAPER = MinutesPaper(
    kind=ReportKind.MINUTES,
    slug="minutes",
    of_run=False,
    languages=CHINESE_ONLY,
    subjects=held,
    fields=("number", "issued_on", "copies"),
    facts=facts,
    template="reports/pdf/minutes.html",
    style=Style.OFFICIAL,
)
