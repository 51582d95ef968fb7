"""Acceptance in the browser: who sees what, by any address; the league worked out by hand."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, reverse

from campaign.models import Enrolment
from evaluations import acceptance_urls
from evaluations.models import (
    AcceptanceCheck,
    AcceptancePlan,
    CheckReply,
    CheckScore,
    FormerCheck,
    InspectionTeam,
    Inspector,
    Objection,
    PlannedVisit,
    Reopening,
    SecretVisit,
)
from evaluations.services.league import acceptance_facts, league
from evaluations.services.reopenings import reply_of
from evaluations.services.secret_visits import Seen, add_observation, record_visit
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW


def url(name, *args):
    return reverse(f"evaluations:{name}", args=args)


# --- what nobody below the province learns --------------------------------------------------------


@pytest.fixture
def unreleased(world, files):
    visit = record_visit(
        enrolment=world.brigade_enrolment,
        visited_on=date(2014, 10, 20),
        visitors="two",
        summary="SECRETMARK summary",
        by=world.province_officer,
        now=NOW,
    )
    seen = Seen(category="service", text="SECRETMARK problem", files=(files.pdf("SECRETMARK.pdf"),))
    add_observation(visit=visit, seen=seen, by=world.province_officer, now=NOW)
    return visit


def addresses_with(name_args):
    """Every address of evaluations that takes no argument, or one of `name_args`."""
    for pattern in get_resolver("evaluations.urls").reverse_dict.lists():
        name = pattern[0]
        if isinstance(name, str):
            for args in name_args:
                try:
                    yield reverse(f"evaluations:{name}", args=args)
                except NoReverseMatch:  # this address takes other arguments
                    continue


@pytest.mark.parametrize("who", ["prefecture_officer", "county_officer", "station_officer"])
def test_unreleased_visit_is_in_no_page(world, sign_in, unreleased, who):
    client = sign_in(getattr(world, who))
    evidence = unreleased.observations.get().evidence.get()
    pages = {*addresses_with([(), (world.brigade_enrolment.pk,)])}
    pages |= {
        f"{url('secret-visits')}?q=410122",
        reverse("campaign:enrolment", args=[world.brigade_enrolment.pk]),
    }
    pages |= {reverse("portal:desk"), f"{reverse('portal:home')}?q=410122"}
    assert len(pages) > 20
    for page in sorted(pages):
        answer = client.get(page)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"SECRETMARK" not in body, page
    for hidden in (
        url("secret-visit", unreleased.pk),
        url("evidence", evidence.pk),
    ):
        assert client.get(hidden).status_code == 404
    assert client.post(url("visit-release", unreleased.pk), {"reason": "x"}).status_code == 404
    assert (
        b"SECRETMARK"
        in sign_in(world.province_officer).get(url("secret-visit", unreleased.pk)).content
    )


# Addresses with an argument that are about draws, visits and vetoes, and never about accepting.
NOT_ACCEPTING = {
    *("draw", "draw-sample", "redraw", "draw-protocol", "order", "recheck-order", "order-review"),
    *("spot-check", "spot-check-sign", "finding-from-spot-score", "secret-visit", "visit-release"),
    *("veto-reply", "veto-decide", "veto-lift"),
}


def test_prefecture_accepts_no_directly_administered_station_by_any_address(world, sign_in):
    by, enrolment = world.province_officer, world.direct_brigade_enrolment
    check = steps.signed_check(world, enrolment, by, "0", "0", "3")
    score, reply = check.scores.last(), reply_of(check)
    objection = Objection.objects.create(
        reply=reply, score=score, text="no", deduction_before=score.deduction
    )
    asked = {"check_of": check, "reason": "r", "requested_by": by, "requested_at": NOW}
    reopening = Reopening.objects.create(**asked)
    former = FormerCheck.objects.create(
        check_of=check, reopening=reopening, round=1, content={}, sha256="", kept_at=NOW
    )
    plan = AcceptancePlan.objects.create(campaign=world.campaign, authority=world.province)
    team = InspectionTeam.objects.create(plan=plan, number=1)
    visit = PlannedVisit.objects.create(
        plan=plan, enrolment=enrolment, team=team, day=date(2014, 10, 28)
    )
    objects = {
        **dict.fromkeys(("check", "check-sign", "check-reply", "recheck"), enrolment),
        **dict.fromkeys(("reopening-request", "onsite-change", "visit-add", "veto"), enrolment),
        **{"finding-from-score": score, "objection-decide": objection, "former-check": former},
        **{"reopening-decide": reopening, "team-edit": team, "visit-edit": visit},
        "inspector-edit": Inspector.objects.filter(pool=world.province).first(),
    }
    with_argument = {path.name for path in acceptance_urls.urlpatterns if "<" in str(path.pattern)}
    assert set(objects) == with_argument - NOT_ACCEPTING

    def state():
        rows = (AcceptanceCheck, CheckScore, Objection, Reopening, PlannedVisit, InspectionTeam)
        return [list(model.objects.order_by("pk").values()) for model in rows]

    before, client = state(), sign_in(world.prefecture_officer)
    for name, row in objects.items():
        for method in (client.get, client.post):
            assert method(url(name, row.pk)).status_code in (404, 405), name
    of_province = {"visits": [visit.pk], "day": "2014-10-29"}
    assert client.post(url("plan-move"), of_province).status_code == 409
    for name in ("plan", "plan-print", "inspectors", "acceptance-export"):
        assert client.get(url(name), {"authority": world.province.code}).status_code == 404, name
    assert world.direct_brigade.code not in client.get(url("onsite-bundle")).content.decode()
    assert state() == before
    # The twin: the province's own officer opens the same check, and moves the same visit.
    own = sign_in(world.province_officer)
    assert own.get(url("check", enrolment.pk)).status_code == 200
    assert own.post(url("plan-move"), of_province).status_code == 302
    assert state() != before


# --- the reply ------------------------------------------------------------------------------------


def test_station_objects_and_the_authority_decides(world, sign_in, files):
    check = steps.signed_check(
        world, world.brigade_enrolment, world.prefecture_officer, "0", "0.5", "3"
    )
    pk = world.brigade_enrolment.pk
    station = sign_in(world.station_officer)
    score = check.scores.last()
    page = station.get(url("check", pk))
    assert page.context["objections_form"] and f"text_{score.pk}" in page.content.decode()
    assert station.post(url("check-reply", pk), {"decision": "object"}).status_code == 200
    data = {"decision": "object", f"text_{score.pk}": "not so", f"files_{score.pk}": files.pdf()}
    assert station.post(url("check-reply", pk), data).status_code == 302
    assert CheckReply.objects.get().state == "objected"
    objection = Objection.objects.get()
    prefecture = sign_in(world.prefecture_officer)
    assert b"not so" in prefecture.get(url("check", pk)).content
    bad = prefecture.post(
        url("objection-decide", objection.pk), {"deduction": "3.5", "reason": "r"}
    )
    assert bad.status_code == 200 and bad.context["form"].errors["deduction"]
    decision = {"deduction": "1", "reason": "half right"}
    assert prefecture.post(url("objection-decide", objection.pk), decision).status_code == 302
    check.refresh_from_db()
    assert (check.score, check.result, reply_of(check).state) == (
        Decimal("8.5"),
        "qualified",
        "decided",
    )
    assert sign_in(world.station_officer).get(url("check", pk)).context["reply_closed"]


# --- the plan and the draw ------------------------------------------------------------------------


def test_plan_from_team_to_print_sheet(world, sign_in):
    client = sign_in(world.prefecture_officer)
    people = {p.name: p.pk for p in world.prefecture.inspectors.all()}
    bad = client.post(url("team-add"), {"members": [people["A"]]})
    assert bad.context["form"].errors["members"]
    assert client.post(url("team-add"), {"members": [people["A"], people["B"]]}).status_code == 302
    assert client.post(url("plan-adopt"), {"decision": "adopt"}).status_code == 409
    data = {"starts_on": "2014-10-27", "visits_a_day": "2"}
    assert client.post(url("plan-schedule"), data).status_code == 302
    assert client.post(url("plan-adopt"), {"decision": "adopt"}).status_code == 302
    sheet = client.get(url("plan-print"))
    assert [len(rows) for _county, rows in sheet.context["counties"]] == [2, 1]
    # The team stands in the form of a check that nobody has begun.
    form = client.get(url("check", world.brigade_enrolment.pk)).context["form"]
    assert form["inspectors"].initial == ["A", "B"]


def test_rules_are_the_provinces(world, sign_in):
    admin = sign_in(world.province_admin)
    form = admin.get(url("acceptance-rules")).context["form"]
    data = {name: str(form[name].value()) for name in form.fields} | {"qualified_percent": "90"}
    assert sign_in(world.prefecture_officer).post(url("acceptance-rules"), data).status_code == 403
    assert admin.post(url("acceptance-rules"), data | {"rectify_percent": "95"}).status_code == 200
    assert admin.post(url("acceptance-rules"), data).status_code == 302
    check = steps.signed_check(
        world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1.5"
    )
    assert check.result == "conditional"


# --- the league -----------------------------------------------------------------------------------


def test_league_by_hand(world):
    """410100: 9 and 6 of 10 → mean 7.50; over-reporting 0.5 of 10 points where compared."""
    by = world.prefecture_officer
    steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    steps.signed_check(world, world.brigade_enrolment, by, "0", "0", "1")
    steps.signed_check(world, world.township_enrolment, by, "0", "0", "4")
    rows = {row.unit.code: row for row in league(Enrolment.objects.all())}
    assert set(rows) == {"410100", "410200", "410000", "419001"}
    row = rows["410100"]
    assert (row.total, row.signed, row.qualified, row.conditional) == (3, 2, 1, 1)
    assert (row.mean, row.index, row.compared) == (Decimal("7.50"), Decimal("10.00"), 1)
    assert (rows["410000"].signed, rows["410000"].mean, rows["410000"].index) == (0, None, None)
    facts = acceptance_facts(world.campaign, world.prefecture)
    assert [enrolment.station.code for enrolment in facts.enrolments] == [
        "410122-1", "410122-2", "410185-1",
    ]  # fmt: skip
    (lost,) = facts.lost
    assert (lost.criterion.number, lost.stations, lost.points) == ("2.1", 2, 5)
    assert [row.unit.code for row in facts.counties] == ["410122", "410185"]


def test_a_station_without_a_check_has_no_index(world, sign_in):
    page = sign_in(world.prefecture_officer).get(url("checks")).content.decode()
    assert not re.search(r'class="number"[^>]*>[\d.]*%', page) and "410122-1" in page
    steps.submitted_inspection(world, world.brigade_enrolment, world.station_officer)
    steps.signed_check(world, world.brigade_enrolment, world.prefecture_officer, "0", "0", "1")
    page = sign_in(world.prefecture_officer).get(url("checks")).content.decode()
    assert re.search(r'class="number"[^>]*>10.00%', page)


def test_workbook_of_a_round(world, sign_in):
    """Every station stands in it: signed, begun, planned, or not even that."""
    by, plan = world.prefecture_officer, AcceptancePlan.objects
    steps.signed_check(world, world.brigade_enrolment, by, "0", "0", "1")
    steps.drafted_check(world, world.township_enrolment, by, "0")
    book = openpyxl.load_workbook(BytesIO(_english(sign_in(by), "acceptance-export")))
    rows = [[cell.value for cell in row] for row in book["Stations"]]
    assert [row[0] for row in rows[1:]] == ["410122-1", "410122-2", "410185-1"]
    assert [row[3] for row in rows[1:]] == ["signed off", "draft", "no visit planned"]
    assert [row[rows[0].index("Check score")] for row in rows[1:]] == [9, None, None]
    row = plan.create(campaign=world.campaign, authority=world.prefecture)
    PlannedVisit.objects.create(
        plan=row,
        enrolment=world.sibling_brigade_enrolment,
        team=InspectionTeam.objects.create(plan=row, number=1),
        day=date(2014, 10, 28),
    )
    book = openpyxl.load_workbook(BytesIO(_english(sign_in(by), "acceptance-export")))
    assert [cell.value for cell in book["Stations"]["D"]][-1] == "visit planned"
    lost = [[cell.value for cell in row] for row in book["Where most points were lost"]]
    assert lost[1:] == [["2.1", "Criterion 2.1", 1, 1]]
    assert [row[0].value for row in book["By county"]][1:] == ["Unit 410122", "Unit 410185"]


def _english(client, name):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.get(url(name))
    assert answer.status_code == 200
    return answer.content if not answer.streaming else b"".join(answer.streaming_content)


# --- the same number of queries -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["checks", "acceptance-league", "plan", "secret-visits", "onsite"])
def test_lists_cost_the_same_for_one_and_three(world, sign_in, name):
    counts = []
    stations = ("brigade", "township", "sibling_brigade")
    for station in stations:
        enrolment = getattr(world, f"{station}_enrolment")
        steps.signed_check(world, enrolment, world.prefecture_officer, "0", "0", "1")
        SecretVisit.objects.create(
            enrolment=enrolment,
            visited_on=NOW.date(),
            visitors="x",
            summary="x",
            state="released",
            recorded_by=world.province_officer,
            recorded_at=NOW,
            released_by=world.province_officer,
            released_at=NOW,
        )
        client = sign_in(world.prefecture_officer)
        client.get(url(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(name)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2]
