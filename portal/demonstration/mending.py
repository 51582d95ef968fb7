"""The course of rectifications: begun, put off, escalated, opened again, published."""

import io
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common import clock
from common.uploads import examine
from evaluations.models import (
    FindingCategory,
    FindingSource,
    PostponementKind,
    RectificationTask,
    Severity,
    TaskState,
)
from evaluations.services.escalation import escalate_overdue
from evaluations.services.findings import link_findings, record_finding
from evaluations.services.postponements import approve_postponement, ask_postponement
from evaluations.services.tasks import publish_result, reopen_task, start_task

BEGUN, DEFERRED, ASKED, PUBLISHED, REOPENED, ALIKE = 40, 6, 5, 25, 4, 3
NEXT_SPRING = date(2015, 3, 31)
# Found in Zhongmu and not yet dispatched: left for a visitor.
ZHONGMU = "410122"
FOUND = (
    (
        FindingSource.OPINION,
        FindingCategory.SERVICE,
        Severity.MINOR,
        "服务大厅排队秩序乱",
    ),
    (
        FindingSource.MEETING,
        FindingCategory.WORK,
        Severity.MAJOR,
        "现场检查后反馈不及时",
    ),
    (FindingSource.COMPLAINT, FindingCategory.SERVICE, Severity.MINOR, "企业反映监督电话无人接听"),
)


def carry_on(story, moment) -> None:
    """`story`: the demonstration's; `moment`: its clock. Everything through the services of the
    pages, by the people who would do it."""
    tasks = list(
        RectificationTask.objects.filter(enrolment__campaign=story.campaign)
        .select_related(
            "finding",
            "enrolment__campaign",
            "enrolment__station__organisation__supervisor__supervisor",
        )
        .order_by("pk")
    )
    now = moment(10, 23, 15)
    undone = [task for task in tasks if task.state == TaskState.ASSIGNED]
    for task in undone[:BEGUN]:
        start_task(
            task=task,
            owner=task.enrolment.station.head,
            measure="明确责任人，对照问题逐项整改，月底前完成自查。",
            by=_station(story, task),
            now=now,
        )
    for task in undone[:DEFERRED]:
        _deferred(story, task, now)
    in_time = [task for task in undone[DEFERRED:] if task.due_on > clock.today(now)]
    for task in in_time[:ASKED]:
        ask_postponement(
            task=task,
            kind=PostponementKind.EXTENSION,
            reason="需配合乡镇政府统一更换公示栏。",
            plan="新公示栏到位后三日内完成更新。",
            new_due_on=task.due_on + timedelta(days=7),
            by=_station(story, task),
            now=now,
        )
    _told_and_reopened(story, tasks, now)
    _linked(story, tasks, now)
    _found_in_zhongmu(story, now)
    escalate_overdue(now=moment(10, 24, 8))


def _deferred(story, task, now) -> None:
    asked = ask_postponement(
        task=task,
        kind=PostponementKind.DEFERRAL,
        reason="办公用房改造经费未列入本年度预算，一时解决不了。",
        interim_measure="先行调整窗口布局，增设引导人员。",
        plan="列入下年度预算，明年一季度完成改造。",
        new_due_on=NEXT_SPRING,
        by=_station(story, task),
        now=now,
    )
    approve_postponement(
        postponement=asked,
        by=story.officer_of(task.enrolment.bureau),
        reason="情况属实，同意暂缓，请落实过渡措施。",
        now=now,
    )


def _told_and_reopened(story, tasks, now) -> None:
    accepted = [task for task in tasks if task.state == TaskState.ACCEPTED]
    for task in accepted[:PUBLISHED]:
        publish_result(
            task=task,
            text=f"群众反映的“{task.finding.text}”问题已整改到位，欢迎监督。",
            by=story.officer_of(task.enrolment.bureau),
            now=now,
        )
    for task in accepted[PUBLISHED : PUBLISHED + REOPENED]:
        reopen_task(
            task=task,
            reason="回访发现问题反弹，请重新整改。",
            by=story.officer_of(task.enrolment.bureau),
            now=now,
        )


def _linked(story, tasks, now) -> None:
    groups = {}
    for task in tasks:
        groups.setdefault(task.finding.criterion_id, []).append(task.finding)
    for findings in list(groups.values())[:ALIKE]:
        if len(findings) >= ALIKE:
            link_findings(findings=findings[:ALIKE], by=story.users["province"], now=now)


def _found_in_zhongmu(story, now) -> None:
    """Findings with a picture of how it looked."""
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), (232, 214, 200)).save(picture, "JPEG")
    photo = examine(SimpleUploadedFile("现场.jpg", picture.getvalue(), "image/jpeg"))
    stations = [row for row in story.touched() if row.bureau.code == ZHONGMU]
    for enrolment, (source, category, severity, text) in zip(stations, FOUND, strict=False):
        record_finding(
            enrolment=enrolment,
            source=source,
            category=category,
            severity=severity,
            text=f"{text}（演示数据）。",
            files=[photo],
            by=story.officer_of(enrolment.bureau),
            now=now,
        )


def _station(story, task):
    return story.officer_of(task.enrolment.organisation)
