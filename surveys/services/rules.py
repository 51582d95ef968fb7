"""The numbers of ballot integrity of a campaign."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign
from surveys.models import BallotRules


def rules_of(campaign: Campaign) -> BallotRules:
    """The campaign's numbers; the defaults where nobody has changed them."""
    return BallotRules.objects.filter(campaign=campaign).first() or BallotRules(campaign=campaign)


@transaction.atomic
def change_rules(*, rules: BallotRules, by, now: datetime) -> BallotRules:
    """Save changed numbers (validated by their form). The province's."""
    check_may(by, Permission.CAMPAIGN_EDIT)
    names = [f.name for f in BallotRules._meta.fields if f.name not in ("id", "campaign")]
    before = rules_of(rules.campaign)
    changed = [name for name in names if getattr(before, name) != getattr(rules, name)]
    rules.save()
    audit.record(
        by=by,
        act="ballot_rules.changed",
        target=rules,
        now=now,
        before={name: getattr(before, name) for name in changed},
        after={name: getattr(rules, name) for name in changed},
    )
    return rules
