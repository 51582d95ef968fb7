"""The ballot box, runs and results of the access matrix: rows at brigade 410122-1, see
`matrix_world`."""

from datetime import date
from uuid import uuid4

from django.core.files.base import ContentFile

from deliveries.models import Delivery, DeliveryState
from deliveries.services import bounce
from scoring.models import (
    Consequence,
    DailyAssessment,
    DailyList,
    Honour,
    Objection,
    PublicityPeriod,
    RunReply,
    ScoreRun,
)
from scoring.services.policies import load_default_policy
from scoring.services.runs import make_run
from surveys.models import BallotFlag, Lead, Quarantine, SurveyComment
from surveys.services.batches import hand_out, issue_codes
from surveys.services.call_backs import draw_call_back
from surveys.services.paper import open_paper_batch
from surveys.services.questionnaires import (
    load_default,
    load_questionnaire,
    open_questionnaire,
)
from surveys.services.replacements import propose_replacement
from tests.factories import NOW
from tests.scoring.voters import show_to_units
from tests.survey_rows import GROUPS, QUESTIONS, SCALES


def add_survey_and_run(world):
    """A questionnaire in force, its ballot box, a run shown to the units, and what follows."""
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
    _box(world)
    run = make_run(campaign=world.campaign, by=world.province_officer, now=NOW)
    world.run = show_to_units(run, world.province_officer, world.province_admin)
    _results(world)


def _box(world):
    """What belongs to the ballot box: batches, flags, a proposal, comments, a lead, a draft."""
    enrolment, by = world.brigade_enrolment, world.county_officer
    issued = issue_codes(
        enrolment=enrolment, group="", number=5, key="x" * 16, by=by, now=NOW, people=()
    )
    world.batch, world.code = issued.batch, issued.codes[0]
    hand_out(batch=world.batch, number=3, to="大厅", by=by, now=NOW)
    world.paper_batch = open_paper_batch(
        enrolment=enrolment, issued=2, returned=2, note="", key="y" * 16, by=by, now=NOW
    )
    _mailed(world)
    flag = {"enrolment": enrolment, "ballots": 9, "measured": 9, "limit": 5, "raised_at": NOW}
    world.flag = BallotFlag.objects.create(kind="burst", key="1", **flag)
    proposed = BallotFlag.objects.create(kind="fast", key="2", state="proposed", **flag)
    settled = BallotFlag.objects.create(kind="network", key="3", state="settled", **flag)
    first = {"enrolment": enrolment, "reason": "集中", "proposed_at": NOW}
    first["proposed_by"] = world.province_officer
    world.quarantine = Quarantine.objects.create(flag=proposed, **first)
    world.quarantine_in_effect = Quarantine.objects.create(
        flag=settled, state="in_effect", decided_by=world.leader, decided_at=NOW, **first
    )
    world.comment = SurveyComment.objects.create(id=1, enrolment=enrolment, text="意见")
    world.comment_shown = SurveyComment.objects.create(
        id=2, enrolment=enrolment, text="意见", state="shown", shown_text="意见", screened_by=by
    )
    world.survey_lead = Lead.objects.create(enrolment=enrolment, raised_on=NOW.date())
    world.questionnaire_draft = load_default(
        campaign=world.campaign, by=world.province_admin, now=NOW
    )
    world.survey_question = world.questionnaire_draft.questions.first()


def _mailed(world):
    """A batch that went out by mail, two messages of which came back; one is to be replaced."""
    people = [f"p{place}@example.cn" for place in range(8)]
    issued = issue_codes(
        enrolment=world.brigade_enrolment,
        group="",
        number=len(people),
        key="z" * 16,
        by=world.county_officer,
        now=NOW,
        people=people,
        addresses=people,
    )
    world.mailed_batch = issued.batch
    mails = Delivery.objects.filter(pool=issued.batch.pool).order_by("pk")
    mails.update(state=DeliveryState.SENT, sent_at=NOW)
    world.call_back = draw_call_back(
        batch=issued.batch, people=people, size=5, by=world.prefecture_officer, now=NOW
    ).call_back
    world.lost_mail, other = mails[:2]
    for mail in (world.lost_mail, other):
        bounce(delivery=mail, reason="user unknown", by=None, now=NOW)
    world.replacement = propose_replacement(
        batch=issued.batch,
        delivery=other,
        address="c@example.cn",
        reason="地址写错",
        by=world.county_officer,
        now=NOW,
    )


def _results(world):
    """Runs in each state, daily scores of the county, and one of each result."""
    campaign, enrolment, run = world.campaign, world.brigade_enrolment, world.run

    def another(**fields):
        return ScoreRun.objects.create(
            campaign=campaign,
            policy=run.policy,
            engine_version="1",
            made_at=NOW,
            rules=run.rules,
            input_digest=run.input_digest,
            output_digest=run.output_digest,
            station_count=0,
            ranked_count=0,
            **fields,
        )

    seen = {"previewed_by": world.province_officer, "previewed_at": NOW}
    world.draft_run = another()
    world.previewed_run = another(state="previewed", reply_until=date(2014, 10, 1), **seen)
    world.open_preview = another(state="previewed", reply_until=date(2014, 10, 31), **seen)
    world.reply = RunReply.objects.create(
        run=run, enrolment=enrolment, text="少计答卷", given_by=world.station_officer, given_at=NOW
    )
    world.daily_score = DailyAssessment.objects.create(
        enrolment=enrolment,
        part="county",
        score=90,
        basis="日常检查记录",
        file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="x.pdf"),
        file_name="x.pdf",
        file_type="application/pdf",
        given_by=world.county_assessor,
        given_at=NOW,
    )
    world.daily_list = DailyList.objects.create(
        campaign=campaign,
        organisation=world.sibling_county,
        state="signed",
        signed_by=world.county_assessor,
        signed_at=NOW,
    )
    score = run.scores.get(enrolment=enrolment)
    first = {"nominated_by": world.province_officer, "nominated_at": NOW}
    facts = {"campaign": campaign, "enrolment": enrolment, "score": score, "proposed_at": NOW}
    period = {"campaign": campaign, "run": run, "opens_on": date(2014, 10, 1), "opened_at": NOW}
    closed = PublicityPeriod.objects.create(
        **period, closes_on=date(2014, 10, 10), opened_by=world.province_officer
    )
    running = PublicityPeriod.objects.create(
        **period, closes_on=date(2014, 10, 31), opened_by=world.province_officer
    )
    world.honour = Honour.objects.create(kind="advanced", **facts)
    world.honour_closed = Honour.objects.create(
        kind="promotion", state="publicised", publicity=closed, **first, **facts
    )
    world.honour_open = Honour.objects.create(
        kind="commendation", state="publicised", publicity=running, **first, **facts
    )
    Honour.objects.create(
        campaign=campaign,
        enrolment=world.township_enrolment,
        score=run.scores.get(enrolment=world.township_enrolment),
        proposed_at=NOW,
        kind="advanced",
        state="nominated",
        **first,
    )
    world.objection = Objection.objects.create(
        honour=world.honour_open, text="不属实", received_at=NOW, key=uuid4()
    )
    world.consequence = Consequence.objects.create(
        campaign=campaign,
        organisation=world.brigade.organisation,
        kind="criticism",
        proposed_at=NOW,
    )
