"""Filters of the register that people keep under a name."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from evaluations.models import SavedFilter
from evaluations.policies import check_can_read


@transaction.atomic
def save_filter(*, user, name: str, query: str, now: datetime) -> SavedFilter:
    """Keep a filter; one of the same name is replaced. `query`: what follows "?" in its address."""
    check_can_read(user)
    row, _created = SavedFilter.objects.update_or_create(
        user=user, name=name.strip(), defaults={"query": query}
    )
    audit.record(by=user, act="filter.saved", target=row, now=now, after={"query": query})
    return row


@transaction.atomic
def delete_filter(*, saved: SavedFilter, by, now: datetime) -> None:
    """Forget a filter."""
    audit.record(by=by, act="filter.deleted", target=saved, now=now, before={"query": saved.query})
    saved.delete()
