"""A person's own password."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User


@transaction.atomic
def change_password(*, person: User, password: str, now: datetime) -> None:
    """Set the password that the person chose (validated by the form); other sessions end."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    audit.record(by=person, act="user.password_changed", target=person, now=now)
