"""Builds the demonstration, act by act, through the services that people's pages use.

The calendar of the story: a pilot the year before; opened on 1 August, enrolled on the 4th,
promised on the 28th, inspected by 26 September, asked from 15 September on, accepted and scored by
24 October, ranked that night.
"""

import io
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from accounts.models import Membership
from campaign.models import Enrolment, Obligation, ObligationKind
from campaign.services.calendar import load_calendar
from campaign.services.definitions import draft
from campaign.services.enrolments import enrol
from campaign.services.obligations import DAILY_LEVELS, daily_debtor
from campaign.services.opening import open_campaign
from campaign.services.submissions import accept_submission, save_submission, submit_submission
from common.uploads import examine
from evaluations.models import FindingCategory, FindingSource, Severity, Standard, TaskState
from evaluations.services.bulk import record_checks, record_commitments, record_self_inspections
from evaluations.services.bulk_tasks import FindingRecord, record_findings_with_tasks
from evaluations.services.standards import load_standard
from evaluations.services.vetoes import decide_veto, propose_veto, reply_to_veto
from portal.demonstration import acceptance, ending, invention, notice
from portal.demonstration.ballots import fill_the_box
from portal.demonstration.last_year import hold_last_year
from portal.demonstration.mending import carry_on
from portal.demonstration.people import create_people, fill_stations
from portal.demonstration.preparation import (
    confirm_the_registry,
    hand_in_station_plans,
    sign_for_the_notice,
    watch_promises,
)
from portal.demonstration.results import remember_last_year
from portal.demonstration.story import Story, moment
from portal.demonstration.voices import meet, speak
from reports.mail.schedules import set_usual_schedules
from scoring.services.daily import give_daily_scores
from scoring.services.runs import make_run
from stations.divisions import load_divisions, read_divisions
from stations.models import Station
from surveys.services.ballots import cast_ballots

FEW_BALLOTS = ("410122-3", "410322-2", "411628-3")
NO_COUNTY_SCORE = ("410122-4", "411502-2")
# Twins: the second gets the first one's daily scores and ballots, and so its composite.
TWINS = ("410182-1", "410183-1")
VETOED = "411702-1"
FIRST_BALLOT, LAST_BALLOT = date(2014, 9, 15), date(2014, 10, 24)


def build(say: Callable[[str], None], *, to_the_end: bool = False) -> None:
    """Build everything in an empty database: until the preliminary ranking, or until results are
    published (`portal.demonstration.ending`)."""
    story = Story(say)
    for text, act in (
        ("units and people", raise_province),
        ("the pilot of the year before", hold_last_year),
        ("the campaign", open_the_campaign),
        ("receipts of the notice", sign_for_the_notice),
        ("the registry", confirm_the_registry),
        ("plans", hand_in_plans),
        ("the stations' plans", hand_in_station_plans),
        ("commitments", promise),
        ("self-inspections", inspect_themselves),
        ("findings and rectifications", mend),
        ("the course of rectifications", lambda story: carry_on(story, moment)),
        ("opinions and complaints", speak),
        ("review meetings", meet),
        ("inspectors", acceptance.fill_pools),
        ("acceptance plans", acceptance.plan_acceptance),
        ("acceptance checks", accept),
        ("replies to the checks", acceptance.reply),
        ("whether promises are kept", watch_promises),
        ("daily scores", assess),
        ("ballots", answer),
        ("the ballot box", fill_the_box),
        ("secret visits", visit_secretly),
        ("a veto", veto),
        ("the frame of a draw", acceptance.frame_spot_checks),
        ("last year's results", remember_last_year),
        ("the preliminary ranking", rank),
        ("schedules of mails", keep_mails),
        *(ending.ACTS if to_the_end else ()),
    ):
        say(text)
        act(story)
        refresh_statistics()


def keep_mails(story: Story) -> None:
    """From the demonstration's own day on, so that its start mails nothing yet."""
    set_usual_schedules(campaign=story.campaign, by=story.admin, now=moment(10, 25))


