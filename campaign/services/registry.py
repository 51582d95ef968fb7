"""The bureau confirms that the data of its stations are complete."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, ObligationKind
from campaign.policies import check_can_confirm_registry
from campaign.services import obligations
from common.errors import Incomplete
from stations.models import Station
from stations.plausibility import completeness


@transaction.atomic
def confirm_registry(*, campaign: Campaign, by, now: datetime) -> None:
    """What the acting bureau owes is met. Raises `Incomplete` while a station lacks something."""
    check_can_confirm_registry(by, campaign)
    stations = Station.objects.at_work().filter(organisation__supervisor=by.organisation)
    wrong = sum(len(entry.problems) for entry in completeness(stations.with_units()))
    if wrong:
        raise Incomplete(
            _("%(count)s stations are not complete yet; the list says what is missing.")
            % {"count": wrong}
        )
    obligations.meet(
        campaign=campaign,
        kind=ObligationKind.REGISTRY,
        keys=[(by.organisation.code,)],
        now=now,
    )
    audit.record(by=by, act="registry.confirmed", target=by.organisation, now=now)
