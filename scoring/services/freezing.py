"""What goes into a run: every enrolment as an unsaved score with its names and inputs."""

from collections import defaultdict

from campaign.models import Campaign, Enrolment, SupervisionLine
from evaluations.models import Veto
from scoring import engine, intervals
from scoring.discretion import leave_out, takes_new
from scoring.models import (
    SMALLEST_GROUP_SHOWN,
    DailyAssessment,
    ScoreRun,
    ScoringPolicy,
    StationScore,
)
from surveys import tallies
from surveys.models import Questionnaire
from surveys.tallies import Cell


def frozen_rows(
    *,
    campaign: Campaign,
    policy_row: ScoringPolicy,
    policy: engine.Policy,
    questions: tuple[engine.Question, ...],
    preliminary: bool,
) -> list[StationScore]:
    """The enrolments with their inputs, without results. A preliminary run leaves ballots out
    (see `scoring.discretion`)."""
    daily: dict[int, dict] = {}
    for row in DailyAssessment.objects.filter(enrolment__campaign=campaign).order_by("part"):
        daily.setdefault(row.enrolment_id, {})[row.part] = f"{row.score:.2f}"
    vetoed = set(
        Veto.objects.in_effect()
        .filter(enrolment__campaign=campaign)
        .values_list("enrolment_id", flat=True)
    )
    counted = _counted(campaign, policy, questions, preliminary)
    peers = list(policy_row.peer_groups.all())
    rows = []
    for enrolment in Enrolment.objects.filter(campaign=campaign).with_station():
        unit, bureau, line = enrolment.organisation, enrolment.bureau, enrolment.line
        regular = line == SupervisionLine.REGULAR
        station = enrolment.station
        ballots = counted[enrolment.pk]
        peer = (each.code for each in peers if each.holds(station.kind, station.staff_count))
        rows.append(
            StationScore(
                enrolment=enrolment,
                code=unit.code,
                path=unit.path,
                name_zh=unit.name_zh,
                name_en=unit.name_en,
                kind=station.kind,
                line=line,
                prefecture=bureau.supervisor.code if regular else bureau.code,
                county="" if line == SupervisionLine.NO_COUNTY else bureau.code,
                inputs={
                    "daily": daily.get(enrolment.pk, {}),
                    "groups": ballots.groups,
                    "vetoed": enrolment.pk in vetoed,
                },
                spread=ballots.spread,
                left_out=ballots.left_out,
                peer_group=next(peer, ""),
            )
        )
    return rows


class _Counted:
    """What the ballots of one station come to."""

    def __init__(self):
        self.groups, self.spread, self.left_out = {}, {}, 0

    def add(self, cell: Cell, scored: set[int], spread_of) -> None:
        """Take one group's ballots in: scored questions only, without blanks."""
        counts = {
            str(number): {option: count for option, count in sorted(options.items()) if count}
            for number, options in sorted(cell.counts.items())
            if number in scored
        }
        self.groups[cell.group] = {"valid_ballots": cell.ballots, "counts": counts}
        if cell.ballots >= SMALLEST_GROUP_SHOWN:
            self.spread[cell.group] = spread_of(cell)


def _counted(campaign, policy, questions, preliminary: bool) -> dict[int, _Counted]:
    """enrolment id → what its ballots come to."""
    scored = {question.number for question in questions}
    spread_of = intervals.spread_by(policy, questions)
    found: dict[int, _Counted] = defaultdict(_Counted)
    if not preliminary:
        for cell in tallies.cells(campaign):
            found[cell.enrolment_id].add(cell, scored, spread_of)
        return found
    stations: dict[int, list[Cell]] = defaultdict(list)
    for cell in tallies.cells(campaign):
        stations[cell.enrolment_id].append(cell)
    before = _last_preliminary(campaign)
    for enrolment, cells in stations.items():
        station, ballots = found[enrolment], sum(cell.ballots for cell in cells)
        row = before.get(enrolment)
        if row and not takes_new(row.valid_ballots, row.left_out, ballots):
            station.groups, station.spread = row.inputs["groups"], row.spread
            station.left_out = row.left_out
            continue
        for cell in leave_out(cells):
            station.add(cell, scored, spread_of)
            ballots -= cell.ballots
        station.left_out = ballots
    return found


def _last_preliminary(campaign: Campaign) -> dict[int, StationScore]:
    """The scores of the last preliminary run, by enrolment."""
    run = ScoreRun.objects.filter(campaign=campaign, preliminary=True).order_by("-pk").first()
    if run is None:
        return {}
    fields = ("enrolment", "inputs", "spread", "valid_ballots", "left_out")
    return {row.enrolment_id: row for row in run.scores.only(*fields)}


def labels_of(questionnaire: Questionnaire, scored) -> dict:
    """The words of the questionnaire in both languages, for explanations of the frozen run."""

    def pair(row, field):
        return {"zh": getattr(row, f"{field}_zh"), "en": getattr(row, f"{field}_en")}

    return {
        "questions": {str(question.number): pair(question, "text") for question in scored},
        "groups": {group.code: pair(group, "name") for group in questionnaire.groups.all()},
        "options": {
            scale.code: {str(option.number): pair(option, "text") for option in scale.options.all()}
            for scale in questionnaire.scales.prefetch_related("options")
        },
    }
