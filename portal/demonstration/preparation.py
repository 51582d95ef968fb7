"""The first month: the notice is signed for, the registry confirmed, plans come in."""

import random
from datetime import timedelta

from campaign.models import Obligation, ObligationKind
from campaign.services.receipts import sign_receipt
from campaign.services.registry import confirm_registry
from campaign.services.submissions import record_plans
from deliveries.notices import set_quiet_hours
from evaluations.models import Commitment
from evaluations.services.fulfilments import record_fulfilment
from portal.demonstration.notice import QUIET_FROM, QUIET_UNTIL
from portal.demonstration.story import Story, moment

# Their own draw, so that the rest of the story stays as it is.
SEED = 2014_08
SEEN = {
    "kept": "抽查办件登记，均在承诺时限内办结。",
    "at_risk": "抽查办件登记，个别事项临近时限尚未办结。",
    "broken": "群众反映并经核实，超过承诺时限未予办理。",
}
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


def watch_promises(story: Story) -> None:
    """County officers look whether promises are kept: most are, some are at risk, two are broken
    and so become findings."""
    rng = random.Random(SEED)
    published = Commitment.objects.published().filter(
        enrolment__campaign=story.campaign, area__number=1
    )
    rows = list(published.select_related("area").order_by("enrolment__station__organisation__path"))
    enrolments = {row.pk: row for row in story.enrolments}
    for number, commitment in enumerate(rng.sample(rows, 24)):
        commitment.enrolment = enrolments[commitment.enrolment_id]
        status = "broken" if number < 2 else "at_risk" if number < 6 else "kept"
        record_fulfilment(
            commitment=commitment,
            status=status,
            seen_on=moment(10, 14).date(),
            text=SEEN[status],
            by=story.officer_of(commitment.enrolment.bureau),
            now=moment(10, 14),
        )
