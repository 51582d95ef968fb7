"""What people said and asked: opinions and complaints, and the review meetings of counties."""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Organisation
from evaluations.models import (
    FindingCategory,
    OpinionChannel,
    OpinionKind,
    QuestionSatisfaction,
    VoiceGroup,
)
from evaluations.services import meeting_questions, meetings
from evaluations.services.meetings import Invited
from evaluations.services.opinion_answers import answer_opinion
from evaluations.services.opinion_findings import rate_opinion_answer
from evaluations.services.opinion_transfers import transfer_opinion
from evaluations.services.opinions import accept_opinion, decline_opinion, receive_opinion
from portal.demonstration.people import person_name

SEED = 1125
OPINIONS = 90
MEETINGS = 12
LAST_DAY = datetime(2014, 10, 24, 9)  # noqa: DTZ001 - made aware where it is used

COMPLAINTS = (
    "到窗口办理备案，材料一次没有讲清，跑了三趟。",
    "执法检查时工作人员没有主动出示证件。",
    "反映隐患后一个多月没有回音。",
    "工作日上午十点窗口无人值守，打电话也无人接听。",
    "检查后要求购买指定的培训资料。",
)
OPINIONS_SAID = (
    "建议把办事流程和所需材料贴在大厅门口。",
    "希望多组织小企业安全培训，讲得实用一些。",
    "工作人员下乡服务热情，建议延长窗口服务时间。",
    "建议公布值班电话，节假日也有人接听。",
)
ANSWERS = (
    "经核实情况属实，已对责任人批评教育，并落实一次性告知制度，向您致歉。",
    "您的建议已采纳，流程图和材料清单已上墙公开。",
)
QUESTIONS = (
    (FindingCategory.SERVICE, "为什么有的检查人员不出示执法证件？"),
    (FindingCategory.WORK, "企业咨询电话经常无人接听，怎么解决？"),
    (FindingCategory.MANAGEMENT, "内部考勤和请假制度是怎么落实的？"),
    (FindingCategory.THINKING, "学习教育如何避免走过场？"),
)
ASPECTS = {
    "thinking": "坚持集中学习，查摆问题，党员干部宗旨意识明显增强。",
    "work": "实行首问负责、限时办结，全年走访企业，现场解决问题。",
    "service": "规范执法程序，两人以上亮证检查，先教育后处罚。",
    "management": "健全考勤、财务和廉政制度，接受群众监督。",
}


def speak(story) -> None:
    """Opinions and complaints since September, in every state that they can be in."""
    rng = random.Random(SEED)
    enrolments = rng.sample(story.touched(), OPINIONS)
    for number, enrolment in enumerate(enrolments):
        now = _aware(LAST_DAY - timedelta(days=rng.randint(0, 45), hours=rng.randint(0, 6)))
        complaint = rng.random() < 0.6
        opinion, _code = receive_opinion(
            campaign=story.campaign,
            target=enrolment.organisation,
            kind=OpinionKind.COMPLAINT if complaint else OpinionKind.OPINION,
            text=rng.choice(COMPLAINTS if complaint else OPINIONS_SAID),
            group=rng.choice(VoiceGroup.values),
            channel=rng.choice(OpinionChannel.values),
            name=person_name(rng) if rng.random() < 0.5 else "",
            concerns_bureau=rng.random() < 0.05,
            key=f"demonstration-{number:08d}",
            now=now,
        )
        _handle(story, rng, opinion, now)


def _handle(story, rng, opinion, now) -> None:
    """Take one of them as far as its turn goes by the demonstration's day."""
    by = _officer(story, opinion.handler)
    decided = now + timedelta(days=rng.randint(1, 4))
    if decided > _aware(LAST_DAY):
        return
    draw = rng.random()
    if draw < 0.06:
        reason = "反映事项属生态环境部门职责，请向当地生态环境局反映。"
        decline_opinion(opinion=opinion, reason=reason, by=by, now=decided)
        return
    if draw < 0.12 and opinion.handler.supervisor_id is not None:
        above = Organisation.objects.get(pk=opinion.handler.supervisor_id)
        transfer_opinion(
            opinion=opinion, to_unit=above, reason="涉及面较广，报请上级办理。", by=by, now=decided
        )
        return
    accept_opinion(opinion=opinion, reason="已受理，将按期答复。", by=by, now=decided)
    answered = decided + timedelta(days=rng.randint(5, 20))
    if answered > _aware(LAST_DAY):
        return
    answer_opinion(opinion=opinion, text=rng.choice(ANSWERS), by=by, now=answered)
    judged = answered + timedelta(days=2)
    if opinion.named and judged < _aware(LAST_DAY) and rng.random() < 0.7:
        satisfied = rng.random() < 0.8
        words = "" if satisfied else "答复后情况没有改变。"
        rate_opinion_answer(opinion=opinion, satisfied=satisfied, words=words, now=judged)


