"""Review meetings: who runs them, the four aspects, questions and replies."""

from datetime import date

import pytest

from accounts.models import AuditEvent
from campaign.models import Obligation
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.minutes import minutes_of
from evaluations.models import Finding, MeetingQuestion, ReviewMeeting
from evaluations.services import meeting_questions as questions
from evaluations.services import meetings as services
from evaluations.services.meetings import Invited
from tests.factories import NOW, at

PLAN = {
    "title": "面对面评议大会",
    "starts_at": at("2014-10-28 09:00"),
    "place": "县政府会议室",
    "chair": "李主任",
    "plan": "请人大代表、政协委员和企业评议",
    "agenda": "站所负责人汇报\n现场质询\n满意度评价",
}
ASPECTS = {
    "thinking": "加强学习",
    "work": "首问负责",
    "service": "规范执法",
    "management": "落实制度",
}


def planned(world, by=None, enrolments=None, **fields):
    return services.plan_meeting(
        campaign=world.campaign,
        values=PLAN,
        enrolments=enrolments or [world.brigade_enrolment, world.township_enrolment],
        by=by or world.county_assessor,
        now=NOW,
        **fields,
    )


def held(world):
    meeting = planned(world)
    services.invite_delegates(
        meeting=meeting,
        delegates=[
            Invited("congress", "王代表", "县人大"),
            Invited("enterprise", "赵经理", "某化工厂"),
        ],
        by=world.county_assessor,
        now=NOW,
    )
    return services.hold_meeting(meeting=meeting, by=world.county_assessor, now=NOW)


def asked(world, meeting=None, **fields):
    meeting = meeting or held(world)
    values = {
        "enrolment": world.brigade_enrolment,
        "delegate": meeting.delegates.first(),
        "category": "service",
        "text": "为什么检查时不出示证件？",
    }
    return questions.ask_question(
        meeting=meeting, by=world.county_assessor, now=NOW, **values | fields
    )


def reply_owed(question):
    return Obligation.objects.get(kind="written_reply", key=f"written_reply:{question.pk}")


def test_offices_and_bureaus_run_meetings_of_their_own_level(world):
    for user, enrolment in (
        (world.county_assessor, world.brigade_enrolment),
        (world.county_officer, world.brigade_enrolment),
        (world.prefecture_assessor, world.sibling_brigade_enrolment),
        (world.prefecture_officer, world.brigade_enrolment),
        (world.jiyuan_officer, world.jiyuan_enrolment),
        (world.province_assessor, world.direct_brigade_enrolment),
    ):
        meeting = planned(world, user, [enrolment])
        assert meeting.organisation == user.organisation
    for user in (world.station_officer, world.leader, world.auditor, world.province_admin):
        with pytest.raises(Denied):
            planned(world, user)
    with pytest.raises(Denied):
        planned(world, world.county_assessor, [world.sibling_brigade_enrolment])
    meeting = planned(world)
    with pytest.raises(Denied):
        services.hold_meeting(meeting=meeting, by=world.prefecture_assessor, now=NOW)
    with pytest.raises(WrongMoment):
        services.plan_meeting(
            campaign=world.campaign,
            values=PLAN,
            enrolments=[world.brigade_enrolment],
            by=world.county_assessor,
            now=at("2014-11-02 09:00"),
        )


def test_a_meeting_is_seen_by_who_runs_it_by_those_above_and_by_the_stations_reviewed(world):
    meeting = planned(world, enrolments=[world.brigade_enrolment])

    def sees(user):
        return ReviewMeeting.objects.visible_to(user).filter(pk=meeting.pk).exists()

    assert all(
        sees(user)
        for user in (
            world.county_assessor,
            world.county_officer,
            world.prefecture_assessor,
            world.province_officer,
            world.station_officer,
            world.leader,
        )
    )
    assert not any(
        sees(user)
        for user in (
            world.township_officer,
            world.sibling_county_officer,
            world.other_prefecture_officer,
            world.auditor,
        )
    )


def test_planned_twice_with_one_key_is_one_meeting(world):
    assert planned(world, key="k") == planned(world, key="k")
    assert ReviewMeeting.objects.count() == 1


def test_delegates_are_invited_once_and_counted_by_group(world):
    meeting = held(world)
    again = [Invited("congress", "王代表", "县人大"), Invited("cppcc", "刘委员")]
    assert (
        services.invite_delegates(
            meeting=meeting, delegates=again, by=world.county_assessor, now=NOW
        )
        == 1
    )
    present = [row.pk for row in meeting.delegates.exclude(group="enterprise")]
    services.take_attendance(
        meeting=meeting, present=present, remarks="会场秩序良好", by=world.county_assessor, now=NOW
    )
    minutes = minutes_of(meeting)
    assert [(row.group, row.invited, row.present) for row in minutes.attendance] == [
        ("congress", 1, 1),
        ("cppcc", 1, 1),
        ("enterprise", 1, 0),
    ]
    assert (minutes.invited, minutes.present) == (3, 2)


