"""A scoring policy taken over into another campaign."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from campaign.models import Campaign
from scoring.models import ScoringPolicy
from scoring.policies import check_can_set_policy


@transaction.atomic
def copy_policy(*, source: Campaign, target: Campaign, by, now: datetime) -> ScoringPolicy | None:
    """Write the policy in force of `source`, with all its rows, as the first of `target`; None
    where `source` has none."""
    check_can_set_policy(by)
    policy = ScoringPolicy.objects.in_force(source)
    if policy is None:
        return None
    parts = [
        (relation.related_model, relation.field.name)
        for relation in policy._meta.related_objects
        if relation.one_to_many and relation.related_model.__name__.startswith("Policy")
    ]
    new = ScoringPolicy.objects.get(pk=policy.pk)
    new.pk, new.campaign, new.version = None, target, 1
    new._state.adding = True
    new.save()
    for model, name in parts:
        rows = list(model.objects.filter(**{name: policy}))
        for row in rows:
            row.pk = None
            row._state.adding = True
            setattr(row, name, new)
        model.objects.bulk_create(rows)
    audit.record(
        by=by,
        act="policy.created",
        target=new,
        now=now,
        after={"version": new.version, "taken_from": source.year},
    )
    return new
