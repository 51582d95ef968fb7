"""The year before: a pilot in all brigades and in Zhengzhou's stations, carried to its final list.

So a visitor finds a published ranking, names that stood before the public and were confirmed, and
consequences that were imposed, while the year of the notice is still under way.
"""

import copy
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from campaign.models import DueUnit, Enrolment, ObligationKind
from campaign.services.definitions import RulePlan, draft
from campaign.services.enrolments import enrol
from campaign.services.obligations import DAILY_LEVELS, daily_debtor
from campaign.services.opening import close_campaign, open_campaign
from portal.demonstration import invention, notice
from portal.demonstration.story import Story
from scoring.models import Consequence, ConsequenceKind, Honour, HonourKind, HonourState, ScoreRun
from scoring.services import consequences, honours, publication
from scoring.services.daily import give_daily_scores
from scoring.services.daily_lists import sign_daily_list
from scoring.services.proposals import propose_results
from scoring.services.result_rules import FIGURES, rules_of, set_result_rules
from scoring.services.runs import make_run
from stations.models import Station, StationKind
from surveys.services.ballots import cast_ballots

YEAR = notice.YEAR - 1
SEED = 2013
BALLOTS = {"service": 20, "supervisor": 7, "society": 12}
QUOTAS = {
    (HonourKind.COMMENDATION, StationKind.BRIGADE): 8,
    (HonourKind.COMMENDATION, StationKind.TOWNSHIP): 4,
    (HonourKind.ADVANCED, StationKind.BRIGADE): 12,
    (HonourKind.ADVANCED, StationKind.TOWNSHIP): 8,
}
OBJECTION = UUID(int=SEED)


def moment(month: int, day: int, hour: int = 10) -> datetime:
    """A moment of the year before, local time."""
    return timezone.make_aware(datetime(YEAR, month, day, hour))  # noqa: DTZ001


def hold_last_year(story: Story) -> None:
    """The pilot, from its opening on 1 August to its closing on 30 December."""
    rng = random.Random(SEED)
    campaign = _open(story)
    stations = list(Station.objects.select_related("organisation").order_by("organisation__path"))
    # The qualities that this year's story is about to draw: stations rarely change in a year.
    ahead = copy.copy(story.rng)
    quality = {station.pk: invention.quality(ahead) for station in stations}
    pilots = Station.objects.filter(
        Q(kind=StationKind.BRIGADE) | Q(organisation__path__contains="/410100/")
    )
    enrol(campaign=campaign, stations=pilots, by=story.admin, now=moment(8, 5))
    enrolments = list(Enrolment.objects.filter(campaign=campaign).with_station())
    for row in enrolments:
        level = quality[row.station_id] + rng.gauss(0.03, 0.03)
        story.last_year[row.station_id] = min(1.0, max(0.0, level))
    _assess(story, campaign, enrolments, rng)
    _answer(story, enrolments, rng)
    run = _publish(story, campaign, enrolments)
    _decide(story, campaign, run)
    close_campaign(
        campaign=campaign,
        reason="试点工作结束，资料归档（演示数据）。",
        by=story.admin,
        now=moment(12, 30),
    )


def _open(story: Story):
    now = moment(8, 1)
    definition = replace(
        notice.definition().moved(YEAR),
        title_zh=f"河南省安全监管系统{YEAR}年群众满意基层站所创建试点",
        title_en=f"Henan work-safety campaign {YEAR}: pilot of the stations that satisfy people",
        document_number=f"豫安监管办〔{YEAR}〕演示号",
        # Nobody owed plans or receipts in the pilot: only the daily scores.
        rules=(RulePlan(ObligationKind.DAILY_SCORE, DueUnit.FIXED, date(YEAR, 10, 31)),),
        is_demonstration=True,
    )
    campaign = draft(definition=definition, by=story.admin, now=now)
    notice.set_questions_and_rules(campaign, by=story.admin, now=now)
    rules = rules_of(campaign)
    figures = {name: getattr(rules, name) for name in FIGURES}
    set_result_rules(
        campaign=campaign,
        figures=figures,
        quotas=QUOTAS,
        reason="试点范围",
        by=story.admin,
        now=now,
    )
    return open_campaign(campaign=campaign, by=story.admin, now=now)


