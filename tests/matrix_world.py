"""One object of each kind at brigade 410122-1, for the access matrix.

Rows are written directly, in the state in which the address of the line can act on them.
"""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.signing import dumps

from accounts.archives import _keep
from accounts.models import AuditArchive, SignIn
from accounts.roles import Role
from campaign.models import (
    CalendarFeed,
    Campaign,
    CampaignState,
    NoticeFile,
    Obligation,
    PaperFile,
    Submission,
)
from campaign.services.obligations import due_days, obligations_of_unit
from campaign.services.preferences import hash_of
from deliveries.models import Delivery, Notice
from evaluations.models import (
    AcceptanceCheck,
    CheckInspector,
    CheckScore,
    Commitment,
    Evidence,
    Finding,
    Postponement,
    RectificationTask,
    SavedFilter,
    SelfInspection,
    SelfInspectionItem,
    Standard,
    Veto,
)
from evaluations.services.standards import copy_standard
from reports.mail.sending import LINK_SALT, UNSUBSCRIBE_SALT
from reports.models import MailSchedule, Report
from tests import voices_rows
from tests.factories import NOW, campaign, person, small_province
from tests.matrix_acceptance import ACCEPTANCE_TARGETS, add_acceptance
from tests.matrix_scores import add_survey_and_run


