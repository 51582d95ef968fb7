"""The first month: the notice is signed for, the registry confirmed, plans come in."""

import random
from datetime import timedelta

from campaign.models import Obligation, ObligationKind
from campaign.services.receipts import sign_receipt
from campaign.services.registry import confirm_registry
from campaign.services.submissions import record_plans
from deliveries.notices import set_quiet_hours
from portal.demonstration.notice import QUIET_FROM, QUIET_UNTIL
from portal.demonstration.story import Story, moment

# Their own draw, so that the rest of the story stays as it is.
SEED = 2014_08
# Units that never sign or confirm: somebody must be seen to be late.
FORGETFUL = ("410122", "411729")


def sign_for_the_notice(story: Story) -> None:
    """Every bureau signs within some days of 1 August, a few too late."""
    set_quiet_hours(starts_at=QUIET_FROM, ends_at=QUIET_UNTIL, by=story.admin, now=moment(8, 1))
    rng = random.Random(SEED)
    owed = Obligation.objects.filter(campaign=story.campaign, kind=ObligationKind.RECEIPT)
    for receipt in owed.select_related("organisation__supervisor"):
        unit = receipt.organisation
        if unit.code in FORGETFUL:
            continue
        now = moment(8, rng.choice((1, 4, 4, 5, 6, 7, 8, 12)))
        sign_receipt(campaign=story.campaign, by=story.officer_of(unit), now=now)


def confirm_the_registry(story: Story) -> None:
    """The bureaus confirm their stations' data."""
    owed = Obligation.objects.filter(campaign=story.campaign, kind=ObligationKind.REGISTRY)
    for row in owed.select_related("organisation"):
        if row.organisation.code not in FORGETFUL:
            by = story.officer_of(row.organisation)
            confirm_registry(campaign=story.campaign, by=by, now=moment(8, 18))


def hand_in_station_plans(story: Story) -> None:
    """The stations' plans, in three batches; some never come."""
    rng = random.Random(SEED)
    units = [row.organisation for row in story.touched() if rng.random() > 0.04]
    for number in range(3):
        rows = [
            (
                unit,
                f"{unit.name_zh}创建活动方案：公开服务承诺和监督方式，明确责任人和时限。",
            )
            for unit in units[number::3]
        ]
        record_plans(
            campaign=story.campaign,
            rows=rows,
            by=story.admin,
            now=moment(8, 20) + timedelta(days=4 * number),
        )
