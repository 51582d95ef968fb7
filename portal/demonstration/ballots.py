"""The ballot box of the demonstration: codes, a burst for a person to look at, comments, leads."""

from datetime import timedelta

from common.codes import new_key
from portal.demonstration.story import Story, moment
from surveys.models import BallotFlag, Channel, FlagKind, Mark, SurveyComment
from surveys.services.ballots import cast_ballot
from surveys.services.batches import hand_out, issue_codes
from surveys.services.comments import show_comment
from surveys.services.integrity import question_ballots, raise_flags
from surveys.services.leads import raise_leads

# Unranked whatever comes: its county has not given a daily score.
STATION = "410122-4"
COMMENTS = (
    "希望办事大厅中午也有人值班。",
    "执法人员态度好，讲解政策耐心。",
    "我是王小明，电话13712345678，收费项目应当上墙公示。",
)


def fill_the_box(story: Story) -> None:
    """Slips of one batch answered, a burst at the same station, one proposal to set it aside."""
    now = moment(10, 23)
    enrolment = next(row for row in story.enrolments if row.organisation.code == STATION)
    by = story.officer_of(enrolment.bureau)
    issued = issue_codes(
        enrolment=enrolment,
        group="service",
        number=30,
        note="9月份办事群众",
        people=[f"2014-09-{number:03}" for number in range(1, 121)],
        key=new_key(),
        by=by,
        now=now,
    )
    hand_out(batch=issued.batch, number=20, to="县局办事大厅", by=by, now=now)
    answers = {number: "12"[number % 2] for number in range(1, 11)} | {11: "2"}
    for place, code in enumerate(issued.codes[:6]):
        comment = COMMENTS[place] if place < len(COMMENTS) else ""
        _cast(enrolment, answers, now, comment=comment, channel=Channel.CODE, code=code)
    for _ in range(9):
        _cast(enrolment, dict.fromkeys(range(1, 11), "1") | {11: "2"}, now, marks=Mark.BURST)
    raise_flags(campaign=story.campaign, now=now)
    raise_leads(campaign=story.campaign, now=now)
    question_ballots(
        flag=BallotFlag.objects.get(enrolment=enrolment, kind=FlagKind.BURST),
        reason="十分钟内集中提交9份，全部为满意，建议剔除（演示数据）。",
        by=story.officer_of(enrolment.acceptance_authority),
        now=now + timedelta(hours=2),
    )
    first = SurveyComment.objects.get(enrolment=enrolment, text=COMMENTS[0])
    show_comment(comment=first, text=first.text, by=by, now=now + timedelta(hours=3))


def _cast(enrolment, answers, now, *, comment="", channel=Channel.OPEN, **more) -> None:
    cast_ballot(
        enrolment=enrolment,
        group="service",
        answers=answers,
        comment=comment,
        channel=channel,
        key=new_key(),
        now=now,
        **more,
    )
