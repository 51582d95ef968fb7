"""Rows of acceptance for the access matrix, in the state in which an address can act on them."""

from datetime import date, timedelta
from decimal import Decimal

from evaluations import drawing
from evaluations.models import (
    AcceptanceCheck,
    AcceptancePlan,
    CheckReply,
    CheckScore,
    FormerCheck,
    InspectionTeam,
    Inspector,
    Objection,
    PlannedVisit,
    RecheckOrder,
    Reopening,
    SecretVisit,
    SpotCheck,
    SpotDraw,
    SpotScore,
    Standard,
)
from tests.factories import NOW


def add_acceptance(world) -> None:
    """Signed checks after sign-off, a plan, a draw with a spot check, a secret visit."""
    standard = Standard.objects.in_force(world.campaign)
    criteria = list(standard.criteria())

    def signed(enrolment, **fields):
        check = AcceptanceCheck.objects.create(
            enrolment=enrolment,
            standard=standard,
            authority=enrolment.acceptance_authority,
            checked_on=NOW.date(),
            state="signed",
            score=Decimal(7),
            result="conditional",
            signed_by=world.prefecture_officer,
            signed_at=NOW,
            **fields,
        )
        score = CheckScore.objects.create(
            check_of=check, criterion=criteria[0], deduction=Decimal(3), reason="缺记录"
        )
        reply = CheckReply.objects.create(
            check_of=check, round=check.round, due_on=NOW.date() + timedelta(days=6)
        )
        return check, score, reply

    signed(world.sibling_brigade_enrolment)
    replied = {"replied_by": world.county_officer, "replied_at": NOW}
    _check, _score, reply = signed(world.other_brigade_enrolment)
    CheckReply.objects.filter(pk=reply.pk).update(state="agreed", **replied)
    check, score, reply = signed(world.township_enrolment, round=2)
    CheckReply.objects.filter(pk=reply.pk).update(state="objected", **replied)
    world.check_objection = Objection.objects.create(
        reply=reply, score=score, text="有记录", deduction_before=Decimal(3)
    )
    asked = {"check_of": check, "requested_by": world.county_officer, "requested_at": NOW}
    before = Reopening.objects.create(
        reason="换组", state="approved", decided_by=world.leader, decided_at=NOW, **asked
    )
    world.former = FormerCheck.objects.create(
        check_of=check,
        reopening=before,
        round=1,
        content={
            "checked_on": "2014-10-20",
            "inspectors": ["甲", "乙"],
            "score": "7.0",
            "result": "conditional",
            "signed_by": "张三",
            "signed_at": "2014-10-20T15:00:00+08:00",
            "scores": [],
        },
        sha256="0" * 64,
        kept_at=NOW,
    )
    world.reopening = Reopening.objects.create(reason="换组", **asked)
    _plan(world)
    _draw(world, standard, criteria)
    world.visit = SecretVisit.objects.create(
        enrolment=world.brigade_enrolment,
        visited_on=NOW.date(),
        visitors="二人",
        summary="无人值守",
        recorded_by=world.province_officer,
        recorded_at=NOW,
    )


def _plan(world):
    plan = AcceptancePlan.objects.create(campaign=world.campaign, authority=world.prefecture)
    world.team = InspectionTeam.objects.create(plan=plan, number=1)
    world.inspector = Inspector.objects.filter(pool=world.prefecture).first()
    world.planned_visit = PlannedVisit.objects.create(
        plan=plan, enrolment=world.brigade_enrolment, team=world.team, day=NOW.date()
    )


def _draw(world, standard, criteria):
    files = {
        "rules.csv": drawing.table(
            "rules.csv", [("inspectors", 2), ("minimum", 2), ("percent", 10)]
        ),
        "stations.csv": drawing.table(
            "stations.csv", [("410122-1", "单位", "410100", "brigade", 1, "9.0")]
        ),
        "inspectors.csv": drawing.table("inspectors.csv", [("1", "甲", ""), ("2", "乙", "")]),
    }
    world.draw = SpotDraw.objects.create(
        campaign=world.campaign,
        number=1,
        state="drawn",
        files=files,
        frame_sha256=drawing.frame_digest(files),
        public_number_name="排列五",
        public_number_on=date(2014, 10, 24),
        framed_by=world.province_officer,
        framed_at=NOW,
        framed_event=1,
        public_number="1",
        seal_digest="0" * 64,
        seed="0" * 64,
        drawn_by=world.province_officer,
        drawn_at=NOW,
    )
    world.spot_check = SpotCheck.objects.create(
        draw=world.draw,
        enrolment=world.brigade_enrolment,
        standard=standard,
        authority=world.prefecture,
        first_score=Decimal(9),
    )
    world.spot_score = SpotScore.objects.create(
        spot_check=world.spot_check, criterion=criteria[0], deduction=Decimal(1), reason="缺"
    )
    world.order = RecheckOrder.objects.create(
        draw=world.draw,
        authority=world.prefecture,
        reason="偏差",
        due_on=date(2014, 10, 31),
        ordered_by=world.province_officer,
        ordered_at=NOW,
    )


REASON = {"reason": "理由"}
ACCEPTANCE_TARGETS = {
    "signed-agree": lambda w: ([w.sibling_brigade_enrolment.pk], {"decision": "agree"}),
    "signed-reason": lambda w: ([w.sibling_brigade_enrolment.pk], REASON),
    "conditional": lambda w: ([w.other_brigade_enrolment.pk], {}),
    "check-objection": lambda w: ([w.check_objection.pk], {"deduction": "1", **REASON}),
    "reopening": lambda w: ([w.reopening.pk], {"decision": "approve", **REASON}),
    "former": lambda w: ([w.former.pk], {}),
    "adopt": lambda w: ([], {"decision": "adopt"}),
    "team": lambda w: ([w.team.pk], {}),
    "planned-visit": lambda w: ([w.planned_visit.pk], {}),
    "planned-visits": lambda w: ([], {"visits": [w.planned_visit.pk], "day": "2014-10-28"}),
    "inspector": lambda w: ([w.inspector.pk], {}),
    "draw": lambda w: ([w.draw.pk], {"public_number": "1"}),
    "draw-unit": lambda w: ([w.draw.pk, "410100"], {}),
    "spot-check": lambda w: ([w.spot_check.pk], {}),
    "spot-score": lambda w: ([w.spot_score.pk], {}),
    "order": lambda w: ([w.order.pk], {"decision": "close", **REASON}),
    "secret-visit": lambda w: ([w.visit.pk], REASON),
}
