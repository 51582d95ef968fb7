"""One meets what somebody else waives at the same moment: the first stands, without an error."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from campaign.models import Obligation, ObligationKind, ObligationState
from campaign.services import obligations
from tests.factories import NOW, small_province
from tests.threads import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer"),
]


def waived_and_met_at_once():
    world = small_province()
    owed = {
        "campaign": world.campaign,
        "kind": ObligationKind.ACCEPTANCE,
        "keys": [(world.brigade_enrolment.pk,)],
        "now": NOW,
    }
    waived = threading.Event()

    def waive():
        with transaction.atomic():
            obligations.waive(**owed)
            waived.set()
            time.sleep(0.5)  # the other one finds the row held, or has read it as it was

    def meet():
        waived.wait()
        obligations.meet(**owed)

    together([waive, meet])
    return Obligation.objects.get(
        enrolment=world.brigade_enrolment, kind=ObligationKind.ACCEPTANCE
    ).state


def test_what_is_waived_meanwhile_is_not_met():
    assert waived_and_met_at_once() == ObligationState.WAIVED


def test_without_holding_the_row_it_would_be_both(monkeypatch):
    """The control: read first, written after, the row would be met and waived at once."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows)
    with pytest.raises(IntegrityError):
        waived_and_met_at_once()
