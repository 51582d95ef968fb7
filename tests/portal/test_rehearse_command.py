"""The command that rehearses a campaign, on a small piece of the real province."""

import io

import pytest
from django.test import override_settings

from campaign.models import Obligation, ObligationKind, ObligationState
from evaluations.models import AcceptanceCheck
from portal.demonstration import build, notice
from portal.management.commands.rehearse import Command

pytestmark = pytest.mark.django_db
# A prefecture with a county, a directly administered county, and a prefecture without counties;
# their brigades, and a town of each.
KEPT = (
    "410000", "410100", "410122", "410181", "419001", "410122101", "410181101", "419001101",
)  # fmt: skip


@pytest.fixture
def piece(monkeypatch):
    every = build.read_divisions
    monkeypatch.setattr(
        build, "read_divisions", lambda path: [row for row in every(path) if row.code in KEPT]
    )


@pytest.mark.long
@pytest.mark.one_database
def test_the_whole_campaign_is_lived_through(piece):
    out = io.StringIO()
    quiet = {
        "DEMONSTRATION": True,
        "TRANSPORT_EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    }
    with override_settings(**quiet):
        assert Command(stdout=out).rehearse(notice.definition()) == []
    lines = out.getvalue().splitlines()
    days = [line for line in lines if line.startswith("2014-")]
    assert (days[0][:10], days[-1][:10], len(days)) == ("2014-08-01", "2014-11-30", 122)
    assert lines[-1].startswith("total: ")
    assert lines[-1].endswith("every one got exactly its steps")
    # Each line of supervision was accepted by its own authority.
    checks = AcceptanceCheck.objects.select_related("authority")
    assert {check.authority.code for check in checks} == {"410100", "410000", "419001"}
    accepted = Obligation.objects.filter(kind=ObligationKind.ACCEPTANCE)
    assert checks.count() == accepted.filter(state=ObligationState.MET).count() > 3
    # What the campaign asks of a unit by itself: nobody is left out, nothing is asked in vain.
    owed = Obligation.objects.all()
    assert set(owed.values_list("kind", flat=True)) == {
        ObligationKind.RECEIPT, ObligationKind.REGISTRY, ObligationKind.PLAN,
        ObligationKind.COMMITMENTS, ObligationKind.SELF_INSPECTION, ObligationKind.ACCEPTANCE,
        ObligationKind.DAILY_SCORE, ObligationKind.SUMMARY,
    }  # fmt: skip
    assert owed.filter(state=ObligationState.MET).exists()
