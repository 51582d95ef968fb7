"""What the public writes and reports, on its way through the pages: ballots, a lead, a comment."""

import re

import pytest
from django.urls import reverse

from campaign.models import Obligation, ObligationState
from campaign.services.reminders import plan_reminders
from common import clock
from deliveries.models import Delivery, Notice
from evaluations.models import Finding
from surveys.models import Lead, RespondentGroup, SurveyComment
from surveys.tasks import look_over_ballots
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import opened, posted

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    world = small_province()
    opened(world)
    return world


def answer(client, world, number, **changes):
    page = reverse("surveys:station", args=[world.brigade.code]) + "?lang=en"
    for place in range(number):
        address = {"REMOTE_ADDR": f"10.{place}.0.1"}
        shown = client.post(page, posted("send", **changes), **address)
        assert "Thank you" in shown.content.decode()


def seen(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(name, args=args), headers=EN)


def test_a_yes_reaches_the_desk_above_and_never_the_station(client, world):
    answer(client, world, 4)
    answer(client, world, 1, lead="1")
    look_over_ballots()
    lead = Lead.objects.get()
    address = reverse("surveys:lead", args=[lead.pk])
    assert address in seen(client, world.county_officer, "portal:desk").content.decode()
    for name in ("station_officer", "township_officer", "sibling_county_officer"):
        html = seen(client, getattr(world, name), "portal:desk").content.decode()
        assert "Lead of the questionnaire" not in html
    assert seen(client, world.station_officer, "surveys:lead", lead.pk).status_code in (403, 404)
    row = Obligation.objects.get(kind="lead")
    assert (row.organisation, row.enrolment) == (world.county, None)
    # Looked into, and closed with what came of it.
    client.force_login(world.county_officer)
    client.post(reverse("surveys:lead-take-up", args=[lead.pk]))
    client.post(reverse("surveys:lead-close", args=[lead.pk]), {"reason": "查无实据，已向群众说明"})
    row.refresh_from_db()
    assert (Lead.objects.get().state, row.state) == ("closed", ObligationState.MET)
    assert address not in seen(client, world.county_officer, "portal:desk").content.decode()


def test_a_lead_stands_in_the_digest_of_the_level_above(client, world, monkeypatch):
    answer(client, world, 5, lead="1")
    look_over_ballots()
    row = Obligation.objects.get(kind="lead")
    due_day = at(f"{row.due_on:%Y-%m-%d} 09:00:00")
    monkeypatch.setattr(clock, "now", lambda: due_day)
    Notice.objects.all().delete()
    Delivery.objects.all().delete()
    plan_reminders(now=due_day)
    told = {n.user: n.text for n in Notice.objects.select_related("user")}
    assert "问卷线索核查" in told[world.county_officer]
    assert "问卷线索核查" not in told.get(world.station_officer, "")


def test_without_yes_no_lead_and_below_five_ballots_neither(client, world):
    answer(client, world, 4, lead="1")
    look_over_ballots()
    assert not Lead.objects.exists()
    answer(client, world, 1)
    look_over_ballots()
    assert Lead.objects.count() == 1
    assert Obligation.objects.filter(kind="lead").count() == 1


def test_a_comment_is_screened_then_read_then_a_finding(client, world, monkeypatch):
    answer(client, world, 4)
    answer(client, world, 1, comment="窗口人员态度差，我叫王建国，13800001111")
    comment = SurveyComment.objects.get()
    page = ("surveys:comments", world.brigade_enrolment.pk)
    html = seen(client, world.county_officer, *page).content.decode()
    assert "13800001111" in html
    client.force_login(world.county_officer)
    screen = reverse("surveys:screen", args=[comment.pk])
    # As it stands it is refused: it still names who wrote it. Shortened, it goes.
    client.post(screen, {"decision": "show", "text": comment.text})
    assert SurveyComment.objects.get().state == "new"
    client.post(screen, {"decision": "show", "text": "窗口人员态度差"})
    assert SurveyComment.objects.get().state == "shown"
    client.post(
        reverse("surveys:find", args=[comment.pk]), {"category": "service", "severity": "minor"}
    )
    finding = Finding.objects.get()
    assert (finding.text, finding.source) == ("窗口人员态度差", "survey")
    # The station reads the screened words, once the questionnaire is closed.
    assert seen(client, world.station_officer, *page).status_code == 409
    monkeypatch.setattr(clock, "now", lambda: at("2014-12-01 09:00:00"))
    html = seen(client, world.station_officer, *page).content.decode()
    assert "窗口人员态度差" in html
    assert "13800001111" not in html
    assert "王建国" not in html