def matrix_world(world=None):
    """`small_province()`, or the province given, with one of everything at its brigade."""
    world = world or small_province()
    campaign, enrolment = world.campaign, world.brigade_enrolment
    standard = Standard.objects.in_force(campaign)
    criteria = list(standard.criteria())
    by, station = world.county_officer, world.station_officer
    due = due_days(campaign)
    for unit in (world.prefecture, world.county, world.direct_county):
        Obligation.objects.bulk_create(obligations_of_unit(campaign, unit, due))

    world.commitment = Commitment.objects.create(
        enrolment=enrolment,
        area=criteria[0].area,
        content="首问负责",
        responsible="张三",
        supervision_phone="0371-12345678",
    )
    world.published_commitment = Commitment.objects.create(
        enrolment=enrolment,
        area=criteria[0].area,
        content="限时办结",
        responsible="张三",
        supervision_phone="0371-12345678",
        state="published",
        submitted_by=station,
        submitted_at=NOW,
        published_at=NOW,
    )
    world.handed_in = Commitment.objects.create(
        enrolment=world.township_enrolment,
        area=criteria[0].area,
        content="限时办结",
        responsible="张三",
        supervision_phone="0371-12345678",
        state="submitted",
        submitted_by=world.township_officer,
        submitted_at=NOW,
    )
    world.inspection = SelfInspection.objects.create(
        enrolment=enrolment,
        standard=standard,
        state="submitted",
        submitted_at=NOW,
        submitted_by=station,
        score=Decimal("9.5"),
    )
    for criterion in criteria:
        world.item = SelfInspectionItem.objects.create(
            inspection=world.inspection,
            criterion=criterion,
            self_score=criterion.points - Decimal("0.5"),
            remark="记录不完整",
        )
    world.finding = _finding(world, "未派任务的问题")
    world.task_assigned = _task(world, "assigned")
    world.task_in_progress = _task(world, "in_progress")
    world.task_submitted = _task(world, "submitted")
    world.task_accepted = _task(world, "accepted")
    world.postponement = Postponement.objects.create(
        task=world.task_in_progress,
        enrolment=enrolment,
        kind="extension",
        reason="等待拨款",
        plan="拨款后购置",
        old_due_on=date(2014, 11, 10),
        new_due_on=date(2014, 11, 14),
        asked_by=station,
        asked_at=NOW,
    )
    world.saved_filter = SavedFilter.objects.create(user=by, name="未交办", query="state=none")
    world.draft = _draft_standard(world)
    world.check = AcceptanceCheck.objects.create(
        enrolment=enrolment, standard=standard, authority=world.prefecture, checked_on=NOW.date()
    )
    for name in ("甲", "乙"):
        CheckInspector.objects.create(check_of=world.check, name=name)
    for criterion in criteria:
        world.check_score = CheckScore.objects.create(
            check_of=world.check, criterion=criterion, deduction=Decimal("0.5"), reason="缺记录"
        )
    world.evidence = Evidence.objects.create(
        enrolment=enrolment,
        file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="x.pdf"),
        name="证明.pdf",
        content_type="application/pdf",
        size=15,
        sha256="0" * 64,
        uploaded_by=station,
        uploaded_at=NOW,
    )
    world.veto = Veto.objects.create(
        enrolment=world.township_enrolment,
        reason="影响恶劣",
        proposed_by=world.province_officer,
        proposed_at=NOW,
        reply_due_on=date(2014, 10, 24),
    )
    world.veto_in_effect = Veto.objects.create(
        enrolment=world.sibling_brigade_enrolment,
        reason="影响恶劣",
        state="in_effect",
        proposed_by=world.province_officer,
        proposed_at=NOW,
        reply_due_on=date(2014, 10, 24),
        decided_by=world.leader,
        decided_at=NOW,
    )
    world.plan = Submission.objects.create(
        campaign=campaign,
        organisation=world.county,
        kind="plan",
        text="方案" * 20,
        state="submitted",
        submitted_at=NOW,
    )
    stored = {
        "name": "方案.pdf",
        "content_type": "application/pdf",
        "size": 15,
        "sha256": "0" * 64,
        "uploaded_by": by,
        "uploaded_at": NOW,
    }
    world.plan.file = PaperFile.objects.create(
        organisation=world.county,
        file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="x.pdf"),
        **stored,
    )
    world.plan.save()
    world.plan.versions.create(
        number=1, text=world.plan.text, file=world.plan.file, submitted_by=by, submitted_at=NOW
    )
    world.notice_file = NoticeFile.objects.create(
        campaign=campaign, file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="x.pdf"), **stored
    )
    world.draft_campaign = Campaign.objects.create(
        year=2030, title_zh="草案", title_en="Draft", document_number="", notice=""
    )
    world.notice = Notice.objects.create(key="x", user=by, subject="主题", text="正文", told_at=NOW)
    CalendarFeed.objects.create(user=by, secret_hash=hash_of("secret"), created_at=NOW)
    owed = Obligation.objects.filter(enrolment=enrolment)
    world.obligation = owed.get(kind="commitments")
    world.waived = owed.get(kind="plan")
    Obligation.objects.filter(pk=world.waived.pk).update(
        state="waived", waived_because="撤并", waived_by=by
    )
    world.delivery = Delivery.objects.create(
        key="x",
        kind="other",
        user=by,
        address="x@example.com",
        subject="主题",
        text="正文",
        message_id="<x@example.com>",
        state="failed",
        planned_at=NOW,
        written_at=NOW,
        try_after=NOW,
        attachment=_stored(world),
        attachment_name="x.pdf",
    )
    world.suspended = person(
        "suspended", world.county, Role.COUNTY_OFFICER, is_active=False, second_factor=True
    )
    _keep("x.jsonl.gz", b"x")
    world.archive = AuditArchive.objects.create(
        first_seal=0,
        last_seal=0,
        last_event=0,
        event_count=0,
        first_day=NOW,
        last_day=NOW,
        name="x.jsonl.gz",
        sha256="0" * 64,
        archived_at=NOW,
    )
    world.sign_in = SignIn.objects.create(
        user=world.suspended, session_key="x" * 32, began_at=NOW, seen_at=NOW
    )
    add_survey_and_run(world)
    world.report = Report.objects.create(
        key="x",
        series="x",
        kind="unit_summary",
        campaign=campaign,
        organisation=world.county,
        run=world.run,
        language="zh-hans",
        state="done",
        requested_by=world.province_officer,
        requested_at=NOW,
        finished_at=NOW,
        file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="r.pdf"),
        sha256="0" * 64,
    )
    world.mail_schedule = MailSchedule.objects.create(
        campaign=campaign, audience="county", rhythm="weekly", starts_on=NOW.date()
    )
    world.queued_report = Report.objects.create(
        key="z",
        series="z",
        kind="unit_summary",
        campaign=campaign,
        organisation=world.county,
        run=world.run,
        language="zh-hans",
        requested_by=world.province_officer,
        requested_at=NOW,
    )
    world.failed_report = Report.objects.create(
        key="y",
        series="y",
        kind="unit_summary",
        campaign=campaign,
        organisation=world.county,
        run=world.run,
        language="zh-hans",
        state="failed",
        failure="x",
        requested_by=world.province_officer,
        requested_at=NOW,
    )
    voices_rows.add_voices(world)
    add_acceptance(world)
    return world


