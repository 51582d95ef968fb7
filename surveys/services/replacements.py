"""Replacing codes of mails that did not arrive: from the batch's reserve, by two people.

Nothing here knows a code but the one that somebody reads off the returned mail, and that one is
made void. See docs/adr/0049-a-reserve-for-lost-mail.md.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete, WrongMoment
from deliveries import enclosures
from deliveries.models import Delivery, DeliveryKind, DeliveryState
from deliveries.services import drop, plan_delivery
from surveys import codes
from surveys.disclosure import SMALLEST_CELL
from surveys.models import BallotBatch, InvitationState, Replacement, ReplacementState
from surveys.policies import check_can_decide_replacement, check_can_replace, check_reserve
from surveys.services.batches import codes_of, used, void_codes
from surveys.workflow import REPLACEMENT

NOT_ARRIVED = (DeliveryState.BOUNCED, DeliveryState.FAILED)


def mails_of(batch: BallotBatch) -> QuerySet:
    """The batch's messages in the ledger."""
    return Delivery.objects.filter(kind=DeliveryKind.CODE, pool=batch.pool)


def states_of_mails(batch: BallotBatch) -> list[tuple[str, int]]:
    """(state as people read it, how many) of the batch's messages; empty when none was mailed."""
    rows = mails_of(batch).values_list("state").annotate(number=Count("pk")).order_by("state")
    return [(DeliveryState(state).label, number) for state, number in rows]


def not_reached(batch: BallotBatch) -> list[Delivery]:
    """The messages that did not arrive, with the state and the key of a replacement where one was
    asked for; without those whose replacement is on its way or arrived."""
    asked = Replacement.objects.filter(delivery=OuterRef("pk")).order_by("-pk")
    rows = mails_of(batch).filter(state__in=NOT_ARRIVED)
    rows = rows.annotate(
        replacement=Subquery(asked.values("pk")[:1]),
        replacement_state=Subquery(asked.values("state")[:1]),
    )
    return [
        row
        for row in rows.order_by("address", "pk")
        if row.replacement_state != ReplacementState.APPROVED
    ]


def others_waiting(batch: BallotBatch) -> int:
    """How many codes of the batch may still come in from people whom a mail has reached."""
    lost = mails_of(batch).filter(state__in=NOT_ARRIVED).count()
    return max(0, batch.issued - batch.void - used(batch) - lost)


@transaction.atomic
def propose_replacement(
    *,
    batch: BallotBatch,
    delivery: Delivery,
    address: str,
    reason: str,
    by,
    now: datetime,
    returned_code: str = "",
) -> Replacement:
    """Ask for another mail to somebody whom `delivery` did not reach; `address`: where to.

    `returned_code`: the code in the returned mail, where it is at hand. It is made void; when it
    was used, somebody has read the mail, and there is nothing to replace. Raises `Denied`,
    `WrongMoment`, `Incomplete`.
    """
    check_can_replace(by, batch, now)
    _check_not_arrived(delivery)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    try:
        validate_email(address)
    except ValidationError as error:
        raise Incomplete(_("This is not an e-mail address.")) from error
    taken = mails_of(batch).exclude(pk=delivery.pk).exclude(state__in=NOT_ARRIVED)
    if taken.filter(address__iexact=address).exists():
        raise Incomplete(_("A mail of this batch has reached this address already."))
    if returned_code:
        _take_back(batch, returned_code, reason, by, now)
    try:
        with transaction.atomic():
            row = Replacement.objects.create(
                batch=batch,
                delivery=delivery,
                address=address,
                reason=reason.strip(),
                proposed_by=by,
                proposed_at=now,
            )
    except IntegrityError as error:
        raise WrongMoment(_("A replacement of this message is asked for already.")) from error
    audit.record(
        by=by,
        act="replacement.proposed",
        target=row,
        now=now,
        after={"code_handed_in": bool(returned_code)},
        reason=reason.strip(),
    )
    return row


def _check_not_arrived(delivery: Delivery) -> None:
    if delivery.state not in NOT_ARRIVED:
        raise WrongMoment(_("This message is not known as returned or refused."))


def _take_back(batch, returned_code, reason, by, now) -> None:
    digests = [
        digest for code in codes_of(batch, [returned_code]) for digest in codes.code_digests(code)
    ]
    if batch.invitations.filter(code_digest__in=digests, state=InvitationState.USED).exists():
        raise WrongMoment(
            _("The code of the returned mail was used: somebody has read it. Nothing is replaced.")
        )
    void_codes(batch=batch, typed=[returned_code], reason=reason, by=by, now=now, returned=True)


@transaction.atomic
def decide_replacement(
    *, replacement: Replacement, approve: bool, reason: str, by, now: datetime
) -> Replacement:
    """Let a code of the reserve go out, or not. By the province, and not by who asked for it.

    The code counts as issued from now on. Raises `Incomplete` when the reserve is used up, and when
    fewer than five others still have an unused code: a late ballot would be known as this person's.
    """
    check_can_decide_replacement(by, replacement)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    decided = {"decision": reason.strip(), "decided_by": by, "decided_at": now}
    act = {"by": by, "now": now, "reason": reason.strip()}
    if not approve:
        return REPLACEMENT.apply(replacement, "refused", **act, **decided)
    batch = BallotBatch.objects.select_for_update(no_key=True).get(pk=replacement.batch_id)
    check_reserve(batch, now)
    lost = Delivery.objects.select_for_update().get(pk=replacement.delivery_id)
    _check_not_arrived(lost)
    if others_waiting(batch) < SMALLEST_CELL:
        raise Incomplete(
            _(
                "Fewer than %(number)s others still have an unused code of this batch; a late "
                "ballot would be known as this person's. Issue a new batch to those not reached."
            )
            % {"number": SMALLEST_CELL}
        )
    more = {name: F(name) + 1 for name in ("issued", "handed_out", "replaced")}
    BallotBatch.objects.filter(pk=batch.pk).update(**more)
    if lost.state == DeliveryState.FAILED:
        # Nobody sends that one again beside the new one.
        drop(delivery=lost, reason=_("Another message takes its place."), now=now)
    plan_delivery(
        key=replacement.key,
        kind=DeliveryKind.CODE,
        user=None,
        address=replacement.address,
        subject=lost.subject,
        text=lost.text,
        pool=batch.pool,
        now=now,
    )
    return REPLACEMENT.apply(replacement, "approved", rows=[batch], **act, **decided)


def empty_reserves(campaign: Campaign) -> int:
    """Delete what is left of the reserves, once no code can be used any more; how many."""
    batches = BallotBatch.objects.filter(campaign=campaign, reserve__gt=0)
    return enclosures.empty_pools([batch.pool for batch in batches])
