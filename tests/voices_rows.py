"""Opinions and review meetings around brigade 410122-1, for the access matrix: rows written
directly, each in the state in which the address of its line can act on it."""

from datetime import date

from django.core.files.base import ContentFile

from common.codes import new_key
from evaluations.models import (
    Complainant,
    Delegate,
    MeetingQuestion,
    MeetingReport,
    Opinion,
    OpinionAnswer,
    OpinionExtension,
    OpinionFile,
    OpinionTerm,
    OpinionTransfer,
    ReviewMeeting,
)
from tests.factories import NOW


def add_voices(world) -> None:
    """One opinion and one meeting in each state that a verb needs."""
    world.opinion = _opinion(world, "received")
    Complainant.objects.create(opinion=world.opinion, name="陈建国", phone="13800001111")
    world.opinion_file = OpinionFile.objects.create(
        opinion=world.opinion,
        file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="o.pdf"),
        name="信.pdf",
        content_type="application/pdf",
        size=15,
        sha256="0" * 64,
    )
    world.opinion_passed = _opinion(world, "transferred")
    OpinionTransfer.objects.create(
        opinion=world.opinion_passed,
        from_unit=world.prefecture,
        to_unit=world.county,
        reason="属地办理",
        passed_by=world.prefecture_officer,
        passed_at=NOW,
    )
    world.opinion_accepted = _opinion(world, "accepted")
    _clock(world.opinion_accepted, "finish", date(2014, 11, 24))
    world.opinion_extending = _opinion(world, "accepted")
    _clock(world.opinion_extending, "finish", date(2014, 11, 24))
    world.extension = OpinionExtension.objects.create(
        opinion=world.opinion_extending,
        former_due_on=date(2014, 11, 24),
        due_on=date(2014, 12, 1),
        reason="案情复杂",
        asked_by=world.county_officer,
        asked_at=NOW,
    )
    world.opinion_answered = _opinion(world, "answered")
    OpinionAnswer.objects.create(
        opinion=world.opinion_answered,
        round=1,
        text="已处理",
        given_by=world.county_officer,
        given_at=NOW,
    )
    world.meeting = _meeting(world, "planned")
    world.meeting_held = _meeting(world, "held")
    world.meeting_report = world.meeting.reports.get()
    Delegate.objects.create(meeting=world.meeting_held, group="cppcc", name="刘委员")
    world.question = _question(world, "asked")
    world.question_promised = _question(world, "promised", due_on=date(2014, 10, 31))
    world.question_answered = _question(
        world, "answered", answered_at=NOW, answered_by=world.station_officer, answer="已改"
    )


def _opinion(world, state):
    decided = None if state in ("received", "transferred") else NOW
    return Opinion.objects.create(
        campaign=world.campaign,
        target=world.brigade.organisation,
        enrolment=world.brigade_enrolment,
        handler=world.county,
        kind="complaint",
        channel="paper",
        group="public",
        text="办事推诿",
        named=state == "received",
        state=state,
        received_at=NOW,
        decided_at=decided,
        key_digest=new_key(),
        code_digest=new_key(),
    )


def _clock(opinion, step, due_on):
    OpinionTerm.objects.create(
        opinion=opinion, step=step, starts_on=NOW.date(), days=30, unit="calendar", due_on=due_on
    )


def _meeting(world, state):
    meeting = ReviewMeeting.objects.create(
        campaign=world.campaign,
        organisation=world.county,
        title="面对面评议大会",
        starts_at=NOW,
        place="会议室",
        chair="李主任",
        agenda="汇报\n质询",
        state=state,
        planned_by=world.county_assessor,
    )
    MeetingReport.objects.create(meeting=meeting, enrolment=world.brigade_enrolment)
    return meeting


def _question(world, state, **fields):
    return MeetingQuestion.objects.create(
        meeting=world.meeting_held,
        enrolment=world.brigade_enrolment,
        category="service",
        text="为何不出示证件",
        state=state,
        recorded_by=world.county_assessor,
        recorded_at=NOW,
        **fields,
    )


_PLAN = {
    "title": "评议大会",
    "starts_at": "2014-10-28T09:00",
    "place": "会议室",
    "chair": "李主任",
    "agenda": "汇报",
}
_ASPECTS = dict.fromkeys(("speaker", "thinking", "work", "service", "management"), "已落实")

# target of a line → (arguments of the address, data of a POST)
TARGETS = {
    "unit": lambda w: (
        [w.brigade.code],
        {"kind": "opinion", "group": "public", "text": "服务很好"},
    ),
    "no-unit": lambda w: ([], {"kind": "opinion", "group": "public", "text": "活动办得很好"}),
    "query-code": lambda w: ([], {"code": "0000-0000-0000-0000"}),
    "opinion": lambda w: ([w.opinion.pk], {"decline-reason": "不属职责", "reveal-reason": "回访"}),
    "opinion-transfer": lambda w: (
        [w.opinion.pk],
        {"transfer-unit": w.prefecture.code, "transfer-reason": "上级办理"},
    ),
    "opinion-passed": lambda w: ([w.opinion_passed.pk], {"back-reason": "应由市局办理"}),
    "opinion-accepted": lambda w: (
        [w.opinion_accepted.pk],
        {
            "answer-text": "已处理",
            "extension-due_on": "2014-12-01",
            "extension-reason": "复杂",
            "finding-category": "service",
            "finding-severity": "minor",
            "finding-text": "推诿",
            "finding-requirement": "整改",
            "finding-due_on": "2014-11-10",
        },
    ),
    "opinion-answered": lambda w: ([w.opinion_answered.pk], {}),
    "extension": lambda w: ([w.extension.pk], {"decision": "approve", "decision-reason": "同意"}),
    "opinion-file": lambda w: ([w.opinion_file.pk], {}),
    "term": lambda w: (
        [],
        {"step": "tell", "days": "7", "unit": "working", "scope": "all", "basis": "省局通知"},
    ),
    "retention": lambda w: ([], {"months": "6"}),
    "meeting-plan": lambda w: ([], _PLAN | {"enrolments": [w.brigade_enrolment.pk], "key": "k"}),
    "meeting": lambda w: (
        [w.meeting.pk],
        _PLAN
        | {
            "enrolments": [w.brigade_enrolment.pk],
            "key": "k",
            "cancel-reason": "延期",
            "group": "cppcc",
            "people": "王委员，县政协",
        },
    ),
    "meeting-held": lambda w: (
        [w.meeting_held.pk],
        {"enrolment": w.brigade_enrolment.pk, "category": "work", "text": "为何", "key": "k"},
    ),
    "meeting-report": lambda w: ([w.meeting_report.pk], _ASPECTS),
    "question": lambda w: ([w.question.pk], {"spot-answer": "当场解答"}),
    "question-promised": lambda w: ([w.question_promised.pk], {"reply-answer": "书面答复"}),
    "question-answered": lambda w: ([w.question_answered.pk], {"satisfaction": "satisfied"}),
}
