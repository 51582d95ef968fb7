"""The campaign of the notice 豫安监管办〔2014〕117号, as rows."""

import csv
from datetime import date, datetime, time
from pathlib import Path

from django.conf import settings

from campaign.models import Activity, Campaign, DueUnit, ObligationKind, PhaseKind
from campaign.services.definitions import Definition, PhasePlan, RulePlan
from scoring.services.policies import load_default_policy
from surveys.services.questionnaires import load_questionnaire, open_questionnaire

DATA = Path(settings.BASE_DIR) / "data"
YEAR = 2014

_ALWAYS = {Activity.ENROL, Activity.PLAN, Activity.COMMIT}
_WORK = {Activity.SELF_INSPECT, Activity.RECTIFY, Activity.MEETING, Activity.ACCEPT}
# "By 30 November": the offices score from September on. The public answers until the end of
# October: a final run needs a closed box, and November must hold the right of reply, the publicity
# period and the final list.
_ASSESS = {Activity.DAILY, Activity.SCORE}
PHASES = {
    PhaseKind.MOBILISATION: (date(YEAR, 8, 1), date(YEAR, 8, 31), _ALWAYS),
    PhaseKind.IMPLEMENTATION: (
        date(YEAR, 8, 21),
        date(YEAR, 10, 31),
        _ALWAYS | _WORK | _ASSESS | {Activity.QUESTIONNAIRE, Activity.SPOT_CHECK},
    ),
    PhaseKind.ASSESSMENT: (
        date(YEAR, 11, 1),
        date(YEAR, 11, 30),
        _ASSESS | {Activity.RECTIFY, Activity.SPOT_CHECK, Activity.SUMMARY, Activity.RESULTS},
    ),
}
DUE_DAYS = {
    ObligationKind.REGISTRY: date(YEAR, 8, 20),
    ObligationKind.PLAN: date(YEAR, 8, 31),
    ObligationKind.COMMITMENTS: date(YEAR, 8, 31),
    ObligationKind.SELF_INSPECTION: date(YEAR, 9, 30),
    ObligationKind.ACCEPTANCE: date(YEAR, 10, 31),
    ObligationKind.DAILY_SCORE: date(YEAR, 11, 30),
    ObligationKind.SUMMARY: date(YEAR, 11, 30),
}
# In working days, from the day on which each arises; the notice says "in time" (限时).
WORKING_DAYS = {
    ObligationKind.RECEIPT: 5,
    ObligationKind.OPINION: 15,
    ObligationKind.WRITTEN_REPLY: 5,
    ObligationKind.RECTIFICATION: 15,
    ObligationKind.OBJECTION: 5,
    ObligationKind.RECHECK: 10,
    ObligationKind.LEAD: 15,
}
REMINDER_DAYS = (-7, -3, -1, 0, 1)
WEEKLY_FROM = 3
QUIET_FROM, QUIET_UNTIL = time(21), time(7)


def read_csv(name: str) -> list[dict]:
    """The rows of a file of data/."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def set_questions_and_rules(campaign: Campaign, *, by, now: datetime) -> None:
    """The questionnaire, put in force, and the usual scoring policy."""
    questionnaire = load_questionnaire(
        campaign=campaign,
        questions=read_csv("questionnaire.csv"),
        scales=read_csv("questionnaire_scales.csv"),
        groups=read_csv("respondent_groups.csv"),
        by=by,
        now=now,
    )
    open_questionnaire(questionnaire=questionnaire, by=by, now=now)
    load_default_policy(campaign=campaign, by=by, now=now)


def definition() -> Definition:
    """The campaign with phases, due days and reminder steps."""
    return Definition(
        year=YEAR,
        title_zh="河南省安全监管系统2014年创建群众满意基层站所活动",
        title_en="Henan work-safety campaign 2014: grassroots stations that satisfy the people",
        document_number="豫安监管办〔2014〕117号",
        notice=(DATA / "notice-2014.txt").read_text(encoding="utf-8"),
        phases=tuple(
            PhasePlan(kind, starts_on, ends_on, frozenset(activities))
            for kind, (starts_on, ends_on, activities) in PHASES.items()
        ),
        rules=(
            *(RulePlan(kind, DueUnit.FIXED, due_on) for kind, due_on in DUE_DAYS.items()),
            *(RulePlan(kind, DueUnit.WORKING, None, days) for kind, days in WORKING_DAYS.items()),
        ),
        steps=(*((offset, None) for offset in REMINDER_DAYS), (WEEKLY_FROM, 7)),
        is_demonstration=True,
    )
