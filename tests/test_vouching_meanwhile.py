"""Two people write rows that belong to one row, at the same moment: the trail vouches for both."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from accounts import audit, vouching
from evaluations.models import Delegate, ReviewMeeting, VoiceGroup
from tests.factories import NOW, small_province
from tests.threads import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer"),
]


@pytest.fixture
def meeting():
    world = small_province()
    meeting = ReviewMeeting.objects.create(
        campaign=world.campaign,
        organisation=world.county,
        title="评议大会",
        starts_at=NOW,
        planned_by=world.county_officer,
    )
    audit.record(by=None, act="meeting.planned", target=meeting, now=NOW)
    return meeting


def invited_by_two_people(meeting):
    """Each has written when the acts are recorded."""
    written = threading.Barrier(2)

    def invite(name):
        with transaction.atomic():
            Delegate.objects.create(meeting=meeting, group=VoiceGroup.PUBLIC, name=name, unit="")
            written.wait()
            audit.record(by=None, act="delegates.invited", target=meeting, now=NOW)

    together([partial(invite, "张三"), partial(invite, "李四")])
    return [change.what for change in vouching.changed_rows() if change.kind == LABEL]


LABEL = ReviewMeeting._meta.label_lower


def test_the_later_act_tells_of_what_both_wrote(meeting):
    assert invited_by_two_people(meeting) == []


def test_without_holding_the_row_neither_act_tells_of_both(meeting, monkeypatch):
    """The control: each event tells of its own delegate alone, and a change is cried that nobody
    made."""
    ready, digests = threading.Barrier(2), vouching.digests

    def unheld(model, pks, *, hold=False):
        found = digests(model, pks)
        if hold:
            ready.wait()  # nobody has committed before both have looked
        return found

    monkeypatch.setattr(vouching, "digests", unheld)
    assert invited_by_two_people(meeting) == ["changed"]
