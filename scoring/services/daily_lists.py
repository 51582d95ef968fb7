"""A unit signs its daily scores off as a list; the province may open it again with a reason."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Campaign, Obligation, ObligationKind
from common.errors import Incomplete
from scoring.models import DailyAssessment, DailyList, DailyListState
from scoring.policies import check_can_reopen_daily_list, check_can_sign_daily_list
from scoring.workflow import DAILY_LIST


def unsigned_lists(campaign: Campaign):
    """The units that owe daily scores and have not signed their list off."""
    debtors = Obligation.objects.filter(campaign=campaign, kind=ObligationKind.DAILY_SCORE)
    signed = DailyList.objects.filter(campaign=campaign, state=DailyListState.SIGNED)
    return (
        Organisation.objects.filter(pk__in=debtors.values("organisation"))
        .exclude(pk__in=signed.values("organisation"))
        .order_by("path")
    )


@transaction.atomic
def sign_daily_list(*, campaign: Campaign, by, now: datetime) -> DailyList:
    """The acting unit's scores stand from now on. What is missing stays missing, never 0.

    `digest` is over the lines "code score", LF after each, in the order of codes.
    """
    check_can_sign_daily_list(by, campaign, now)
    row, _created = DailyList.objects.get_or_create(campaign=campaign, organisation=by.organisation)
    given = DailyAssessment.objects.given_by_unit(campaign, by.organisation).values_list(
        "enrolment__station__organisation__code", "score"
    )
    lines = sorted(f"{code} {score:.2f}\n" for code, score in given)
    return DAILY_LIST.apply(
        row,
        "signed",
        by=by,
        now=now,
        signed_by=by,
        signed_at=now,
        score_count=len(lines),
        digest=hashlib.sha256("".join(lines).encode()).hexdigest(),
    )


@transaction.atomic
def reopen_daily_list(*, row: DailyList, reason: str, by, now: datetime) -> DailyList:
    """Scores of the unit can be changed again; runs made before keep what they froze."""
    check_can_reopen_daily_list(by)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return DAILY_LIST.apply(row, "reopened", by=by, now=now, reason=reason.strip())
