"""Signing for the notice (签收)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, ObligationKind, Receipt
from campaign.policies import check_can_sign
from campaign.services import obligations
from common.errors import WrongMoment


@transaction.atomic
def sign_receipt(*, campaign: Campaign, by, now: datetime) -> Receipt:
    """The acting bureau has received the notice. Late is possible and is seen as late."""
    check_can_sign(by, campaign)
    row, created = Receipt.objects.get_or_create(
        campaign=campaign,
        organisation=by.organisation,
        defaults={"signed_by": by, "signed_at": now},
    )
    if not created:
        raise WrongMoment(_("Your unit has signed for the notice already."))
    obligations.meet(
        campaign=campaign,
        kind=ObligationKind.RECEIPT,
        keys=[(by.organisation.code,)],
        now=now,
    )
    audit.record(by=by, act="receipt.signed", target=row, now=now)
    return row
