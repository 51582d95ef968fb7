"""How the story ends: the ballots close, the run is shown and published, results follow.

The calendar: no more ballots after 31 October, lists signed that day, computed on 3 November, shown
to the units that day and published on the 13th; honours before the public from the 14th, decided on
the 25th.
"""

from dataclasses import replace
from datetime import date

from campaign.models import Activity, PhaseKind
from campaign.services.definitions import change, read_definition
from common.models import DemonstrationClock
from portal.demonstration.story import Story, moment
from scoring.models import Consequence, ConsequenceKind, Honour, HonourKind
from scoring.services.consequences import decide_consequence, endorse_consequence
from scoring.services.daily_lists import sign_daily_list, unsigned_lists
from scoring.services.honours import confirm_honour, nominate, open_publicity
from scoring.services.proposals import propose_results
from scoring.services.publication import preview_run, publish_run
from scoring.services.runs import make_run
from stations.models import StationKind

LAST_DAY = date(2014, 11, 26)
# Names taken up for each honour and kind of station, of all that the rules propose.
TAKEN_UP = 8
IMPOSED = (ConsequenceKind.CRITICISM, ConsequenceKind.ADMONITION)


def close_the_ballots(story: Story) -> None:
    """The public is asked until the end of the second phase only."""
    definition = read_definition(story.campaign)
    phases = tuple(
        replace(phase, activities=phase.activities - {Activity.QUESTIONNAIRE})
        if phase.kind == PhaseKind.ASSESSMENT
        else phase
        for phase in definition.phases
    )
    change(
        campaign=story.campaign,
        definition=replace(definition, phases=phases),
        expected_version=story.campaign.version,
        reason="问卷调查于10月31日截止，11月集中统计汇总（演示数据）。",
        by=story.admin,
        now=moment(10, 31),
    )


def sign_the_lists(story: Story) -> None:
    """Whoever gave daily scores signs them off."""
    for unit in unsigned_lists(story.campaign):
        if by := story.users.get(f"assessor-{unit.code}"):
            sign_daily_list(campaign=story.campaign, by=by, now=moment(10, 31, 16))


def publish(story: Story) -> None:
    """A final run, seen by the units for the days of their right of reply, then published."""
    province = story.users["province"]
    run = make_run(campaign=story.campaign, by=province, now=moment(11, 3))
    waiting = unsigned_lists(story.campaign).exists()
    reason = "个别单位尚未签报日常考核成绩，先行预公布（演示数据）。" if waiting else ""
    preview_run(run=run, by=province, now=moment(11, 3, 15), reason=reason)
    story.run = publish_run(run=run, reason="", by=story.admin, now=moment(11, 13))


def honour(story: Story) -> None:
    """The first of each list, re-checked, before the public and confirmed by a second person."""
    province, leader = story.users["province"], story.users["leader"]
    propose_results(run=story.run, by=province, now=moment(11, 13, 15))
    taken = []
    for kind in HonourKind:
        for station in StationKind:
            rows = Honour.objects.filter(campaign=story.campaign, kind=kind, score__kind=station)
            taken += rows.order_by("score__rank_kind", "pk")[:TAKEN_UP]
    for row in taken:
        nominate(
            honour=row,
            reason="群众满意度高，制度健全，整改到位（演示数据）。",
            recheck_on=date(2014, 11, 13),
            recheck_note="经现场复查，情况属实。",
            by=province,
            now=moment(11, 13, 16),
        )
    open_publicity(campaign=story.campaign, by=story.admin, now=moment(11, 14))
    for row in taken:
        row.refresh_from_db()
        confirm_honour(
            honour=row, reason="公示期满无异议，同意。", by=leader, now=moment(11, 25, 9)
        )


def draw_consequences(story: Story) -> None:
    """Circulated criticism and admonition where the rules proposed them, with a second person."""
    rows = Consequence.objects.filter(campaign=story.campaign, kind__in=IMPOSED)
    for row in rows.order_by("pk"):
        endorse_consequence(
            consequence=row,
            reason="群众满意度排名靠后（演示数据）。",
            by=story.users["province"],
            now=moment(11, 25),
        )
        decide_consequence(
            consequence=row,
            move="imposed",
            reason="事实清楚，同意按方案第五部分处理。",
            by=story.users["leader"],
            now=moment(11, 25, 15),
        )


def turn_the_clock(_story: Story) -> None:
    DemonstrationClock.objects.update_or_create(defaults={"today": LAST_DAY})


ACTS = (
    ("the ballots close", close_the_ballots),
    ("lists of daily scores", sign_the_lists),
    ("the published ranking", publish),
    ("honours", honour),
    ("consequences", draw_consequences),
    ("the clock", turn_the_clock),
)
