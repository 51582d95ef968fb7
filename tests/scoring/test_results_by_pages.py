"""Results from the first proposal to the final list, and a veto's way up and back, through the
pages that people use."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evaluations.models import Veto
from scoring.models import Consequence, Honour, Objection
from tests.scoring.deciders import decided_province

pytestmark = pytest.mark.django_db

NAMES = reverse("scoring:publicity")


class Office:
    """People at their pages, on a day of the story."""

    def __init__(self, client, world, settings):
        self.client, self.world, self.settings = client, world, settings
        settings.DEMONSTRATION = True
        self.on("2014-11-10")

    def on(self, day):
        self.settings.PORTAL_TODAY = day

    def sends(self, who, name, *args, **data):
        """The status of the answer; 302 is what the pages answer to an act that was done."""
        self.client.logout()
        if who:
            self.client.force_login(getattr(self.world, who))
        return self.client.post(reverse(name, args=args), data).status_code

    def reads(self, address):
        self.client.logout()
        return self.client.get(address).content.decode()


@pytest.fixture
def office(client, settings):
    return Office(client, decided_province(), settings)


def decide(office, who, honour, decision, reason="公示无异议"):
    data = {"decision": decision, "reason": reason}
    return office.sends(who, "scoring:honour-decide", honour.pk, **data)


def before_the_public(office):
    """The rules propose, the officer nominates Jiyuan's brigade, the leader opens the period."""
    assert office.sends("province_officer", "scoring:results-propose") == 302
    honour = Honour.objects.get(score__code="419001-1", kind="commendation")
    why = {"reason": "满意度高", "recheck_on": "2014-11-05", "recheck_note": "复查属实"}
    assert office.sends("province_officer", "scoring:honour-nominate", honour.pk, **why) == 302
    assert office.sends("leader", "scoring:publicity-open") == 302
    return honour


def test_a_name_goes_before_the_public_and_onto_the_final_list(office):
    honour = before_the_public(office)
    name = honour.score.name
    assert name in office.reads(NAMES)

    objection = {"honour": honour.pk, "text": "该站所收费未公示，请核实。", "key": uuid4()}
    assert office.sends(None, "scoring:publicity", **objection) == 302
    raised = Objection.objects.get()
    assert objection["text"] not in office.reads(NAMES)

    # Monday the 10th does not count; the fifth working day is Monday the 17th.
    office.on("2014-11-17")
    assert decide(office, "leader", honour, "confirm") == 409
    late = objection | {"key": uuid4()}
    office.on("2014-11-18")
    assert office.sends(None, "scoring:publicity", **late) != 302
    assert Objection.objects.count() == 1

    # The period is over, but the objection has not been decided.
    assert decide(office, "leader", honour, "confirm") == 409
    answer = {"decision": "not", "reason": "经查已公示"}
    assert office.sends("province_officer", "scoring:objection-decide", raised.pk, **answer) == 403
    assert office.sends("leader", "scoring:objection-decide", raised.pk, **answer) == 302

    # Who nominated does not confirm; nor does anybody without a reason.
    assert decide(office, "province_officer", honour, "confirm") == 403
    assert decide(office, "leader", honour, "confirm", reason=" ") == 409
    assert decide(office, "leader", honour, "confirm") == 302
    assert name in office.reads(NAMES)

    assert decide(office, "leader", honour, "withdraw", reason="查实问题") == 302
    assert name not in office.reads(NAMES)


def test_an_upheld_objection_takes_the_name_off_for_good(office):
    honour = before_the_public(office)
    objection = {"honour": honour.pk, "text": "该站所收费未公示，请核实。", "key": uuid4()}
    assert office.sends(None, "scoring:publicity", **objection) == 302
    upheld = {"decision": "uphold", "reason": "查实"}
    raised = Objection.objects.get()
    assert office.sends("leader", "scoring:objection-decide", raised.pk, **upheld) == 302
    office.on("2014-11-18")
    assert decide(office, "leader", honour, "confirm") == 409
    assert honour.score.name not in office.reads(NAMES)


