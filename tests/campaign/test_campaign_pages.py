"""Enrolling, plans and summaries."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.roles import Role
from campaign.models import (
    CampaignState,
    Enrolment,
    Obligation,
    ObligationKind,
    ObligationState,
    Submission,
)
from campaign.services.enrolments import enrol
from campaign.services.obligations import due_days, obligations_of_unit, open_obligations
from campaign.services.opening import open_campaign
from campaign.services.submissions import save_submission, submit_submission
from common.errors import Denied, WrongMoment
from tests.factories import NOW, at, campaign, enrolment, person, small_province, station
from tests.threads import together


@pytest.fixture
def world(db):
    world = small_province()
    due = due_days(world.campaign)
    for unit in (world.county, world.prefecture, world.direct_county):
        open_obligations(obligations_of_unit(world.campaign, unit, due), now=NOW)
    return world


# --- enrolling ------------------------------------------------------------------------------------


def test_an_enrolment_opens_what_it_brings(world):
    new = station(world.county, 3)
    (row,) = enrol(campaign=world.campaign, stations=[new], by=world.county_officer, now=NOW)
    owed = Obligation.objects.filter(enrolment=row).order_by("kind", "organisation__code")
    assert [(o.kind, o.organisation.code, str(o.due_on)) for o in owed] == [
        ("acceptance", "410100", "2014-10-31"),
        ("commitments", "410122-3", "2014-08-31"),
        ("daily_score", "410100", "2014-11-30"),
        ("daily_score", "410122", "2014-11-30"),
        ("plan", "410122-3", "2014-08-31"),
        ("self_inspection", "410122-3", "2014-09-30"),
    ]


def test_a_directly_administered_county_is_accepted_and_scored_by_the_province(world):
    owed = Obligation.objects.filter(enrolment=world.direct_brigade_enrolment)
    assert owed.get(kind="acceptance").organisation == world.province
    scored_by = owed.filter(kind="daily_score").values_list("organisation__code", flat=True)
    assert sorted(scored_by) == ["410000", "410181"]


def test_jiyuan_accepts_and_scores_its_own(world):
    owed = Obligation.objects.filter(enrolment=world.jiyuan_enrolment)
    assert owed.get(kind="acceptance").organisation == world.jiyuan
    assert owed.get(kind="daily_score").organisation == world.jiyuan


def test_enrolling_twice_changes_nothing(world):
    before = Obligation.objects.count()
    assert (
        enrol(campaign=world.campaign, stations=[world.brigade], by=world.county_officer, now=NOW)
        == []
    )
    assert (Enrolment.objects.count(), Obligation.objects.count()) == (6, before)


def test_only_the_bureau_right_above_enrols(world):
    new = station(world.county, 3)
    with pytest.raises(Denied):
        enrol(campaign=world.campaign, stations=[new], by=world.prefecture_officer, now=NOW)
    assert enrol(campaign=world.campaign, stations=[new], by=world.county_officer, now=NOW)


def test_enrolling_waits_for_its_phase(world):
    new = station(world.county, 3)
    late = at("2014-11-01 00:00")
    with pytest.raises(WrongMoment):
        enrol(campaign=world.campaign, stations=[new], by=world.county_officer, now=late)
    last = at("2014-10-31 23:59")
    assert enrol(campaign=world.campaign, stations=[new], by=world.county_officer, now=last)


def test_the_button_enrols_all_that_are_waiting(client, world):
    for serial in (3, 4):
        station(world.county, serial)
    client.force_login(world.county_officer)
    # A request reads the clock itself: the demonstration's stands inside the phase.
    with override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25"):
        response = client.post(reverse("campaign:enrol"))
    assert response.status_code == 302
    assert Enrolment.objects.filter(station__organisation__supervisor=world.county).count() == 4


def test_the_list_costs_the_same_for_one_and_for_more(client, world):
    client.force_login(world.county_officer)
    address = reverse("campaign:enrolments")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for serial in (3, 4, 5):
        enrolment(world.campaign, station(world.county, serial))
    with CaptureQueriesContext(connection) as more:
        page = client.get(address).context["page"]
    assert len(page) == 5
    assert len(more) == len(few)


def test_the_list_filters_by_what_is_missing(client, world):
    Obligation.objects.filter(enrolment=world.brigade_enrolment, kind="commitments").update(
        state=ObligationState.MET, met_at=NOW
    )
    client.force_login(world.county_officer)
    page = client.get(reverse("campaign:enrolments"), {"missing": "commitments"}).context["page"]
    assert [row.pk for row in page] == [world.township_enrolment.pk]


# --- opening --------------------------------------------------------------------------------------


def test_opening_makes_every_bureau_owe_its_plan_and_some_the_summary(world):
    draft = campaign(2015, CampaignState.DRAFT)
    open_campaign(campaign=draft, by=world.province_admin, now=at("2015-08-01 09:00"))
    owed = Obligation.objects.filter(campaign=draft)
    plans = owed.filter(kind="plan").values_list("organisation__code", flat=True)
    assert sorted(plans) == [
        "410100", "410122", "410181", "410185", "410200", "410221", "419001",
    ]  # fmt: skip
    summaries = owed.filter(kind="summary").values_list("organisation__code", flat=True)
    assert sorted(summaries) == ["410100", "410181", "410200", "419001"]
    assert AuditEvent.objects.filter(act="campaign.opened").count() == 1


def test_only_the_administrator_opens(world):
    draft = campaign(2015, CampaignState.DRAFT)
    with pytest.raises(Denied):
        open_campaign(campaign=draft, by=world.province_officer, now=NOW)


# --- plans and summaries --------------------------------------------------------------------------

TEXT = "结合本地实际，制定创建群众满意基层站所活动实施方案，明确分工。"


def write(client, by, **data):
    client.force_login(by)
    address = reverse("campaign:submission-edit", args=["plan"])
    return client.post(address, {"text": TEXT} | data)


def plan_obligation(world):
    return Obligation.objects.get(kind=ObligationKind.PLAN, organisation=world.county)


def test_a_plan_goes_from_draft_to_accepted(client, world):
    write(client, world.county_officer, save="1")
    paper = Submission.objects.get()
    assert (paper.state, plan_obligation(world).state) == ("draft", "open")
    write(client, world.county_officer, submit="1")
    paper.refresh_from_db()
    assert (paper.state, plan_obligation(world).state) == ("submitted", "met")
    client.force_login(world.prefecture_officer)
    address = reverse("campaign:submission-review", args=[paper.pk])
    client.post(address, {"decision": "accept", "reason": "同意"})
    paper.refresh_from_db()
    assert (paper.state, paper.reviewed_by) == ("accepted", world.prefecture_officer)


def test_the_file_of_a_plan_goes_with_it_and_a_bad_one_keeps_the_text(client, world):
    bad = SimpleUploadedFile("方案.pdf", b"MZ\x90 not a paper", "application/pdf")
    page = write(client, world.county_officer, submit="1", file=bad)
    assert page.status_code == 200 and "file" in page.context["form"].errors
    assert TEXT in page.content.decode()
    assert not Submission.objects.exists()
    content = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    good = SimpleUploadedFile("方案.pdf", content, "application/pdf")
    assert write(client, world.county_officer, submit="1", file=good).status_code == 302
    paper = Submission.objects.get()
    client.force_login(world.prefecture_officer)
    answer = client.get(reverse("campaign:submission-file", args=[paper.pk, paper.file_id]))
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert body == content


def test_a_returned_plan_is_owed_again(client, world):
    write(client, world.county_officer, submit="1")
    paper = Submission.objects.get()
    client.force_login(world.prefecture_officer)
    address = reverse("campaign:submission-review", args=[paper.pk])
    client.post(address, {"decision": "return", "reason": "请补充分工"})
    paper.refresh_from_db()
    assert (paper.state, paper.review_reason) == ("returned", "请补充分工")
    assert plan_obligation(world).state == "open"
    write(client, world.county_officer, submit="1")
    assert plan_obligation(world).state == "met"


def test_returning_takes_a_reason(client, world):
    write(client, world.county_officer, submit="1")
    paper = Submission.objects.get()
    client.force_login(world.prefecture_officer)
    address = reverse("campaign:submission-review", args=[paper.pk])
    response = client.post(address, {"decision": "return", "reason": ""})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["reason"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("county_officer", 403),
        ("province_officer", 403),
        ("sibling_county_officer", 404),
        ("other_prefecture_officer", 404),
        ("prefecture_officer", 302),
    ],
)
def test_only_the_supervisor_decides(client, world, name, status):
    write(client, world.county_officer, submit="1")
    paper = Submission.objects.get()
    client.force_login(getattr(world, name))
    address = reverse("campaign:submission-review", args=[paper.pk])
    response = client.post(address, {"decision": "accept", "reason": "同意"})
    assert response.status_code == status


def test_a_submitted_plan_cannot_be_changed(client, world):
    write(client, world.county_officer, submit="1")
    response = write(client, world.county_officer, save="1")
    assert response.status_code == 409


def test_a_short_plan_is_refused_and_kept(client, world):
    response = write(client, world.county_officer, text="太短", submit="1")
    assert response.status_code == 200
    assert response.context["form"]["text"].value() == "太短"
    assert not Submission.objects.exists()


def test_a_late_plan_is_marked_not_blocked(client, world):
    # Requests run on the real clock, long after August 2014.
    write(client, world.county_officer, submit="1")
    assert plan_obligation(world).was_late is True


def test_after_the_campaign_nothing_is_taken(client, world):
    world.campaign.state = CampaignState.CLOSED
    world.campaign.save()
    assert write(client, world.county_officer, submit="1").status_code == 409


def test_a_unit_that_owes_none_hands_none_in(client, world):
    """The sibling county was given no obligation here."""
    with pytest.raises(Denied):
        save_submission(
            campaign=world.campaign, organisation=world.sibling_county, kind="plan", text=TEXT,
            by=world.sibling_county_officer, now=NOW,
        )  # fmt: skip
    assert write(client, world.sibling_county_officer, save="1").status_code == 403
    assert write(client, world.county_officer, save="1").status_code == 302


def test_a_draft_is_its_own_units_business(client, world):
    write(client, world.county_officer, save="1")
    address = reverse("campaign:submission", args=[Submission.objects.get().pk])
    assert client.get(address).status_code == 200
    client.force_login(world.prefecture_officer)
    assert client.get(address).status_code == 404
    write(client, world.county_officer, submit="1")
    client.force_login(world.prefecture_officer)
    assert client.get(address).status_code == 200


def test_the_supervisor_sees_what_came_late(client, world):
    """Owed by 31 August, 24:00."""
    for unit, by, moment in (
        (world.county, world.county_officer, "2014-08-31 23:59"),
        (world.sibling_county, world.sibling_county_officer, "2014-09-01 00:00"),
    ):
        owed = obligations_of_unit(world.campaign, unit, due_days(world.campaign))
        open_obligations(owed, now=NOW)
        act = {"by": by, "now": at(moment)}
        paper = save_submission(
            campaign=world.campaign, organisation=unit, kind="plan", text=TEXT, **act
        )
        submit_submission(submission=paper, **act)
    client.force_login(world.prefecture_officer)
    page = client.get(reverse("campaign:submissions")).context["page"]
    assert [(row.organisation.code, row.late) for row in page] == [
        ("410122", False),
        ("410185", True),
    ]


def test_the_list_of_papers_costs_the_same_for_one_and_for_more(client, world):
    def hand_in(unit):
        Submission.objects.create(
            campaign=world.campaign, organisation=unit, kind="plan", text=TEXT,
            state="submitted", submitted_at=NOW,
        )  # fmt: skip

    client.force_login(world.province_officer)
    address = reverse("campaign:submissions")
    hand_in(world.county)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    hand_in(world.sibling_county)
    hand_in(world.prefecture)
    with CaptureQueriesContext(connection) as more:
        assert len(client.get(address).context["page"]) == 3
    assert len(more) == len(few)


# --- buttons stand where they work ----------------------------------------------------------------


@pytest.mark.parametrize(("day", "waiting"), [("2014-10-31", 1), ("2014-11-01", 0)])
def test_the_enrolling_button_stands_in_its_phase(client, world, day, waiting):
    station(world.county, 3)
    client.force_login(world.county_officer)
    with override_settings(DEMONSTRATION=True, PORTAL_TODAY=day):
        response = client.get(reverse("campaign:enrolments"))
    assert response.context["waiting"] == waiting


def test_only_the_officer_is_offered_to_write(client, world):
    person("prefecture_leader", world.prefecture, Role.LEADER)
    for name, offered in (("prefecture_officer", True), ("prefecture_leader", False)):
        client.force_login(User.objects.get(username=name))
        assert client.get(reverse("campaign:submissions")).context["can_write"] is offered


# --- a station in the campaign --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rooms"),
    [
        ("county_officer", {"evaluations:self-inspection", "scoring:score"}),
        ("station_officer", {"evaluations:self-inspection"}),
        ("county_assessor", {"scoring:daily-edit"}),
    ],
)
def test_the_station_page_opens_the_rooms_of_the_role(client, world, name, rooms):
    pk = world.brigade_enrolment.pk
    client.force_login(getattr(world, name))
    html = client.get(reverse("campaign:enrolment", args=[pk])).content.decode()
    every = {"evaluations:self-inspection", "scoring:score", "scoring:daily-edit"}
    assert {room for room in every if f'href="{reverse(room, args=[pk])}"' in html} == rooms


def test_the_station_page_is_closed_to_others(client, world):
    address = reverse("campaign:enrolment", args=[world.brigade_enrolment.pk])
    assert client.get(address).status_code == 302
    for name, status in (
        ("sibling_county_officer", 404),
        ("township_officer", 404),
        ("auditor", 403),
        ("prefecture_officer", 200),
    ):
        client.force_login(getattr(world, name))
        assert client.get(address).status_code == status


# --- races ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_double_click_enrols_once():
    world = small_province()
    new = station(world.county, 3)

    def click():
        given = {"campaign": world.campaign, "stations": [new]}
        return len(enrol(**given, by=world.county_officer, now=NOW))

    assert sorted(together([click, click])) == [0, 1]
    assert Obligation.objects.filter(enrolment__station=new).count() == 6
    assert AuditEvent.objects.filter(act="stations.enrolled").count() == 1


@pytest.mark.django_db(transaction=True)
def test_saving_never_takes_back_what_a_colleague_submits():
    """Whoever comes first: once it is submitted, no draft saved late reopens or changes it."""
    world = small_province()
    open_obligations(
        obligations_of_unit(world.campaign, world.county, due_days(world.campaign)), now=NOW
    )
    act = {"by": world.county_officer, "now": NOW}
    given = {"campaign": world.campaign, "organisation": world.county, "kind": "plan"}
    for number in range(5):
        Submission.objects.all().delete()
        Obligation.objects.filter(kind="plan").update(state="open", met_at=None)
        paper = save_submission(**given, text=TEXT, **act)

        def save(text=f"{TEXT}（第{number}稿）"):
            try:
                save_submission(**given, text=text, **act)
            except WrongMoment:
                return "refused"
            return text

        saved, _ = together([save, lambda paper=paper: submit_submission(submission=paper, **act)])
        paper = Submission.objects.get()
        assert (paper.state, plan_obligation(world).state) == ("submitted", "met")
        assert paper.text == (TEXT if saved == "refused" else saved)


@override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")
def test_the_provinces_administrator_enrols_all_that_are_waiting(client, world):
    for bureau in (world.county, world.sibling_county):
        station(bureau, 5)
    client.force_login(world.province_admin)
    assert client.get(reverse("campaign:enrolments")).context["waiting"] == 2
    assert client.post(reverse("campaign:enrol")).status_code == 302
    assert Enrolment.objects.count() == 8
    assert client.get(reverse("campaign:enrolments")).context["waiting"] == 0
