"""The demonstration's acceptance: pools of inspectors, plans, replies, a draw, a secret visit."""

import random
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from evaluations.models import (
    AcceptanceResult,
    CheckReply,
    FindingCategory,
    Inspector,
    PlannedVisit,
    Severity,
)
from evaluations.services.plans import (
    adopt_plan,
    change_visit,
    plan_of,
    propose_schedule,
    save_team,
)
from evaluations.services.replies import Point, decide_objection, reply_to_check
from evaluations.services.secret_visits import Seen, add_observation, record_visit, release_visit
from evaluations.services.spot_draws import record_frame
from portal.demonstration.people import person_name

IN_A_POOL = 12
VISITS_A_DAY = 4
TODAY = date(2014, 10, 25)
SEED = 1024  # of its own, so that nothing else of the story moves
AGREED, OBJECTED = 60, 4


def fill_pools(story) -> None:
    """Each authority's inspectors: two thirds of its own office, the others of its counties."""
    rng = random.Random(SEED)
    counties = defaultdict(list)
    for county in Organisation.objects.filter(kind=OrganisationKind.COUNTY).order_by("path"):
        counties[county.supervisor_id].append(county)
    people = []
    for authority in _authorities():
        names = dict.fromkeys(person_name(rng) for _ in range(IN_A_POOL))
        for number, name in enumerate(names):
            below = counties[authority.pk]
            unit = rng.choice(below) if below and number % 3 == 2 else authority
            people.append(Inspector(pool=authority, unit=unit, name=name))
    Inspector.objects.bulk_create(people, batch_size=500)
    audit.record(by=None, act="inspector.saved", now=_moment(10, 6), rows=people)


def plan_acceptance(story) -> None:
    """Every authority forms teams of two, plans county by county, and adopts its plan."""
    now = _moment(10, 6)
    touched = {row.pk for row in story.touched()}
    stations = {row.pk: row for row in story.enrolments}
    for authority in _authorities():
        by = story.users["province"]
        if authority.kind == OrganisationKind.PREFECTURE:
            by = story.officer_of(authority)
        of_all = {"campaign": story.campaign, "authority": authority, "by": by, "now": now}
        pool = list(Inspector.objects.filter(pool=authority).select_related("unit"))
        # Own people together, and county people together: few teams are barred from a county.
        pool.sort(key=lambda person: (person.unit_id != authority.pk, person.unit_id, person.pk))
        for first in range(0, len(pool) - 1, 2):
            save_team(members=pool[first : first + 2], **of_all)
        propose_schedule(starts_on=date(2014, 10, 8), visits_a_day=VISITS_A_DAY, **of_all)
        plan = plan_of(story.campaign, authority)
        for visit in _untouched(plan, touched):
            # Left for a visitor, on the day at which the demonstration stands.
            visit.plan, visit.enrolment = plan, stations[visit.enrolment_id]
            change_visit(visit=visit, team=visit.team, day=TODAY, position=1, by=by, now=now)
        adopt_plan(plan=plan, by=by, now=now)
    for visit in PlannedVisit.objects.select_related("team").prefetch_related("team__members"):
        names = [person.name for person in visit.team.members.all()]
        story.planned[visit.enrolment_id] = (names, visit.day)


def _untouched(plan, touched):
    visits = plan.visits.select_related("team")
    return [visit for visit in visits if visit.enrolment_id not in touched]


def reply(story) -> None:
    """Some stations agree, a few object; one objection is decided, the others wait."""
    now = _moment(10, 24, 18)
    rows = CheckReply.objects.filter(check_of__enrolment__campaign=story.campaign)
    rows = rows.select_related(
        "check_of__authority", "check_of__enrolment__station__organisation__supervisor__supervisor"
    ).exclude(check_of__result=AcceptanceResult.NOT_QUALIFIED)
    objections = []
    for number, row in enumerate(rows.order_by("pk")[: AGREED + OBJECTED]):
        enrolment = row.check_of.enrolment
        points = []
        lost = row.check_of.scores.filter(deduction__gt=0).select_related("criterion").first()
        if number < OBJECTED and lost is not None:
            text = "该项工作有完整记录，检查当日台账在县局备查，现补充说明。"
            points = [Point(lost, text)]
        by = story.officer_of(enrolment.organisation)
        reply_to_check(reply=row, points=points, by=by, now=now)
        objections += row.objections.all()
    if objections:
        check = objections[0].reply.check_of
        decide_objection(
            objection=objections[0],
            deduction=Decimal(0),
            reason="经核实情况属实，予以采纳。",
            by=story.officer_of(check.authority),
            now=_moment(10, 24, 20),
        )


def visit_secretly(story, vetoed: str) -> None:
    """One visit is released and leads to the veto; one still waits with the province."""
    by = story.users["province"]
    units = {row.organisation.code: row for row in story.enrolments}
    seen = record_visit(
        enrolment=units[vetoed],
        visited_on=date(2014, 10, 14),
        visitors="省局纠风办暗访组二人",
        summary="以办事群众身份到服务窗口咨询，发现工作人员索要礼品（演示数据）。",
        by=by,
        now=_moment(10, 15),
    )
    add_observation(
        visit=seen,
        seen=Seen(
            category=FindingCategory.THINKING,
            severity=Severity.SEVERE,
            text="工作人员暗示办事企业“表示”后方可办理（演示数据）。",
        ),
        by=by,
        now=_moment(10, 15),
    )
    release_visit(visit=seen, reason="事实清楚，予以公布。", by=by, now=_moment(10, 16))
    story.released_visit = seen
    waiting = record_visit(
        enrolment=units["410122-3"],
        visited_on=date(2014, 10, 22),
        visitors="省局纠风办暗访组二人",
        summary="工作时间服务窗口无人值守约四十分钟（演示数据）。",
        by=by,
        now=_moment(10, 23),
    )
    add_observation(
        visit=waiting,
        seen=Seen(category=FindingCategory.WORK, text="工作时间脱岗（演示数据）。"),
        by=by,
        now=_moment(10, 23),
    )


def frame_spot_checks(story) -> None:
    """The frame of a draw is recorded; whoever plays the province draws from it."""
    record_frame(
        campaign=story.campaign,
        public_number_name="演示公开号码：2014年10月25日排列五开奖号码",
        public_number_on=date(2014, 10, 25),
        weighted=True,
        by=story.users["province"],
        now=_moment(10, 24, 21),
    )


def _authorities():
    kinds = (OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE)
    return Organisation.objects.filter(kind__in=kinds).order_by("path")


def _moment(month: int, day: int, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime(2014, month, day, hour))  # noqa: DTZ001