def _stored(world):
    return world.evidence.file.name


def _finding(world, text):
    return Finding.objects.create(
        enrolment=world.brigade_enrolment,
        source="opinion",
        category="work",
        text=text,
        recorded_by=world.county_officer,
        recorded_at=NOW,
    )


def _task(world, state):
    submitted, accepted = state in ("submitted", "accepted"), state == "accepted"
    return RectificationTask.objects.create(
        finding=_finding(world, state),
        enrolment=world.brigade_enrolment,
        requirement="限期整改",
        due_on=date(2014, 11, 10),
        state=state,
        assigned_by=world.county_officer,
        assigned_at=NOW,
        result="已整改" if submitted else "",
        submitted_at=NOW if submitted else None,
        submitted_by=world.station_officer if submitted else None,
        reviewed_by=world.county_officer if accepted else None,
        reviewed_at=NOW if accepted else None,
    )


def _draft_standard(world):
    """A draft for next year's campaign, by which nobody has worked yet."""
    next_year = campaign(2015, CampaignState.DRAFT)
    return copy_standard(
        source=Standard.objects.in_force(next_year),
        campaign=next_year,
        by=world.province_admin,
        now=NOW,
    )


STATION_FORM = {
    "name_zh": "新站",
    "kind": "township",
    "head": "李四",
    "phone": "0371-62160000",
    "version": "1",
}


PERSON_FORM = {
    "name": "李四",
    "email": "li@example.com",
    "phone": "",
    "version": "1",
    "organisation": "410122",
    "role": "leader",
    "reason": "调离",
}

