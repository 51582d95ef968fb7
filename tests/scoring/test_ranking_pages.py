"""Ranking pages: who sees which rows, in which order, at what cost, and as a workbook."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent, Organisation
from campaign.models import Campaign, SupervisionLine
from evaluations.models import Veto
from scoring.models import (
    PastResult,
    PolicyPeerGroup,
    ScoreRun,
    ScoringPolicy,
    StationScore,
)
from scoring.services.runs import make_run
from tests.factories import NOW, enrolment, small_province, station
from tests.portal.test_stacked_lists import wrong as heads_wrong
from tests.scoring.voters import scored_province, show_to_units, vote

pytestmark = pytest.mark.django_db

RANKING = reverse("scoring:ranking")
EXPORT = reverse("scoring:ranking-export")


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    return scored_province(small_province())


@pytest.fixture
def run(world):
    return run_of(world)


def run_of(world):
    return make_run(campaign=world.campaign, by=None, now=NOW)


def listed(client, **query):
    return [(row.rank, row.code) for row in client.get(RANKING, query).context["page"]]


def test_the_province_sees_all_with_the_unranked_last(world, run, client):
    client.force_login(world.province_officer)
    assert listed(client) == [
        (1, "410122-2"),
        (2, "419001-1"),
        (3, "410122-1"),
        (3, "410185-1"),
        (None, "410181-1"),
        (None, "410221-1"),
    ]
    page = client.get(RANKING)
    rows = {row.code: row for row in page.context["page"]}
    assert len(rows["410181-1"].reasons) == len(rows["410221-1"].reasons) == 1
    assert rows["410122-1"].reasons == []


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("prefecture_officer", ["410122-2", "410122-1", "410185-1"]),
        ("other_prefecture_officer", ["410221-1"]),
        ("county_officer", ["410122-2", "410122-1"]),
        ("direct_county_officer", ["410181-1"]),
    ],
)
def test_others_see_their_own_with_provincial_ranks(world, run, client, who, codes):
    client.force_login(getattr(world, who))
    # A draft is the province's alone.
    assert listed(client) == []
    assert client.get(RANKING, {"run": run.pk}).status_code == 404
    assert client.get(EXPORT).status_code == 404
    show_to_units(run, world.province_officer, world.province_admin)
    assert [code for _, code in listed(client)] == codes
    sheet = load_workbook(BytesIO(client.get(EXPORT).content)).active
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == codes


@pytest.mark.parametrize("who", ["station_officer", "county_assessor", "auditor", "system_admin"])
def test_roles_without_rankings_are_refused(world, run, client, who):
    client.force_login(getattr(world, who))
    for name in ("ranking", "ranking-export", "runs"):
        assert client.get(reverse(f"scoring:{name}")).status_code == 403
    client.logout()
    assert client.get(RANKING).status_code == 302


def test_series_filters_search_and_order(world, run, client):
    client.force_login(world.province_officer)
    assert listed(client, series="township") == [(1, "410122-2")]
    assert listed(client, series="brigade", status="ranked") == [
        (1, "419001-1"),
        (2, "410122-1"),
        (2, "410185-1"),
    ]
    assert listed(client, prefecture="410181") == [(None, "410181-1")]
    assert listed(client, grade="good") == [(1, "410122-2"), (2, "419001-1")]
    assert listed(client, status="insufficient_sample") == [(None, "410221-1")]
    assert listed(client, q="410185") == [(3, "410185-1")]
    assert listed(client, q="单位410122-2") == [(1, "410122-2")]
    # By composite the station with too few ballots (98.50) would lead: it stays last.
    assert [code for _, code in listed(client, sort="-composite")] == [
        "410122-2",
        "419001-1",
        "410122-1",
        "410185-1",
        "410221-1",
        "410181-1",
    ]
    assert [code for _, code in listed(client, sort="composite")][0] == "410122-1"
    assert len(listed(client, sort="nonsense", series="x", grade="x", page="x")) == 6


def test_an_earlier_run_keeps_its_address(world, run, client):
    vote(world.jiyuan_enrolment, "service", ("333", 30))
    run_of(world)
    client.force_login(world.province_officer)
    assert listed(client)[1] == (2, "410122-1")
    assert listed(client, run=run.pk)[1] == (2, "419001-1")
    for wrong in ("99999", "x", "9" * 30):
        assert client.get(RANKING, {"run": wrong}).status_code == 404


def test_without_a_run_the_pages_say_so(world, client):
    client.force_login(world.province_officer)
    assert client.get(RANKING).status_code == 200
    assert client.get(reverse("scoring:runs")).status_code == 200
    assert client.get(EXPORT).status_code == 404


@pytest.mark.parametrize("name", ["ranking", "runs"])
def test_lists_cost_the_same_for_more_rows(world, client, name):
    client.force_login(world.province_officer)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"scoring:{name}")).status_code == 200
        return len(queries)

    run_of(world)
    few = cost()
    for serial in (3, 4, 5):
        enrolment(world.campaign, station(world.county, serial))
    run_of(world)
    run_of(world)
    assert cost() == few


def test_the_workbook_holds_text_as_text_and_numbers_as_numbers(world, client):
    Organisation.objects.filter(code="410122-1").update(name_zh="=1+1")
    Veto.objects.create(
        enrolment=world.brigade_enrolment,
        reason="暗访查实吃拿卡要",
        state="in_effect",
        proposed_by=world.province_officer,
        proposed_at=NOW,
        decided_by=world.leader,
        decided_at=NOW,
    )
    run = run_of(world)
    client.force_login(world.province_officer)
    response = client.get(EXPORT, {"series": "brigade", "status": "ranked"})
    sheet = load_workbook(BytesIO(response.content)).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[2].value for row in rows] == ["419001-1", "410122-1", "410185-1"]
    assert [row[0].value for row in rows] == [1, 2, 2]
    assert rows[1][3].value == "=1+1"
    assert "f" not in {cell.data_type for row in rows for cell in row}
    figures = [cell.value for cell in rows[1][6:11]]
    assert figures == [79.36, 77.5, 90, 80.55, 35]
    assert rows[1][6].number_format == "0.00"
    assert (rows[0][12].value or "", bool(rows[1][12].value)) == ("", True)
    event = AuditEvent.objects.get(act="ranking.exported")
    assert event.target_id == str(run.pk)
    assert event.after == {"series": "brigade", "status": "ranked", "sort": "rank"}


def test_every_page_reads_in_both_languages(world, run, client):
    client.force_login(world.province_officer)
    addresses = [
        RANKING,
        reverse("scoring:runs"),
        reverse("scoring:policy"),
        reverse("scoring:score", args=[world.brigade_enrolment.pk]),
    ]
    for language in ("zh-hans", "en"):
        client.cookies["django_language"] = language
        for address in addresses:
            page = client.get(address)
            assert page.status_code == 200
            assert f'<html lang="{language}">' in page.content.decode()
    name = {score.code: score.name_en for score in run.scores.all()}["410122-1"]
    assert name in client.get(RANKING).content.decode()


def test_the_policy_page_is_for_readers(world, client):
    client.force_login(world.station_officer)
    page = client.get(reverse("scoring:policy"))
    assert page.status_code == 200
    assert len(page.context["words"]["lines"]) == len(SupervisionLine)
    assert list(page.context["words"]["scales"]) == ["S4"]
    client.force_login(world.county_assessor)
    assert client.get(reverse("scoring:policy")).status_code == 403


def test_the_button_is_shown_to_those_who_may(world, run, client):
    for who, may in (("province_officer", True), ("prefecture_officer", False)):
        client.force_login(getattr(world, who))
        assert client.get(RANKING).context["can_make_run"] is may
    assert ScoreRun.objects.count() == 1
    assert StationScore.objects.filter(composite=Decimal("79.36")).count() == 2


def test_a_county_by_hand(world, run, client):
    """79.36 with 35 ballots, 88.00 with 30: plain 83.68, weighted 5417.6 / 65 = 83.35."""
    client.force_login(world.province_officer)
    page = client.get(reverse("scoring:units"), {"level": "county"})
    units = {unit.code: unit for unit in page.context["page"]}
    county = units["410122"]
    assert (county.plain, county.weighted) == (Decimal("83.68"), Decimal("83.35"))
    assert (county.stations, county.ranked, county.ballots) == (2, 2, 65)
    # Jiyuan has no counties: its prefecture stands for itself. Unranked stations enter no mean.
    assert units["419001"].plain == Decimal("85.00")
    assert units["410221"].plain is None


def test_serial_numbers_are_read_as_numbers(world, client):
    for serial in (10, 3):
        enrolment(world.campaign, station(world.county, serial))
    run_of(world)
    client.force_login(world.province_officer)
    codes = [code for _, code in listed(client, sort="name", status="incomplete")]
    assert codes == ["410122-3", "410122-10", "410181-1"]


def test_counties_and_peer_groups_filter(world, client):
    PolicyPeerGroup.objects.create(
        policy=ScoringPolicy.objects.get(),
        code="p1",
        name_zh="五人以下大队",
        name_en="small brigades",
        kind="brigade",
        staff_from=0,
        staff_to=5,
    )
    for row, staff in ((world.brigade, 5), (world.sibling_brigade, 6), (world.jiyuan_brigade, 3)):
        row.staff_count = staff
        row.save()
    run_of(world)
    client.force_login(world.province_officer)
    assert listed(client, peer="p1") == [(1, "419001-1"), (2, "410122-1")]
    assert [code for _, code in listed(client, prefecture="410100", county="410185")] == [
        "410185-1"
    ]


def test_the_change_against_last_year_and_the_bar(world, run, client):
    PastResult.objects.create(
        station=world.brigade,
        year=2013,
        composite="75.00",
        source="名单",
        imported_by=world.province_admin,
        imported_at=NOW,
    )
    client.force_login(world.province_officer)
    page = client.get(RANKING)
    rows = {row.code: row for row in page.context["page"]}
    assert "+4.36" in page.content.decode()
    assert "<svg" in rows["410122-1"].bar
    assert rows["410181-1"].bar == ""


def test_the_funnel_names_who_lies_outside(world, run, client):
    client.force_login(world.province_officer)
    page = client.get(reverse("scoring:funnel"), {"kind": "brigade"})
    assert page.status_code == 200
    assert "<polygon" in page.content.decode() or "<rect" in page.content.decode()
    assert "style=" not in page.context["chart"]


def test_an_earlier_year_is_named_by_the_address(world, run, client):
    show_to_units(run, by=world.province_officer, second=world.province_admin)
    Campaign.objects.create(year=2015, title_zh="2015", title_en="2015", state="open")
    client.force_login(world.province_officer)
    assert client.get(RANKING).context["run"] is None
    page = client.get(RANKING, {"year": "2014"})
    assert (page.context["run"], page.context["years"]) == (run, [2014])
    assert "year=2014" in client.get(RANKING).content.decode()
    for name in ("runs", "honours", "consequences"):
        assert client.get(reverse(f"scoring:{name}"), {"year": "2014"}).context["year"] == 2014
    for unknown in ("1999", "x", "20140"):
        assert client.get(RANKING, {"year": unknown}).status_code == 404
    client.logout()
    # Everybody reads the latest published ranking without asking for a year.
    assert client.get(reverse("scoring:public-ranking")).context["run"] == run


def test_on_a_phone_every_value_is_named_by_its_columns_head(client, world, run):
    client.force_login(world.province_officer)
    misnamed, unnamed = heads_wrong(client.get(RANKING).content.decode())
    assert (misnamed, unnamed <= 3) == ([], True)