def looked_into(client, world):
    answer(client, world, 5, lead="1")
    look_over_ballots()
    lead = Lead.objects.get()
    client.force_login(world.county_officer)
    return lead, reverse("surveys:lead-finding", args=[lead.pk])


WORDS = {"text": "收取无依据的检测费", "category": "work", "severity": "severe"}


def test_a_lead_becomes_a_finding_and_is_closed_with_it(client, world):
    lead, find = looked_into(client, world)
    client.post(find, WORDS)
    assert not Finding.objects.exists()  # nobody has looked into it yet
    client.post(reverse("surveys:lead-take-up", args=[lead.pk]))
    html = client.post(find, WORDS | {"text": ""}, headers=EN).content.decode()
    assert "This field is required." in html
    client.post(find, WORDS)
    finding = Finding.objects.get()
    lead.refresh_from_db()
    assert (lead.finding, lead.state, lead.outcome) == (finding, "closed", WORDS["text"])
    assert (finding.text, finding.source, finding.severity) == (WORDS["text"], "survey", "severe")
    assert Obligation.objects.get(kind="lead").state == ObligationState.MET
    # Once is enough.
    client.post(find, WORDS | {"text": "再记一次"})
    assert Finding.objects.count() == 1


def words_of(response):
    """The text of a page without its markup."""
    return re.sub(r"<[^>]+>", " ", response.content.decode())


def test_the_station_reads_of_a_lead_what_was_found_and_nothing_of_who_said_it(client, world):
    lead, find = looked_into(client, world)
    client.post(reverse("surveys:lead-take-up", args=[lead.pk]))
    telling = "13800001111的举报人称被收取检测费"
    html = client.post(find, WORDS | {"text": telling}, headers=EN).content.decode()
    assert "13800001111" in html.split("personal data")[1]
    assert telling in html  # what was typed stays to be mended
    assert not Finding.objects.exists()
    client.post(find, WORDS)
    finding = Finding.objects.get()
    for name, args in (
        ("evaluations:finding", finding.pk),
        ("evaluations:findings", finding.enrolment_id),
    ):
        html = words_of(seen(client, world.station_officer, name, args))
        assert WORDS["text"] in html
        # The same source as of a comment; the word for a lead stands above the station only.
        assert "questionnaire" in html
        assert not re.search(r"\bleads?\b", html, re.IGNORECASE)
        assert not any(group.name_en in html for group in RespondentGroup.objects.all())
    above = words_of(seen(client, world.county_officer, "surveys:lead", lead.pk))
    assert re.search(r"\blead\b", above, re.IGNORECASE)


def test_a_closed_lead_proposes_its_outcome_as_the_finding(client, world):
    lead, find = looked_into(client, world)
    client.post(reverse("surveys:lead-take-up", args=[lead.pk]))
    client.post(reverse("surveys:lead-close", args=[lead.pk]), {"reason": "属实，已责令清退"})
    html = seen(client, world.county_officer, "surveys:lead", lead.pk).content.decode()
    assert 'action="' + find in html
    assert html.count("属实，已责令清退") >= 2
    client.post(find, WORDS)
    lead.refresh_from_db()
    assert (lead.outcome, lead.finding.text) == ("属实，已责令清退", WORDS["text"])


def test_who_is_judged_makes_no_finding_of_a_lead(client, world):
    lead, find = looked_into(client, world)
    client.post(reverse("surveys:lead-take-up", args=[lead.pk]))
    for name in ("station_officer", "township_officer", "sibling_county_officer"):
        client.force_login(getattr(world, name))
        assert client.post(find, WORDS).status_code in (403, 404)
    assert not Finding.objects.exists()
