"""The demonstration: whole, through the services, with the hard cases it promises."""

import io
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import override_settings

import verify_run
from accounts.models import AuditEvent, Organisation, OrganisationKind, User
from accounts.vouching import changed_rows
from campaign.models import Campaign, Obligation
from evaluations.models import RectificationTask, Veto
from portal.demonstration import build
from scoring.models import ScoreRun, ScoreStatus
from stations.models import Station, StationKind
from surveys.models import Ballot
from tests.accounts.test_telling import wordless
from tests.factories import NOW, small_province

pytestmark = pytest.mark.django_db


def test_it_is_refused_outside_demonstration_mode():
    with pytest.raises(CommandError):
        call_command("demo")
    assert not Organisation.objects.exists()


@override_settings(DEMONSTRATION=True)
def test_it_never_touches_a_real_campaign():
    small_province()
    before = Station.objects.count()
    with pytest.raises(CommandError):
        call_command("demo", "--rebuild")
    assert Station.objects.count() == before


@pytest.mark.long
@pytest.mark.one_database
@override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")
def test_the_whole_demonstration(client, tmp_path):
    call_command("demo", "--if-empty", stdout=io.StringIO())

    # Henan's real units.
    units = {
        kind: Organisation.objects.filter(kind=kind).count() for kind in OrganisationKind.values
    }
    assert units == {"province": 1, "prefecture": 18, "county": 158, "station": 1965}
    assert Station.objects.filter(kind=StationKind.BRIGADE).count() == 159
    province = Organisation.objects.get(kind="province")
    direct = province.subordinates.filter(kind="county").values_list("code", flat=True)
    assert sorted(direct) == [
        "410181", "410225", "410482", "410526", "410728",
        "411381", "411481", "411525", "411628", "411729",
    ]  # fmt: skip
    assert Organisation.objects.get(code="419001").subordinates.filter(kind="county").count() == 0

    # The campaign in figures.
    campaign = Campaign.objects.get(year=2014)
    assert campaign.is_demonstration
    assert campaign.enrolments.count() == 1965
    assert Ballot.objects.filter(enrolment__campaign=campaign, valid=True).count() >= 60 * 1965
    run = ScoreRun.objects.get(campaign=campaign)
    by_status = {
        status: set(run.scores.filter(status=status).values_list("code", flat=True))
        for status in ScoreStatus.values
    }

    # The hard cases.
    assert by_status["insufficient_sample"] == set(build.FEW_BALLOTS)
    assert set(build.NO_COUNTY_SCORE) <= by_status["incomplete"]
    first, second = (run.scores.get(code=code) for code in build.TWINS)
    assert (first.composite, first.rank_kind) == (second.composite, second.rank_kind)
    vetoed = run.scores.get(code=build.VETOED)
    assert (vetoed.grade, vetoed.flags, vetoed.status) == ("unqualified", ["vetoed"], "ranked")
    assert Veto.objects.in_effect().count() == 1
    assert RectificationTask.objects.overdue_at(NOW).count() >= 10
    assert Obligation.objects.overdue_at(NOW).filter(kind="plan").exists()

    # The year before: all brigades and Zhengzhou's stations, published, with a final list.
    pilot = Campaign.objects.get(year=2013)
    assert (pilot.state, pilot.is_demonstration) == ("closed", True)
    before = ScoreRun.objects.published(pilot)
    assert before.scores.filter(kind=StationKind.BRIGADE).count() == 159
    # Quotas of 8 and 12 brigades, 4 and 8 township stations.
    assert pilot.honours.filter(state="confirmed").count() == 8 + 12 + 4 + 8
    # 5% of 159 brigades are 7, of 69 township stations 3.
    assert pilot.consequences.filter(kind="criticism", state="imposed").count() == 7 + 3
    assert before.campaign.title_zh in client.get("/scoring/public/ranking/").content.decode()

    # The trail vouches for its rows, and none of its many acts looks like a change from outside.
    assert Counter((change.kind, change.act, change.what) for change in changed_rows()) == {}
    # Each value that they wrote down has a word, in both languages.
    left = {
        (event.target_type, name)
        for event in AuditEvent.objects.iterator()
        for name, _before, _after in event.changes
        if not name[:6].isdecimal()
    }
    assert len(left) > 80
    assert [value for value in left if wordless(*value)] == []

    # Its run is provable, its people can sign in, its pages carry the mark.
    call_command("export_run", str(run.pk), "--out", str(tmp_path / "run"), stdout=io.StringIO())
    assert verify_run.main([str(Path(tmp_path / "run"))]) == 0
    for username in ("province", "county-410181", "station-410122-1", "assessor-410122"):
        assert client.login(request=HttpRequest(), username=username, password="demo-2014")
    page = client.get("/desk/").content.decode()
    assert "演示数据" in page
    assert User.objects.filter(is_demonstration=False).count() == 0


@override_settings(DEMONSTRATION=True)
def test_its_accounts_do_not_sign_in_outside_demonstration_mode(client):
    world = small_province()
    User.objects.filter(pk=world.county_officer.pk).update(is_demonstration=True)
    sign_in = {"request": HttpRequest(), "username": "county_officer", "password": "demo-2014"}
    assert client.login(**sign_in)
    with override_settings(DEMONSTRATION=False):
        assert client.get("/desk/").status_code == 302
        assert not client.login(**sign_in)