# target of a line → (arguments of the address, data of a POST)
TARGETS = {
    **voices_rows.TARGETS,
    **ACCEPTANCE_TARGETS,
    "-": lambda w: ([], {}),
    "brigade": lambda w: ([w.brigade.code], STATION_FORM),
    "enrolment": lambda w: ([w.brigade_enrolment.pk], {}),
    "self-inspection": lambda w: ([w.brigade_enrolment.pk], {}),
    "township-area": lambda w: ([w.township_enrolment.pk, 1], {}),
    "township": lambda w: ([w.township_enrolment.pk], {}),
    "commitment": lambda w: ([w.commitment.pk], {}),
    "published-commitment": lambda w: (
        [w.published_commitment.pk],
        {"status": "broken", "seen_on": "2014-10-24", "text": "超过时限", "key": "k"},
    ),
    "handed-in": lambda w: ([w.township_enrolment.pk], {"decision": "accept"}),
    "item": lambda w: ([w.item.pk], {}),
    "finding": lambda w: ([w.finding.pk], {}),
    "task": lambda w: ([w.task_assigned.pk], {"owner": "张三", "measure": "立行立改"}),
    "task-postpone": lambda w: (
        [w.task_assigned.pk],
        {"kind": "extension", "reason": "x", "plan": "x", "new_due_on": "2014-11-14"},
    ),
    "postponement": lambda w: ([w.postponement.pk], {"decision": "approve", "reason": "同意"}),
    "task-accepted": lambda w: (
        [w.task_accepted.pk],
        {"reason": "反弹", "due_on": "2014-11-14", "text": "已整改"},
    ),
    "findings": lambda w: ([], {"finding": [w.finding.pk]}),
    "findings-two": lambda w: (
        [],
        {"finding": [w.finding.pk, w.task_accepted.finding_id]},
    ),
    "finding-pair": lambda w: ([w.finding.pk, w.task_accepted.finding_id], {}),
    "filter": lambda w: ([], {"name": "逾期", "query": "state=overdue"}),
    "saved-filter": lambda w: ([w.saved_filter.pk], {}),
    "standard": lambda w: ([Standard.objects.in_force(w.campaign).pk], {}),
    "standard-draft": lambda w: ([w.draft.pk], {}),
    "standard-source": lambda w: ([], {"source": w.draft.pk, "campaign": w.draft.campaign_id}),
    "draft-criterion": lambda w: (
        [w.draft.criteria()[0].pk],
        {"edition": w.draft.edition},
    ),
    "draft-area": lambda w: ([w.draft.areas.first().pk], {}),
    "task-in-progress": lambda w: ([w.task_in_progress.pk], {"result": "x"}),
    "task-submitted": lambda w: ([w.task_submitted.pk], {"reason": "整改到位"}),
    "check-score": lambda w: ([w.check_score.pk], {}),
    "evidence": lambda w: ([w.evidence.pk], {}),
    "self-review": lambda w: (
        [w.brigade_enrolment.pk],
        {"decision": "accept", "reason": "属实"},
    ),
    "veto": lambda w: ([w.veto.pk], {"decision": "confirm", "reason": "事实清楚"}),
    "veto-in-effect": lambda w: ([w.veto_in_effect.pk], {"reason": "申诉成立"}),
    "plan": lambda w: ([w.plan.pk], {"decision": "accept", "reason": "同意"}),
    "campaign": lambda w: ([w.campaign.pk], {"year": "2015", "reason": "结束"}),
    "draft-campaign": lambda w: ([w.draft_campaign.pk], {}),
    "campaign-file": lambda w: ([w.campaign.pk, w.notice_file.pk], {}),
    "notice": lambda w: ([w.notice.pk], {}),
    "preference": lambda w: ([], {"mail_before_due": "0"}),
    "quiet-hours": lambda w: ([], {"starts_at": "21:00", "ends_at": "07:00"}),
    "feed": lambda w: (["secret"], {}),
    "brigade-retire": lambda w: (
        [w.brigade.code],
        {"merged": "0", "on": "2014-10-25", "reason": "撤并"},
    ),
    "plan-file": lambda w: ([w.plan.pk, w.plan.file_id], {}),
    "notice-file": lambda w: ([w.notice_file.pk], {}),
    "obligation": lambda w: ([w.obligation.pk], {"reason": "站所撤并"}),
    "waived-obligation": lambda w: ([w.waived.pk], {"reason": "情况有变"}),
    "calendar-day": lambda w: (
        [],
        {"day": "2014-10-11", "is_workday": "1", "name_zh": "国庆节", "reason": "通知"},
    ),
    "plan-kind": lambda w: (["plan"], {"text": "方案" * 20}),
    "delivery": lambda w: ([w.delivery.pk], {"reason": "无此邮箱"}),
    "paper-kind": lambda w: (["unit_summary"], {}),
    "paper": lambda w: (["unit_summary"], {"organisation": w.county.pk, "language": "zh-hans"}),
    "queued-report": lambda w: ([w.queued_report.pk], {}),
    "report-mail": lambda w: ([w.report.pk], {"addresses": "x@example.com"}),
    "report-token": lambda w: (
        [dumps({"report": w.report.pk, "user": w.county_officer.pk}, salt=LINK_SALT)],
        {},
    ),
    "mail-schedule": lambda w: (
        [w.mail_schedule.pk],
        {"rhythm": "weekly", "day": "2", "hour": "9", "starts_on": "2014-10-25"},
    ),
    "mail-words": lambda w: (["summary", "en"], {"subject": "x", "text": "{unit}"}),
    "report-rules": lambda w: (
        [],
        {"keep_days": "30", "attachment_kilobytes": "100", "link_days": "7"},
    ),
    "unsubscribe-token": lambda w: (
        [dumps(w.county_officer.pk, salt=UNSUBSCRIBE_SALT)],
        {},
    ),
    "check-code": lambda w: ([w.report.code], {}),
    "checksum": lambda w: ([], {"sha256": "0" * 64}),
    "report": lambda w: ([w.report.pk], {}),
    "failed-report": lambda w: ([w.failed_report.pk], {}),
    "batch": lambda w: (
        [w.batch.pk],
        {"number": "1", "to": "大厅", "typed": w.code, "reason": "退回"},
    ),
    "mailed-batch": lambda w: ([w.mailed_batch.pk], {}),
    "call-back": lambda w: (
        [w.call_back.pk],
        {"reached": "5", "without_code": "1", "by_others": "0"},
    ),
    "lost-mail": lambda w: (
        [w.mailed_batch.pk, w.lost_mail.pk],
        {"address": "b@example.cn", "reason": "地址写错"},
    ),
    "replacement": lambda w: ([w.replacement.pk], {"decision": "approve", "reason": "属实"}),
    "batch-codes": lambda w: ([w.batch.pk], {"codes": w.code}),
    "paper-batch": lambda w: ([w.paper_batch.pk], {"day": "2014-10-25"}),
    "flag": lambda w: ([w.flag.pk], {"reason": "核实"}),
    "quarantine": lambda w: ([w.quarantine.pk], {"decision": "reject", "reason": "不属实"}),
    "quarantine-in-effect": lambda w: ([w.quarantine_in_effect.pk], {"reason": "申诉成立"}),
    "comment": lambda w: ([w.comment.pk], {"decision": "withhold"}),
    "comment-shown": lambda w: (
        [w.comment_shown.pk],
        {"category": "work", "severity": "minor"},
    ),
    "lead": lambda w: ([w.survey_lead.pk], {"reason": "已核查"}),
    "questionnaire": lambda w: ([w.questionnaire_draft.pk], {}),
    "question-kind": lambda w: ([w.questionnaire_draft.pk, "question"], {}),
    "question-part": lambda w: ([w.questionnaire_draft.pk, "question", w.survey_question.pk], {}),
    "station-code": lambda w: ([], {"station": w.brigade.code}),
    "language": lambda w: ([], {"language": "en"}),
    "daily-list": lambda w: ([w.daily_list.pk], {"reason": "更正"}),
    "daily-score": lambda w: ([w.daily_score.pk], {}),
    "policy-form": lambda w: ([], {"version": 1}),
    "run": lambda w: ([w.run.pk], {}),
    "run-reason": lambda w: ([w.run.pk], {"reason": "数据更正"}),
    "draft-run": lambda w: ([w.draft_run.pk], {"reason": "个别单位未签报"}),
    "previewed-run": lambda w: ([w.previewed_run.pk], {"reason": "数据更正"}),
    "preview-reply": lambda w: ([w.brigade_enrolment.pk], {"text": "少计答卷"}),
    "reply": lambda w: ([w.reply.pk], {"reason": "已核实", "decision": "not"}),
    "honour": lambda w: ([w.honour.pk], {}),
    "honour-nominate": lambda w: (
        [w.honour.pk],
        {"reason": "表现突出", "recheck_on": "2014-10-20", "recheck_note": "属实"},
    ),
    "honour-confirm": lambda w: (
        [w.honour_closed.pk],
        {"reason": "公示无异议", "decision": "confirm"},
    ),
    "objection": lambda w: ([w.objection.pk], {"reason": "查无实据", "decision": "not"}),
    "objection-form": lambda w: (
        [],
        {"honour": w.honour_open.pk, "text": "该站所存在不实情况。" * 3, "key": str(uuid4())},
    ),
    "consequence": lambda w: ([w.consequence.pk], {}),
    "consequence-endorse": lambda w: (
        [w.consequence.pk],
        {"reason": "排名末位", "decision": "endorse"},
    ),
    "reason-only": lambda w: ([], {"reason": "调整"}),
    "sign-in": lambda w: ([], {"username": "x", "password": "x"}),
    "membership": lambda w: ([], {"membership": "0"}),
    "archive": lambda w: ([w.archive.pk], {}),
    "forgotten": lambda w: ([], {"email": "station_officer@example.com"}),
    "password-link": lambda w: (["eA", "x"], {}),
    "others-sign-in": lambda w: ([w.sign_in.pk], {}),
    "person-with-factor": lambda w: ([w.suspended.pk], PERSON_FORM),
    "new-person": lambda w: ([], PERSON_FORM | {"username": "new"}),
    "person": lambda w: ([w.station_officer.pk], PERSON_FORM),
    "suspended-person": lambda w: ([w.suspended.pk], PERSON_FORM),
    "own-account": lambda w: ([w.system_admin.pk], PERSON_FORM),
    "role": lambda w: (
        [w.station_officer.pk, w.station_officer.memberships.get().pk],
        {"reason": "调离"},
    ),
}
