"""The minutes of a review meeting as plain facts, for the workbook and the paper."""

from collections import Counter
from dataclasses import dataclass

from evaluations.models import (
    MeetingQuestion,
    MeetingReport,
    QuestionSatisfaction,
    QuestionState,
    ReviewMeeting,
    VoiceGroup,
)


@dataclass(frozen=True)
class Attendance:
    """How many of a group were invited and came; `names` of those who came."""

    group: str
    invited: int
    present: int
    names: tuple[str, ...]

    @property
    def label(self):
        return VoiceGroup(self.group).label


@dataclass(frozen=True)
class Minutes:
    """Everything that the minutes of `meeting` say, in order; rows come with their stations."""

    meeting: ReviewMeeting
    attendance: tuple[Attendance, ...]
    reports: tuple[MeetingReport, ...]
    questions: tuple[MeetingQuestion, ...]

    @property
    def invited(self) -> int:
        return sum(row.invited for row in self.attendance)

    @property
    def present(self) -> int:
        return sum(row.present for row in self.attendance)

    @property
    def answered_on_the_spot(self) -> int:
        return sum(question.on_the_spot for question in self.questions)

    @property
    def promised(self) -> int:
        """Questions for which a written reply was promised, answered by now or not."""
        return sum(question.due_on is not None for question in self.questions)

    @property
    def replied(self) -> int:
        """Written replies that have come in."""
        return sum(
            question.due_on is not None and question.state == QuestionState.ANSWERED
            for question in self.questions
        )

    @property
    def satisfaction(self) -> list[tuple]:
        """(label, how many) of the delegates' judgements; those not asked are left out."""
        counts = Counter(question.satisfaction for question in self.questions)
        return [
            (QuestionSatisfaction(value).label, counts[value])
            for value in QuestionSatisfaction.values
        ]

    @property
    def judged(self) -> list[tuple]:
        """`satisfaction` without the judgements that nobody gave."""
        return [(label, number) for label, number in self.satisfaction if number]

    def questions_of(self, report: MeetingReport) -> list[MeetingQuestion]:
        """What was asked of a station."""
        return [row for row in self.questions if row.enrolment_id == report.enrolment_id]


def minutes_of(meeting: ReviewMeeting) -> Minutes:
    """The minutes of a meeting, in four queries whatever its size."""
    delegates = list(meeting.delegates.all())
    groups = [value for value in VoiceGroup.values if any(row.group == value for row in delegates)]
    with_station = "enrolment__station__organisation__supervisor"
    return Minutes(
        meeting=meeting,
        attendance=tuple(
            Attendance(
                group,
                sum(row.group == group for row in delegates),
                sum(row.group == group and row.attended is True for row in delegates),
                tuple(str(row) for row in delegates if row.group == group and row.attended),
            )
            for group in groups
        ),
        reports=tuple(meeting.reports.select_related(with_station)),
        questions=tuple(
            meeting.questions.select_related(with_station, "delegate", "finding__task")
        ),
    )