def test_the_head_reports_on_all_four_aspects(world):
    report = planned(world).reports.get(enrolment=world.brigade_enrolment)
    with pytest.raises(Incomplete):
        services.write_report(
            report=report,
            speaker="张三",
            aspects=ASPECTS | {"management": " "},
            by=world.station_officer,
            now=NOW,
        )
    with pytest.raises(Denied):
        services.write_report(
            report=report, speaker="张三", aspects=ASPECTS, by=world.township_officer, now=NOW
        )
    services.write_report(
        report=report, speaker="张三", aspects=ASPECTS, by=world.station_officer, now=NOW
    )
    report.refresh_from_db()
    assert [text for _label, text in report.aspects()] == list(ASPECTS.values())


def test_answered_on_the_spot_and_judged(world):
    question = asked(world)
    questions.answer_on_the_spot(
        question=question, answer="今后一律出示", by=world.county_assessor, now=NOW
    )
    assert not Obligation.objects.filter(kind="written_reply").exists()
    questions.rate_answer(
        question=question, satisfaction="fairly", by=world.county_assessor, now=NOW
    )
    minutes = minutes_of(question.meeting)
    assert (minutes.answered_on_the_spot, minutes.promised) == (1, 0)
    assert [count for _label, count in minutes.satisfaction] == [0, 1, 0]


def test_a_written_reply_is_owed_within_five_working_days_and_seen_when_late(world):
    question = asked(world)
    questions.promise_reply(question=question, by=world.county_assessor, now=NOW)
    # Saturday 25 October: five working days on is Friday the 31st.
    assert question.due_on == date(2014, 10, 31)
    owed = reply_owed(question)
    assert (owed.organisation, owed.due_on, owed.state) == (
        world.brigade.organisation,
        date(2014, 10, 31),
        "open",
    )
    last, after = at("2014-10-31 23:59"), at("2014-11-01 00:00")
    assert not MeetingQuestion.objects.overdue_at(last).exists()
    assert MeetingQuestion.objects.overdue_at(after).get() == question
    for user in (world.township_officer, world.county_assessor, world.prefecture_officer):
        with pytest.raises(Denied):
            questions.reply_in_writing(question=question, answer="x", by=user, now=after)
    questions.reply_in_writing(
        question=question, answer="已整改", by=world.station_officer, now=after
    )
    assert question.was_late
    assert reply_owed(question).state == "met"
    with pytest.raises(WrongMoment):
        questions.reply_in_writing(
            question=question, answer="再答", by=world.station_officer, now=after
        )


def test_an_answer_is_judged_only_once_there_is_one(world):
    question = asked(world)
    with pytest.raises(WrongMoment):
        questions.rate_answer(
            question=question, satisfaction="satisfied", by=world.county_assessor, now=NOW
        )


def test_minutes_close_when_nothing_hangs_in_the_air(world):
    question = asked(world)
    meeting = question.meeting
    with pytest.raises(Incomplete):
        services.close_minutes(meeting=meeting, by=world.county_assessor, now=NOW)
    questions.promise_reply(question=question, by=world.county_assessor, now=NOW)
    services.close_minutes(meeting=meeting, by=world.county_assessor, now=NOW)
    with pytest.raises(WrongMoment):
        asked(world, meeting)
    # The reply may still come.
    question.refresh_from_db()
    questions.reply_in_writing(question=question, answer="已答", by=world.station_officer, now=NOW)
    assert question.state == "answered"


def test_a_question_becomes_a_finding_once(world):
    question = asked(world)
    with pytest.raises(Denied):
        questions.find_from_question(question=question, by=world.county_assessor, now=NOW)
    finding = questions.find_from_question(question=question, by=world.county_officer, now=NOW)
    assert (finding.source, finding.category, finding.text) == (
        "meeting",
        "service",
        question.text,
    )
    with pytest.raises(WrongMoment):
        questions.find_from_question(question=question, by=world.county_officer, now=NOW)
    assert Finding.objects.count() == 1
    assert AuditEvent.objects.filter(act="finding.recorded").count() == 1


def test_questions_go_to_stations_reviewed_and_once_for_a_form(world):
    meeting = held(world)
    with pytest.raises(Incomplete):
        asked(world, meeting, enrolment=world.sibling_brigade_enrolment)
    assert asked(world, meeting, key="k") == asked(world, meeting, key="k")
    assert meeting.questions.count() == 1