def meet(story) -> None:
    """A dozen counties held their meeting; one more is planned."""
    rng = random.Random(SEED + 1)
    by_county = {}
    for enrolment in story.touched():
        by_county.setdefault(enrolment.bureau, []).append(enrolment)
    counties = [unit for unit in by_county if unit.kind == "county"]
    for number, county in enumerate(rng.sample(counties, MEETINGS + 1)):
        _hold(story, rng, county, by_county[county][:3], held=number < MEETINGS)


def _hold(story, rng, county, enrolments, *, held) -> None:
    by = story.users[f"assessor-{county.code}"]
    day = datetime(2014, 10, rng.randint(13, 22) if held else 29, 9)  # noqa: DTZ001
    meeting = meetings.plan_meeting(
        campaign=story.campaign,
        values={
            "title": f"{county.name_zh}面对面评议大会",
            "starts_at": _aware(day),
            "place": "县政府第二会议室",
            "chair": person_name(rng),
            "plan": "邀请人大代表、政协委员、服务企业和评议代表参加，现场质询、现场解答。",
            "agenda": "主持人说明议程\n站所负责人汇报\n评议代表现场质询\n满意度评价\n领导讲话",
        },
        enrolments=enrolments,
        by=by,
        now=_aware(day - timedelta(days=7)) if held else _aware(LAST_DAY),
    )
    now = _aware(day)
    meetings.invite_delegates(
        meeting=meeting,
        delegates=[
            Invited(group, person_name(rng), unit)
            for group, unit, count in (
                ("congress", "县人大代表", 5),
                ("cppcc", "县政协委员", 5),
                ("enterprise", "企业负责人", 8),
                ("delegate", "政风行风评议代表", 6),
            )
            for _ in range(count)
        ],
        by=by,
        now=now,
    )
    if not held:
        return
    meetings.hold_meeting(meeting=meeting, by=by, now=now)
    for report in meeting.reports.select_related("enrolment__station", "meeting"):
        meetings.write_report(
            report=report, speaker=report.enrolment.station.head, aspects=ASPECTS, by=by, now=now
        )
    delegates = list(meeting.delegates.all())
    present = [row.pk for row in delegates if rng.random() < 0.9]
    meetings.take_attendance(
        meeting=meeting, present=present, remarks="会议秩序良好，代表发言踊跃。", by=by, now=now
    )
    for enrolment in enrolments:
        _ask(story, rng, meeting, enrolment, delegates, by, now)
    meetings.close_minutes(meeting=meeting, by=by, now=now)


def _ask(story, rng, meeting, enrolment, delegates, by, now) -> None:
    category, text = rng.choice(QUESTIONS)
    question = meeting_questions.ask_question(
        meeting=meeting,
        enrolment=enrolment,
        delegate=rng.choice(delegates),
        category=category,
        text=text,
        by=by,
        now=now,
    )
    if rng.random() < 0.5:
        meeting_questions.answer_on_the_spot(
            question=question, answer="感谢代表指出，今后严格落实，欢迎监督。", by=by, now=now
        )
    else:
        meeting_questions.promise_reply(question=question, by=by, now=now)
        replied = now + timedelta(days=rng.randint(2, 9))
        if replied > _aware(LAST_DAY):
            return
        meeting_questions.reply_in_writing(
            question=question,
            answer="已召开专题会议研究，制定整改措施并向代表书面反馈。",
            by=story.officer_of(enrolment.organisation),
            now=replied,
        )
    satisfaction = rng.choices(QuestionSatisfaction.values, (6, 3, 1))[0]
    meeting_questions.rate_answer(question=question, satisfaction=satisfaction, by=by, now=now)


def _officer(story, unit):
    return story.users["province"] if unit.supervisor_id is None else story.officer_of(unit)


def _aware(moment):
    return timezone.make_aware(moment)
