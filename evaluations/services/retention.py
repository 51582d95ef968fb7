"""Who complained is forgotten in time: the opinion stays, its name and phone go.

The time runs from the last day of the campaign's last phase, and only for a closed campaign. What
is still being handled keeps its name; the next night looks again.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, CampaignState
from common import clock
from common.errors import Incomplete
from evaluations.models import Complainant, ContactRetention, Opinion, OpinionTerm, TermStep
from evaluations.opinion_policies import check_can_set_terms


@transaction.atomic
def set_retention(*, months: int, by, now: datetime) -> ContactRetention:
    """Set for how many months (1 to 120) names and contacts are kept. What is erased stays so."""
    check_can_set_terms(by, None)
    if not 1 <= months <= 120:
        raise Incomplete(_("Between 1 and 120 months."))
    before = ContactRetention.in_force().months
    row, _is_new = ContactRetention.objects.update_or_create(
        pk=1, defaults={"months": months, "set_by": by, "set_at": now}
    )
    audit.record(
        by=by,
        act="retention.set",
        target=row,
        now=now,
        before={"months": before},
        after={"months": months},
    )
    return row


def campaigns_to_forget(now: datetime) -> list[Campaign]:
    """Closed campaigns whose names and contacts are no longer kept on the day of `now`."""
    rule, today = ContactRetention.in_force(), clock.today(now)
    closed = Campaign.objects.filter(state=CampaignState.CLOSED)
    return [
        campaign
        for campaign in closed.annotate(ended_on=Max("phases__ends_on")).order_by("year")
        if campaign.ended_on is not None and rule.last_day(campaign.ended_on) < today
    ]


def forget_complainants(*, now: datetime) -> int:
    """Erase names and phones whose time is over; how many. May be repeated."""
    return sum(_forget(campaign, now) for campaign in campaigns_to_forget(now))


@transaction.atomic
def _forget(campaign, now) -> int:
    judged_still = OpinionTerm.objects.filter(
        opinion=OuterRef("pk"), step=TermStep.VERDICT, met_at=None, due_on__gte=clock.today(now)
    )
    handled = Opinion.objects.waiting() | Opinion.objects.filter(Exists(judged_still))
    forgotten = (
        Complainant.objects.filter(opinion__campaign=campaign, erased_at=None)
        .exclude(opinion__in=handled.order_by().values("pk"))
        .update(name="", phone="", erased_at=now)
    )
    if forgotten:
        # PRIVACY: how many, and never who.
        audit.record(
            by=None,
            act="complainants.forgotten",
            target=campaign,
            now=now,
            after={"number": forgotten, "months": ContactRetention.in_force().months},
        )
    return forgotten
