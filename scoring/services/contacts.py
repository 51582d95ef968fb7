"""The contact of who objected to a name before the public goes when its time is over."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from evaluations.services.retention import campaigns_to_forget
from scoring.models import Objection, ObjectionState


def forget_objectors(*, now: datetime) -> int:
    """Erase the contacts of decided objections whose time is over, by the same rule as the names of
    complainants; how many. May be repeated."""
    return sum(_forget(campaign, now) for campaign in campaigns_to_forget(now))


@transaction.atomic
def _forget(campaign, now) -> int:
    decided = Objection.objects.filter(honour__campaign=campaign)
    decided = decided.exclude(state=ObjectionState.RECEIVED).exclude(contact="")
    forgotten = decided.update(contact="")
    if forgotten:
        # PRIVACY: how many, and never who.
        audit.record(
            by=None,
            act="objectors.forgotten",
            target=campaign,
            now=now,
            after={"number": forgotten},
        )
    return forgotten
