"""One object of each kind at brigade 410122-1, for the access matrix.

Rows are written directly, in the state in which the address of the line can act on them.
"""

from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile

from accounts.archives import _keep
from accounts.models import AuditArchive, SignIn
from accounts.roles import Role
from campaign.models import CampaignState, Submission
from campaign.services.obligations import due_days, obligations_of_unit, open_obligations
from deliveries.models import Delivery
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
from reports.models import Report
from scoring.services.policies import load_default_policy
from scoring.services.runs import make_run
from surveys.services.questionnaires import load_questionnaire, open_questionnaire
from tests.factories import NOW, campaign, person, small_province
from tests.scoring.voters import show_to_units
from tests.survey_rows import GROUPS, QUESTIONS, SCALES


def matrix_world(world=None):
    """`small_province()`, or the province given, with one of everything at its brigade."""
    world = world or small_province()
    campaign, enrolment = world.campaign, world.brigade_enrolment
    standard = Standard.objects.in_force(campaign)
    criteria = list(standard.criteria())
    by, station = world.county_officer, world.station_officer
    due = due_days(campaign)
    for unit in (world.prefecture, world.county, world.direct_county):
        open_obligations(obligations_of_unit(campaign, unit, due))

    world.commitment = Commitment.objects.create(
        enrolment=enrolment,
        area=criteria[0].area,
        content="首问负责",
        responsible="张三",
        supervision="0371-12345678",
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
    _survey_and_run(world)
    world.report = Report.objects.create(
        key="x",
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
    world.failed_report = Report.objects.create(
        key="y",
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


def _survey_and_run(world):
    admin = world.province_admin
    questionnaire = load_questionnaire(
        campaign=world.campaign,
        questions=QUESTIONS,
        scales=SCALES,
        groups=GROUPS,
        by=admin,
        now=NOW,
    )
    open_questionnaire(questionnaire=questionnaire, by=admin, now=NOW)
    load_default_policy(campaign=world.campaign, by=admin, now=NOW)
    run = make_run(campaign=world.campaign, by=world.province_officer, now=NOW)
    world.run = show_to_units(run, world.province_officer, world.province_admin)


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
    "-": lambda w: ([], {}),
    "brigade": lambda w: ([w.brigade.code], STATION_FORM),
    "enrolment": lambda w: ([w.brigade_enrolment.pk], {}),
    "self-inspection": lambda w: ([w.brigade_enrolment.pk], {}),
    "township-area": lambda w: ([w.township_enrolment.pk, 1], {}),
    "township": lambda w: ([w.township_enrolment.pk], {}),
    "commitment": lambda w: ([w.commitment.pk], {}),
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
    "plan-kind": lambda w: (["plan"], {"text": "方案" * 20}),
    "delivery": lambda w: ([w.delivery.pk], {}),
    "report-request": lambda w: ([], {"organisation": w.county.pk, "language": "zh-hans"}),
    "report": lambda w: ([w.report.pk], {}),
    "failed-report": lambda w: ([w.failed_report.pk], {}),
    "station-code": lambda w: ([], {"station": w.brigade.code}),
    "language": lambda w: ([], {"language": "en"}),
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