def _assess(story, campaign, enrolments, rng) -> None:
    rows = defaultdict(list)
    for enrolment in enrolments:
        for level in DAILY_LEVELS[enrolment.line]:
            score = invention.daily_score(rng, story.last_year[enrolment.station_id])
            basis = "日常检查、投诉受理和制度落实情况综合评定。"
            rows[daily_debtor(enrolment, level).code].append((enrolment, level, score, basis))
    for code, given in rows.items():
        by = story.users[f"assessor-{code}"]
        give_daily_scores(campaign=campaign, rows=given, by=by, now=moment(10, 25, 16))
        sign_daily_list(campaign=campaign, by=by, now=moment(10, 28, 16))


def _answer(story, enrolments, rng) -> None:
    rows = []
    for enrolment in enrolments:
        for group, number in BALLOTS.items():
            for _ in range(number + rng.randint(0, 4)):
                answers = invention.answers(rng, story.last_year[enrolment.station_id])
                day = invention.some_day(rng, date(YEAR, 9, 10), date(YEAR, 10, 30))
                rows.append((enrolment.pk, group, answers, "paper", day))
    cast_ballots(rows=rows, by=story.admin, now=moment(10, 31, 20))


def _publish(story, campaign, enrolments) -> ScoreRun:
    """A bureau replies to the preview and is answered; then a second person publishes."""
    officer, leader = story.users["province"], story.users["leader"]
    first = make_run(campaign=campaign, by=officer, now=moment(11, 1))
    publication.preview_run(run=first, by=officer, now=moment(11, 1))
    enrolment = next(row for row in enrolments if row.organisation.code == "410122-1")
    reply = publication.reply_to_run(
        run=first,
        enrolment=enrolment,
        text="县级日常考核有一项录入有误，请予核对（演示数据）。",
        by=story.officer_of(enrolment.bureau),
        now=moment(11, 4),
    )
    publication.answer_reply(
        reply=reply,
        upheld=False,
        answer="经核对考核台账，录入无误，维持原成绩（演示数据）。",
        by=officer,
        now=moment(11, 6),
    )
    return publication.publish_run(run=first, reason="", by=leader, now=moment(11, 11))


def _decide(story, campaign, run) -> None:
    officer, leader = story.users["province"], story.users["leader"]
    propose_results(run=run, by=officer, now=moment(11, 11, 11))
    awards = Honour.objects.filter(campaign=campaign)
    for award in awards:
        honours.nominate(
            honour=award,
            reason="综合满意度和名次符合推荐条件。",
            recheck_on=date(YEAR, 11, 12),
            recheck_note="复查承诺公示、办件台账和投诉处理，未发现问题。",
            by=officer,
            now=moment(11, 13),
        )
    honours.open_publicity(campaign=campaign, by=leader, now=moment(11, 14))
    disputed = awards.order_by("pk").first()
    objection = honours.object_to(
        honour=Honour.objects.get(pk=disputed.pk),
        text="该站所办事群众等候时间较长（演示数据）。",
        contact="",
        key=OBJECTION,
        now=moment(11, 18),
    )
    honours.decide_objection(
        objection=objection,
        uphold=False,
        reason="经查，等候系设备检修所致，已当日恢复（演示数据）。",
        by=leader,
        now=moment(11, 20),
    )
    for award in awards.filter(state=HonourState.PUBLICISED):
        honours.confirm_honour(
            honour=award, reason="公示无异议或异议不成立。", by=leader, now=moment(11, 25)
        )
    circulars = Consequence.objects.filter(campaign=campaign, kind=ConsequenceKind.CRITICISM)
    for row in circulars:
        consequences.endorse_consequence(
            consequence=row, reason="综合满意度居全省末位。", by=officer, now=moment(11, 25)
        )
        consequences.decide_consequence(
            consequence=row,
            move="imposed",
            reason="同意通报批评。",
            by=leader,
            now=moment(11, 26),
        )
