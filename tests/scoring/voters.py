"""A questionnaire of two scored questions, and ballots for it, by hand."""

from datetime import date
from decimal import Decimal

from campaign.models import Activity, PhaseActivity
from scoring.models import DailyAssessment, RunState
from scoring.services.policies import load_default_policy
from surveys.models import (
    Ballot,
    Question,
    Questionnaire,
    QuestionType,
    RespondentGroup,
    Scale,
    ScaleOption,
)
from tests.factories import NOW


def questionnaire(campaign):
    """Two scored questions (weights 10 and 30) on the scale 满意 … 不了解, and one unscored."""
    row = Questionnaire.objects.create(campaign=campaign, version=1, frozen_at=NOW)
    scale = Scale.objects.create(questionnaire=row, code="S4")
    texts = (("满意", "Satisfied"), ("基本满意", "Basically"), ("不满意", "Not"), ("不了解", "?"))
    for number, (zh, en) in enumerate(texts, start=1):
        ScaleOption.objects.create(
            scale=scale,
            number=number,
            text_zh=zh,
            text_en=en,
            counts=number < 4,
            satisfied=number < 3,
        )
    for number, weight in ((1, 10), (2, 30), (3, 0)):
        Question.objects.create(
            questionnaire=row,
            number=number,
            area_number=number,
            area_zh="内容",
            area_en="Area",
            type=QuestionType.SINGLE,
            text_zh=f"题目{number}",
            text_en=f"Question {number}",
            weight=weight,
            scale=scale,
            required=True,
        )
    for position, code in enumerate(("service", "supervisor", "society"), start=1):
        RespondentGroup.objects.create(
            questionnaire=row, code=code, position=position, name_zh=f"群体{code}", name_en=code
        )
    return row


def close_questionnaire(campaign):
    """No phase lets ballots in any more: runs are final ones."""
    PhaseActivity.objects.filter(phase__campaign=campaign, activity=Activity.QUESTIONNAIRE).delete()


def vote(enrolment, group, *answers):
    """Ballots of a group: `("111", 20)` for twenty ballots that answer 1, 1, 1."""
    row = Questionnaire.objects.get(campaign=enrolment.campaign)
    start = Ballot.objects.count()
    packed = [text for text, count in answers for _ in range(count)]
    Ballot.objects.bulk_create(
        Ballot(
            enrolment=enrolment,
            questionnaire=row,
            group=group,
            answers=text,
            channel="open",
            day=date(2014, 10, 1),
            valid=True,
            key_digest=f"{start + number:032}",
        )
        for number, text in enumerate(packed)
    )


def assess(enrolment, by, **scores):
    for part, score in scores.items():
        DailyAssessment.objects.create(
            enrolment=enrolment,
            part=part,
            score=Decimal(score),
            basis="日常检查记录",
            given_by=by,
            given_at=NOW,
        )


def vote_well(enrolment):
    """Q = 77.5. Service: 100 and (10·100 + 10·70)/20 = 85, so (10·100 + 30·85)/40 = 88.75.
    Supervisors: 70. Society: 100 and (5·100 + 5·0)/10 = 50, so (10·100 + 30·50)/40 = 62.5.
    0.50·88.75 + 0.25·70 + 0.25·62.5 = 77.5."""
    vote(enrolment, "service", ("111", 10), ("122", 10))
    vote(enrolment, "supervisor", ("221", 5))
    vote(enrolment, "society", ("111", 5), ("133", 5))


def scored_province(world):
    """One case of each kind, figures by hand:

    brigade           90 and 80.55, Q 77.5   → 9 + 16.11 + 54.25 = 79.36
    sibling brigade   the same                                   = 79.36, a tie
    township          60 and 60, Q 100 (one group)  → 6 + 12 + 70 = 88.00
    Jiyuan's brigade  50, Q 100              → 15 + 70           = 85.00
    directly administered: the province's score is missing; other prefecture: 10 ballots
    """
    by = world.prefecture_assessor
    questionnaire(world.campaign)
    close_questionnaire(world.campaign)
    load_default_policy(campaign=world.campaign, by=None, now=NOW)
    for enrolment in (world.brigade_enrolment, world.sibling_brigade_enrolment):
        vote_well(enrolment)
        assess(enrolment, by, prefecture="90", county="80.55")
    vote(world.township_enrolment, "service", ("111", 30))
    assess(world.township_enrolment, by, prefecture="60", county="60")
    vote(world.jiyuan_enrolment, "service", ("111", 30))
    assess(world.jiyuan_enrolment, by, prefecture="50")
    vote_well(world.direct_brigade_enrolment)
    assess(world.direct_brigade_enrolment, by, county="95")
    vote(world.other_brigade_enrolment, "society", ("111", 10))
    assess(world.other_brigade_enrolment, by, prefecture="95", county="95")
    return world


def show_to_units(run, by, second):
    """Publish a run without waiting: rows as the services leave them."""
    fields = {
        "preliminary": False,
        "state": RunState.PUBLISHED,
        "previewed_by": by,
        "previewed_at": NOW,
        "reply_until": NOW.date(),
        "published_by": second,
        "published_at": NOW,
    }
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=fields)
    return run