def test_the_quota_is_kept_and_free_again_when_a_name_is_taken_back(office):
    honour = before_the_public(office)
    office.on("2014-11-18")
    quota = honour.campaign.result_rules.quotas.filter(honour="commendation", kind="brigade")
    quota.update(number=0)
    assert decide(office, "leader", honour, "confirm") == 409
    quota.update(number=1)
    assert decide(office, "leader", honour, "confirm") == 302
    second = Honour.objects.create(
        campaign=honour.campaign,
        enrolment=office.world.brigade_enrolment,
        score=office.world.run.scores.get(code="410122-1"),
        kind="commendation",
        proposed_at=honour.proposed_at,
        state="publicised",
        publicity=Honour.objects.get(pk=honour.pk).publicity,
        nominated_by=office.world.province_officer,
        nominated_at=honour.proposed_at,
    )
    assert decide(office, "leader", second, "confirm") == 409
    assert decide(office, "leader", honour, "withdraw", reason="查实问题") == 302
    assert decide(office, "leader", second, "confirm") == 302


def vetoed(office, enrolment):
    """Proposed by the officer; heard, since the station let the last day pass; put into effect."""
    why = {"reason": "暗访查实，影响恶劣"}
    assert office.sends("province_officer", "evaluations:veto", enrolment.pk, **why) == 302
    Veto.objects.filter(enrolment=enrolment).update(reply_due_on="2014-11-01")
    veto = Veto.objects.get(enrolment=enrolment)
    confirm = {"decision": "confirm", **why}
    assert office.sends("leader", "evaluations:veto-decide", veto.pk, **confirm) == 302
    return veto


def test_a_veto_climbs_to_the_bureau_and_its_undoing_restores_what_it_took(office):
    """County 410122 hangs under prefecture 410100: the veto of its brigade takes the prefecture's
    eligibility, not the county's (notice part 6 (2))."""
    world = office.world
    veto = vetoed(office, world.brigade_enrolment)
    assert office.sends("province_officer", "scoring:results-propose") == 302
    bureau = Consequence.objects.get(kind="bureau")
    assert bureau.organisation == world.prefecture
    assert bureau.basis == {"stations": ["410122-1"]}

    put_forward = {"decision": "endorse", "reason": "按方案第六部分第（二）项"}
    impose = {"decision": "imposed", "reason": "同意"}
    act = ("scoring:consequence-decide", bureau.pk)
    # Lifted before anybody put it forward: there is no ground any more.
    lifted = {"reason": "申诉成立"}
    assert office.sends("leader", "evaluations:veto-lift", veto.pk, **lifted) == 302
    assert office.sends("province_officer", *act, **put_forward) == 409
    bureau.refresh_from_db()
    assert bureau.state == "proposed"

    # The twin: with another station's veto in effect the same step goes through.
    veto = vetoed(office, world.sibling_brigade_enrolment)
    assert office.sends("province_officer", *act, **put_forward) == 302
    assert office.sends("province_officer", *act, **impose) == 403
    # Lifted between the two steps: the second person cannot impose it.
    assert office.sends("leader", "evaluations:veto-lift", veto.pk, **lifted) == 302
    assert office.sends("leader", *act, **impose) == 409
    vetoed(office, world.township_enrolment)
    assert office.sends("leader", *act, **impose) == 302


def test_a_veto_bars_a_name_while_it_is_in_effect(office):
    honour = before_the_public(office)
    veto = vetoed(office, office.world.jiyuan_enrolment)
    office.on("2014-11-18")
    assert decide(office, "leader", honour, "confirm") == 409
    lifted = {"reason": "申诉成立"}
    assert office.sends("leader", "evaluations:veto-lift", veto.pk, **lifted) == 302
    assert decide(office, "leader", honour, "confirm") == 302
