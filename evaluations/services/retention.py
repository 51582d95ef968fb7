"""Who complained is forgotten in time: the opinion stays; its name, phone and files go.

The time runs from the last day of the campaign's last phase, and only for a closed campaign. What
is still being handled keeps its name; the next night looks again.
"""

from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, CampaignState
from common import clock
from common.errors import Incomplete
from evaluations.models import (
    Complainant,
    ContactRetention,
    Opinion,
    OpinionFile,
    OpinionTerm,
    RectificationTask,
    TermStep,
)
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


def forget_files(*, now: datetime) -> int:
    """Delete the files that came with opinions and whose time is over; how many. They may show who
    spoke, named or not. One whose finding is still being mended stays. May be repeated."""
    return sum(_forget_files(campaign, now) for campaign in campaigns_to_forget(now))


def _still_handled(now):
    """Opinions that wait for an answer, or for the verdict on it."""
    judged_still = OpinionTerm.objects.filter(
        opinion=OuterRef("pk"), step=TermStep.VERDICT, met_at=None, due_on__gte=clock.today(now)
    )
    handled = Opinion.objects.waiting() | Opinion.objects.filter(Exists(judged_still))
    return handled.order_by().values("pk")


@transaction.atomic
def _forget(campaign, now) -> int:
    forgotten = (
        Complainant.objects.filter(opinion__campaign=campaign, erased_at=None)
        .exclude(opinion__in=_still_handled(now))
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


@transaction.atomic
def _forget_files(campaign, now) -> int:
    mended_still = RectificationTask.objects.unfinished().filter(
        finding=OuterRef("opinion__finding")
    )
    due = (
        OpinionFile.objects.filter(opinion__campaign=campaign, erased_at=None)
        .exclude(opinion__in=_still_handled(now))
        .exclude(Exists(mended_still))
    )
    stored = dict(due.values_list("pk", "file"))
    if stored:
        OpinionFile.objects.filter(pk__in=stored).update(file="", name="", erased_at=now)
        audit.record(
            by=None,
            act="opinion_files.forgotten",
            target=campaign,
            now=now,
            after={"number": len(stored), "months": ContactRetention.in_force().months},
            rows=OpinionFile.objects.filter(pk__in=stored),
        )
        # Last, and before the commit: where the store fails, the rows still name their files, and
        # the next night finds and deletes the rest. A file that is gone already is no fault.
        for name in stored.values():
            default_storage.delete(name)
    return len(stored)
