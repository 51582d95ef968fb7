"""Acts of two people: whoever took the first step cannot take the second, by whatever request.

Each case takes the first step, or stands after it, with somebody who also holds the role of the
second step: the hardest case, since only the rule of the second person stands in the way. The twin
is another entitled person who sends the very same request from the same set-up.
"""

from dataclasses import dataclass
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Role
from evaluations.models import OpinionExtension, RecheckOrder, Reopening, Veto
from scoring.models import Honour, ScoreRun
from surveys.models import Ballot, BallotFlag, Quarantine, Questionnaire, Replacement
from tests.factories import person

REASON = {"reason": "事实清楚"}


@dataclass
class Second:
    """The second step: the request, the row it decides on, and the state when it was done."""

    address: str
    data: dict
    row: object
    done: str
    other: object  # who may take it


class At:
    """A person at a browser; `role` is put on first, as the visible switch does it."""

    def __init__(self, user):
        self.user, self.client = user, Client()
        self.client.force_login(user)

    def put_on(self, role):
        membership = self.user.memberships.get(role=role)
        self.client.post(reverse("accounts:switch"), {"membership": membership.pk})


def both(world, unit, first, second):
    """Somebody with the role of the first step and the one of the second."""
    user = person(f"both-{first}-{second}-{unit.code}", unit, first)
    Membership.objects.create(user=user, organisation=unit, role=second)
    return user


def took_first_step(name, *args, user, role, **data):
    at = At(user)
    at.put_on(role)
    answer = at.client.post(reverse(name, args=args), data)
    assert answer.status_code == 302, answer.content.decode()


# --- the cases ------------------------------------------------------------------------------------


def publishing(world, user):
    run = world.draft_run
    took_first_step("scoring:run-preview", run.pk, user=user, role=Role.PROVINCE_ADMIN, **REASON)
    ScoreRun.objects.filter(pk=run.pk).update(
        reply_until="2014-10-01"
    )  # the right of reply is over
    return Second(
        reverse("scoring:run-publish", args=[run.pk]), REASON, run, "published", world.leader
    )


def deciding_a_veto(world, user):
    enrolment = world.other_brigade_enrolment
    address = "evaluations:veto"
    took_first_step(address, enrolment.pk, user=user, role=Role.PROVINCE_OFFICER, **REASON)
    Veto.objects.filter(enrolment=enrolment).update(reply_due_on="2014-10-01")  # it was heard
    row = Veto.objects.get(enrolment=enrolment)
    return Second(
        reverse("evaluations:veto-decide", args=[row.pk]),
        {"decision": "confirm", **REASON},
        row,
        "in_effect",
        world.leader,
    )


def lifting_a_veto(world, user):
    row = world.veto_in_effect
    Veto.objects.filter(pk=row.pk).update(proposed_by=user)
    address = reverse("evaluations:veto-lift", args=[row.pk])
    return Second(address, REASON, row, "lifted", world.leader)


def setting_ballots_aside(world, user):
    questionnaire = Questionnaire.objects.get(campaign=world.campaign, frozen_at__isnull=False)
    BallotFlag.objects.filter(pk=world.flag.pk).update(kind="perfect")
    Ballot.objects.bulk_create(
        Ballot(
            enrolment=world.brigade_enrolment,
            questionnaire=questionnaire,
            group="society",
            answers="1",
            channel="open",
            day=date(2014, 10, 1),
            valid=True,
            key_digest=f"{number:032}",
        )
        for number in range(5)
    )
    took_first_step(
        "surveys:question", world.flag.pk, user=user, role=Role.PROVINCE_OFFICER, **REASON
    )
    row = Quarantine.objects.get(flag=world.flag)
    return Second(
        reverse("surveys:decide", args=[row.pk]),
        {"decision": "confirm", **REASON},
        row,
        "in_effect",
        world.leader,
    )


