"""What the people of a rehearsal do: most things in time, some late, some never; seeded."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from campaign.models import CampaignState, Enrolment, Obligation, ObligationKind
from campaign.services.enrolments import enrol
from campaign.services.obligations import DAILY_LEVELS, daily_debtor
from campaign.services.opening import open_campaign
from campaign.services.receipts import sign_receipt
from campaign.services.registry import confirm_registry
from campaign.services.submissions import record_plans, save_submission, submit_submission
from common.errors import WrongMoment
from evaluations.models import Inspector, Standard
from evaluations.services.bulk import record_checks, record_commitments, record_self_inspections
from portal.demonstration import invention
from portal.demonstration.story import Story
from scoring.services.daily import give_daily_scores
from stations.models import Station

# Days before the due day (negative: after it) on which things are done, and how often.
HABITS = ((12, 30), (6, 25), (2, 20), (0, 12), (-2, 7), (-9, 4), (None, 2))


class People:
    """Called once a day: opens the campaign, enrols, and does what people do on that day."""

    def __init__(self, story: Story, first: date):
        self.story, self.first = story, first
        self.dice = random.Random(2014)
        self.plan: dict[int, date | None] = {}
        self.opened_on: dict[int, date] = {}
        self.refused = 0

    def __call__(self, day: date, now: datetime) -> None:
        story = self.story
        if day == self.first and story.campaign.state == CampaignState.DRAFT:
            open_campaign(campaign=story.campaign, by=story.admin, now=now)
        if day == self.first + timedelta(days=3):
            stations = Station.objects.at_work()
            enrol(campaign=story.campaign, stations=stations, by=story.admin, now=now)
        for kind, rows in self._due_today(day).items():
            try:
                DOING[kind](story, rows, now)
            except WrongMoment:
                # The phase is over: what was not done by then stays open.
                self.refused += len(rows)

    def _due_today(self, day) -> dict[str, list[Obligation]]:
        rows = defaultdict(list)
        owed = Obligation.objects.open().filter(campaign=self.story.campaign)
        for row in owed.select_related("organisation__supervisor").order_by("pk"):
            if row.pk not in self.plan:
                habit = self.dice.choices(
                    [days for days, _ in HABITS], [weight for _, weight in HABITS]
                )[0]
                self.opened_on[row.pk] = day
                self.plan[row.pk] = (
                    None
                    if habit is None
                    else max(row.due_on - timedelta(days=habit), day + timedelta(days=1))
                )
            if self.plan[row.pk] == day and row.kind in DOING:
                rows[row.kind].append(row)
        return rows


def _receipts(story, rows, now):
    for row in rows:
        sign_receipt(campaign=story.campaign, by=story.officer_of(row.organisation), now=now)


def _registry(story, rows, now):
    for row in rows:
        confirm_registry(campaign=story.campaign, by=story.officer_of(row.organisation), now=now)


def _plans(story, rows, now):
    text = "结合本地实际制定创建活动实施方案，明确目标、步骤、分工和完成时限。"
    _papers(story, [row for row in rows if row.enrolment_id is None], now)
    stations = [(row.organisation, text) for row in rows if row.enrolment_id]
    if stations:
        record_plans(campaign=story.campaign, rows=stations, by=story.admin, now=now)


def _papers(story, rows, now):
    for row in rows:
        by = story.officer_of(row.organisation)
        paper = save_submission(
            campaign=story.campaign,
            organisation=row.organisation,
            kind=row.kind,
            text=f"{row.organisation.name_zh}按照通知要求，认真开展创建活动，现将有关情况报告如下。",
            by=by,
            now=now,
        )
        submit_submission(submission=paper, by=by, now=now)


def _enrolments(rows) -> list[Enrolment]:
    keys = [row.enrolment_id for row in rows]
    found: list[Enrolment] = []
    for first in range(0, len(keys), 500):
        found += Enrolment.objects.filter(pk__in=keys[first : first + 500]).with_station()
    return found


def _commitments(story, rows, now):
    areas = list(Standard.objects.in_force(story.campaign).areas.all())
    record_commitments(
        campaign=story.campaign,
        rows=[
            (
                enrolment,
                [
                    {
                        "area": area,
                        "content": "公开承诺，限时办结。",
                        "responsible": enrolment.station.head or "负责人",
                        "supervision_phone": enrolment.station.phone or "12350",
                    }
                    for area in areas
                ],
            )
            for enrolment in _enrolments(rows)
        ],
        by=story.admin,
        now=now,
    )


def _self_inspections(story, rows, now):
    criteria = list(Standard.objects.in_force(story.campaign).criteria())
    points = [criterion.points for criterion in criteria]
    remarks = [""] * len(criteria)
    record_self_inspections(
        campaign=story.campaign,
        rows=[(enrolment, points, remarks) for enrolment in _enrolments(rows)],
        by=story.admin,
        now=now,
    )


def _checks(story, rows, now):
    count = Standard.objects.in_force(story.campaign).criteria().count()
    marks = [(Decimal(0), "")] * count
    pools = defaultdict(list)
    for inspector in Inspector.objects.for_duty().order_by("pk"):
        pools[inspector.pool_id].append(inspector)
    record_checks(
        campaign=story.campaign,
        rows=[
            (enrolment, marks, _team(pools, enrolment), now.date())
            for enrolment in _enrolments(rows)
        ],
        by=story.admin,
        now=now,
    )


def _team(pools, enrolment) -> list[str]:
    """The first two of the authority's pool who do not work at the station's own unit."""
    pool = pools[enrolment.acceptance_authority.pk]
    return [person.name for person in pool if not person.belongs_to(enrolment)][:2]


def _daily_scores(story, rows, now):
    enrolments = {row.pk: row for row in _enrolments(rows)}
    given = defaultdict(list)
    for row in rows:
        enrolment = enrolments[row.enrolment_id]
        level = row.key.rpartition(":")[2]
        if level in DAILY_LEVELS[enrolment.line]:
            score = invention.daily_score(story.rng, 0.9)
            unit = daily_debtor(enrolment, level)
            given[unit.code].append((enrolment, level, score, "日常检查情况综合评定。"))
    for code, scores in given.items():
        give_daily_scores(
            campaign=story.campaign, rows=scores, by=story.users[f"assessor-{code}"], now=now
        )


DOING = {
    ObligationKind.RECEIPT: _receipts,
    ObligationKind.REGISTRY: _registry,
    ObligationKind.PLAN: _plans,
    ObligationKind.SUMMARY: _papers,
    ObligationKind.COMMITMENTS: _commitments,
    ObligationKind.SELF_INSPECTION: _self_inspections,
    ObligationKind.ACCEPTANCE: _checks,
    ObligationKind.DAILY_SCORE: _daily_scores,
}