def refresh_statistics() -> None:
    """Tell PostgreSQL how full the tables are now: all is one transaction, so nobody else does, and
    planned for empty tables a join of two thousand units runs for minutes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def raise_province(story: Story) -> None:
    now = moment(8, 1)
    load_divisions(read_divisions(notice.DATA / "henan_divisions.csv"), now)
    load_calendar(now)
    create_people(story.rng, now)
    fill_stations(story.rng, now)
    memberships = Membership.objects.select_related("user", "organisation")
    for membership in memberships:
        membership.user.acting = membership
        story.users[membership.user.username] = membership.user


def open_the_campaign(story: Story) -> None:
    now = moment(8, 1)
    campaign = story.campaign = draft(definition=notice.definition(), by=story.admin, now=now)
    load_standard(campaign=campaign, rows=notice.read_csv("standard.csv"), by=story.admin, now=now)
    notice.set_questions_and_rules(campaign, by=story.admin, now=now)
    open_campaign(campaign=campaign, by=story.admin, now=now)
    enrol(campaign=campaign, stations=Station.objects.all(), by=story.admin, now=moment(8, 4))
    story.enrolments = list(
        Enrolment.objects.filter(campaign=campaign)
        .with_station()
        .order_by("station__organisation__path")
    )
    for enrolment in story.enrolments:
        story.quality[enrolment.pk] = invention.quality(story.rng)


def hand_in_plans(story: Story) -> None:
    plans = Obligation.objects.filter(
        campaign=story.campaign, kind=ObligationKind.PLAN, enrolment=None
    )
    for number, plan in enumerate(plans.select_related("organisation__supervisor")):
        # Every twentieth is late; Zhongmu's is left for a visitor.
        unit = plan.organisation
        if number % 20 == 19 or unit.code == "410122":
            continue
        by, now = story.officer_of(unit), moment(8, story.rng.randint(8, 28))
        text = f"{unit.name_zh}结合本地实际，制定创建活动实施方案，明确目标、步骤、分工和时限。"
        submission = save_submission(
            campaign=story.campaign, organisation=unit, kind="plan", text=text, by=by, now=now
        )
        submit_submission(submission=submission, by=by, now=now)
        if story.rng.random() < 0.9:
            above = unit.supervisor
            reviewer = (
                story.users["province"] if above.supervisor_id is None else story.officer_of(above)
            )
            accept_submission(
                submission=submission,
                reason="方案符合要求，同意实施。",
                by=reviewer,
                now=now + timedelta(days=1),
            )


def promise(story: Story) -> None:
    areas = list(Standard.objects.in_force(story.campaign).areas.all())
    rows = []
    for enrolment in story.touched():
        if story.rng.random() < 0.02:
            continue
        station = enrolment.station
        rows.append(
            (
                enrolment,
                [
                    {
                        "area": area,
                        "content": invention.PROMISES[area.number],
                        "responsible": station.head,
                        "supervision_phone": station.phone,
                        "letter_box": "服务大厅门口",
                        "published_where": "服务大厅公示栏",
                        "time_limit": "全年",
                    }
                    for area in areas
                ],
            )
        )
    record_commitments(campaign=story.campaign, rows=rows, by=story.admin, now=moment(8, 28))


def inspect_themselves(story: Story) -> None:
    criteria = list(Standard.objects.in_force(story.campaign).criteria())
    rows = []
    for enrolment in story.touched():
        if story.rng.random() < 0.03:
            continue
        # People are kinder to themselves than their inspectors are.
        level = min(1.0, story.quality[enrolment.pk] + 0.14)
        scores, remarks = [], []
        for criterion in criteria:
            lost = invention.loss(story.rng, criterion.points, level)
            scores.append(criterion.points - lost)
            remarks.append(invention.REMARKS[criterion.number[0]] if lost else "")
        rows.append((enrolment, scores, remarks))
    record_self_inspections(campaign=story.campaign, rows=rows, by=story.admin, now=moment(9, 26))


def mend(story: Story) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), (214, 226, 240)).save(picture, "JPEG")
    photo = examine(SimpleUploadedFile("整改后.jpg", picture.getvalue(), "image/jpeg"))
    criteria = list(Standard.objects.in_force(story.campaign).criteria())
    sources = (FindingSource.SELF_INSPECTION, FindingSource.OPINION, FindingSource.MEETING)
    severities = (Severity.MINOR, Severity.MINOR, Severity.MAJOR)
    rows = []
    for enrolment in story.touched():
        if story.rng.random() > 1.1 - story.quality[enrolment.pk]:
            continue
        criterion = story.rng.choice(criteria)
        recorded = moment(9, 1, 9) + timedelta(days=story.rng.randint(0, 45))
        due = recorded.date() + timedelta(days=21)
        history = {}
        draw = story.rng.random()
        mended = recorded + timedelta(days=story.rng.randint(4, 20))
        if draw < 0.85 and mended < moment(10, 20):
            history = {
                "state": TaskState.SUBMITTED,
                "result": "已按要求完成整改，责任到人，并建立长效机制。",
                "submitted_by": story.officer_of(enrolment.organisation),
                "submitted_at": mended,
                "files": (photo,),
            }
        if history and draw < 0.75:
            returned = draw < 0.05
            history |= {
                "state": TaskState.RETURNED if returned else TaskState.ACCEPTED,
                "reviewed_by": story.officer_of(enrolment.bureau),
                "reviewed_at": mended + timedelta(days=2),
                "review_reason": "佐证材料不足，请补充整改前后对照。"
                if returned
                else "整改到位，予以销号。",
            }
        rows.append(
            FindingRecord(
                enrolment=enrolment,
                source=story.rng.choice(sources),
                category=story.rng.choice(FindingCategory.values),
                severity=story.rng.choice(severities),
                criterion=criterion,
                text=invention.REMARKS[criterion.number[0]],
                requirement=invention.TASK_TEXT,
                due_on=due,
                recorded_at=recorded,
                **history,
            )
        )
    record_findings_with_tasks(
        campaign=story.campaign, rows=rows, by=story.admin, now=moment(10, 23)
    )


def accept(story: Story) -> None:
    criteria = list(Standard.objects.in_force(story.campaign).criteria())
    rows = []
    for enrolment in story.touched():
        if story.rng.random() < 0.08:
            continue
        marks = []
        for criterion in criteria:
            lost = invention.loss(story.rng, criterion.points, story.quality[enrolment.pk])
            marks.append((lost, invention.REMARKS[criterion.number[0]] if lost else ""))
        team, day = story.planned[enrolment.pk]
        rows.append((enrolment, marks, team, day))
    record_checks(campaign=story.campaign, rows=rows, by=story.admin, now=moment(10, 24))


def assess(story: Story) -> None:
    rows, scores = defaultdict(list), {}
    for enrolment in story.touched():
        code = enrolment.organisation.code
        for level in DAILY_LEVELS[enrolment.line]:
            score = invention.daily_score(story.rng, story.quality[enrolment.pk])
            if code == TWINS[1]:
                score = scores[TWINS[0], level]
            scores[code, level] = score
            if level == "county" and code in NO_COUNTY_SCORE:
                continue
            basis = "日常检查、投诉受理、制度落实和会议报送情况综合评定。"
            unit = daily_debtor(enrolment, level)
            rows[unit.code].append((enrolment, level, score, basis))
    for code, given in rows.items():
        give_daily_scores(
            campaign=story.campaign,
            rows=given,
            by=story.users[f"assessor-{code}"],
            now=moment(10, 24, 16),
        )


def answer(story: Story) -> None:
    sheets = {}
    rows = []
    for enrolment in story.enrolments:
        code, level = enrolment.organisation.code, story.quality[enrolment.pk]
        counts = invention.ballot_counts(story.rng)
        if code in FEW_BALLOTS:
            counts = {"service": 6, "supervisor": 2, "society": 3}
        sheets[code] = [
            (group, invention.answers(story.rng, level))
            for group, count in counts.items()
            for _ in range(count)
        ]
        if code == TWINS[1]:
            sheets[code] = sheets[TWINS[0]]
        for group, packed in sheets[code]:
            day = invention.some_day(story.rng, FIRST_BALLOT, LAST_BALLOT)
            rows.append((enrolment.pk, group, packed, "paper", day))
    cast_ballots(rows=rows, by=story.admin, now=moment(10, 24, 20))


def visit_secretly(story: Story) -> None:
    acceptance.visit_secretly(story, VETOED)


def veto(story: Story) -> None:
    enrolment = next(row for row in story.enrolments if row.organisation.code == VETOED)
    proposed = propose_veto(
        enrolment=enrolment,
        reason="经查实，该站所工作人员存在吃拿卡要行为，影响恶劣（演示数据）。",
        visit=story.released_visit,
        by=story.users["province"],
        now=moment(10, 20),
    )
    reply_to_veto(
        veto=proposed,
        text="本站对所涉人员已停职调查，接受组织处理。",
        files=(),
        by=story.officer_of(enrolment.organisation),
        now=moment(10, 21),
    )
    decide_veto(
        veto=proposed,
        confirm=True,
        reason="事实清楚，按方案第六部分第（二）项处理。",
        by=story.users["leader"],
        now=moment(10, 22),
    )


def rank(story: Story) -> None:
    make_run(campaign=story.campaign, by=story.users["province"], now=moment(10, 24, 23))