def replacing_a_code(world, user):
    took_first_step(
        "surveys:replace",
        world.mailed_batch.pk,
        world.lost_mail.pk,
        user=user,
        role=Role.PROVINCE_OFFICER,
        address="b@example.cn",
        **REASON,
    )
    row = Replacement.objects.get(delivery=world.lost_mail)
    return Second(
        reverse("surveys:replacement-decide", args=[row.pk]),
        {"decision": "approve", **REASON},
        row,
        "approved",
        world.leader,
    )


def restoring_ballots(world, user):
    row = world.quarantine_in_effect
    Quarantine.objects.filter(pk=row.pk).update(proposed_by=user)
    address = reverse("surveys:lift", args=[row.pk])
    return Second(address, REASON, row, "lifted", world.leader)


def reopening_a_check(world, user):
    enrolment = world.sibling_brigade_enrolment
    took_first_step(
        "evaluations:reopening-request",
        enrolment.pk,
        user=user,
        role=Role.PREFECTURE_OFFICER,
        **REASON,
    )
    row = Reopening.objects.get(check_of__enrolment=enrolment)
    return Second(
        reverse("evaluations:reopening-decide", args=[row.pk]),
        {"decision": "approve", **REASON},
        row,
        "approved",
        world.prefecture_officer,
    )


def closing_an_ordered_recheck(world, user):
    row = world.order
    RecheckOrder.objects.filter(pk=row.pk).update(state="reported", report="x", reported_by=user)
    return Second(
        reverse("evaluations:order-review", args=[row.pk]),
        {"decision": "close", **REASON},
        row,
        "closed",
        world.province_admin,
    )


def confirming_an_honour(world, user):
    row = world.honour_closed
    Honour.objects.filter(pk=row.pk).update(nominated_by=user)
    return Second(
        reverse("scoring:honour-decide", args=[row.pk]),
        {"decision": "confirm", **REASON},
        row,
        "confirmed",
        world.leader,
    )


def imposing_a_consequence(world, user):
    row = world.consequence
    took_first_step(
        "scoring:consequence-decide",
        row.pk,
        user=user,
        role=Role.PROVINCE_ADMIN,
        decision="endorse",
        **REASON,
    )
    return Second(
        reverse("scoring:consequence-decide", args=[row.pk]),
        {"decision": "imposed", **REASON},
        row,
        "imposed",
        world.leader,
    )


def granting_an_extension(world, user):
    row = world.extension
    OpinionExtension.objects.filter(pk=row.pk).update(asked_by=user)
    return Second(
        reverse("evaluations:extension-decide", args=[row.pk]),
        {"decision": "approve", "decision-reason": "同意"},
        row,
        "approved",
        world.leader,
    )


# The act → where it is done, and the role of its first and of its second step.
PROVINCE, PREFECTURE, COUNTY = "province", "prefecture", "county"
CASES = {
    publishing: (PROVINCE, Role.PROVINCE_ADMIN, Role.LEADER),
    deciding_a_veto: (PROVINCE, Role.PROVINCE_OFFICER, Role.LEADER),
    lifting_a_veto: (PROVINCE, Role.PROVINCE_OFFICER, Role.PROVINCE_ADMIN),
    setting_ballots_aside: (PROVINCE, Role.PROVINCE_OFFICER, Role.LEADER),
    replacing_a_code: (PROVINCE, Role.PROVINCE_OFFICER, Role.PROVINCE_ADMIN),
    restoring_ballots: (PROVINCE, Role.PROVINCE_OFFICER, Role.PROVINCE_ADMIN),
    reopening_a_check: (PREFECTURE, Role.PREFECTURE_OFFICER, Role.LEADER),
    closing_an_ordered_recheck: (PROVINCE, Role.PROVINCE_OFFICER, Role.PROVINCE_ADMIN),
    confirming_an_honour: (PROVINCE, Role.PROVINCE_OFFICER, Role.LEADER),
    imposing_a_consequence: (PROVINCE, Role.PROVINCE_ADMIN, Role.LEADER),
    granting_an_extension: (COUNTY, Role.COUNTY_OFFICER, Role.LEADER),
}
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)


def stage(world, case):
    """Who took the first step, and the second step that is now open."""
    place, first, second = CASES[case]
    user = both(world, getattr(world, place), first, second)
    return user, case(world, user)
