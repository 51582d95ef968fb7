"""Daily assessment: who gives which score, when, and nothing lost on the way."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from campaign.models import Campaign, Enrolment, Obligation, ObligationKind
from common.errors import Denied, WrongMoment
from scoring import lists
from scoring.models import DailyAssessment
from scoring.services.daily import Overtaken, give_daily_score, give_daily_scores
from tests.factories import NOW, at, enrolment, person, small_province, station

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return small_province()


@pytest.fixture
def on_the_day(settings):
    """Pages stand at 2014-10-25, the day of the factories' NOW."""
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"


def give(world, *, by=None, part="county", score="91.50", version=0, now=NOW, row=None, basis=None):
    return give_daily_score(
        enrolment=row or world.brigade_enrolment,
        part=part,
        score=Decimal(score),
        basis=basis or "平时检查三次",
        by=by or world.county_assessor,
        now=now,
        expected_version=version,
    )


def owed(world, part):
    return Obligation.objects.get(
        enrolment=world.brigade_enrolment, kind=ObligationKind.DAILY_SCORE, key__endswith=part
    )


def test_the_county_gives_its_part_and_owes_it_no_more(world):
    row = give(world)
    assert (row.score, row.part, row.given_by, row.version) == (
        Decimal("91.50"),
        "county",
        world.county_assessor,
        1,
    )
    assert owed(world, "county").state == "met"
    assert owed(world, "prefecture").state == "open"
    event = AuditEvent.objects.get(act="daily_score.given")
    assert event.before == {}
    assert event.values_after == {"score": "91.50", "basis": "平时检查三次"}


@pytest.mark.parametrize(
    ("who", "part", "may"),
    [
        ("county_assessor", "county", True),
        ("prefecture_assessor", "prefecture", True),
        ("prefecture_assessor", "county", False),
        ("county_assessor", "prefecture", False),
        ("province_assessor", "province", False),
        # A part that the station's line does not have, asked of who gives the one above.
        ("prefecture_assessor", "province", False),
        ("county_officer", "county", False),
        ("prefecture_officer", "prefecture", False),
    ],
)
def test_each_level_gives_its_own_part_alone(world, who, part, may):
    if may:
        assert give(world, by=getattr(world, who), part=part).part == part
    else:
        with pytest.raises(Denied):
            give(world, by=getattr(world, who), part=part)
        assert DailyAssessment.objects.count() == 0


def test_the_province_gives_its_part_to_a_directly_administered_county(world):
    row = give(
        world, by=world.province_assessor, part="province", row=world.direct_brigade_enrolment
    )
    assert row.part == "province"
    with pytest.raises(Denied):
        give(world, by=world.province_assessor, part="county", row=world.direct_brigade_enrolment)


def test_a_change_is_recorded_with_before_and_after(world):
    give(world)
    row = give(world, score="80", version=1)
    assert (row.score, row.version) == (Decimal("80"), 2)
    event = AuditEvent.objects.get(act="daily_score.changed")
    assert event.before == {"score": "91.50", "basis": "平时检查三次"}
    assert event.values_after == {"score": "80.00", "basis": "平时检查三次"}


def test_a_stale_version_overwrites_nothing(world):
    give(world)
    colleague = person("second_assessor", world.county, Role.ASSESSOR)
    with pytest.raises(Overtaken):
        give(world, by=colleague, score="10", version=0)
    assert DailyAssessment.objects.get().score == Decimal("91.50")
    assert give(world, by=colleague, score="10", version=1).score == Decimal("10")


def test_the_same_form_sent_twice_is_one_act(world):
    give(world)
    give(world)
    assert DailyAssessment.objects.get().version == 1
    assert AuditEvent.objects.filter(act="daily_score.given").count() == 1


def test_out_of_phase_it_waits(world):
    with pytest.raises(WrongMoment):
        give(world, now=at("2014-08-10 09:00"))
    assert give(world, now=at("2014-11-30 23:59")).version == 1


@pytest.mark.parametrize(
    ("score", "basis"),
    [("100.01", "平时检查三次"), ("-1", "平时检查三次"), ("9.999", "平时检查三次"), ("90", "好")],
)
def test_what_makes_no_sense_is_refused(world, score, basis):
    with pytest.raises(ValidationError):
        give(world, score=score, basis=basis)
    assert DailyAssessment.objects.count() == 0


def rows(world, *scores):
    units = (world.brigade_enrolment, world.township_enrolment)
    return [
        (row, "county", Decimal(score), "平时检查三次")
        for row, score in zip(units, scores, strict=True)
    ]


def give_all(world, given, by=None):
    return give_daily_scores(
        campaign=world.campaign, rows=given, by=by or world.county_assessor, now=NOW
    )


def test_many_scores_are_given_in_one_act(world):
    assert give_all(world, rows(world, "90", "91")) == 2
    assert give_all(world, rows(world, "90", "92.5")) == 2
    assert sorted(DailyAssessment.objects.values_list("score", "version")) == [
        (Decimal("90"), 2),
        (Decimal("92.50"), 2),
    ]
    assert AuditEvent.objects.filter(act="daily_scores.given").count() == 2
    met = Obligation.objects.filter(kind=ObligationKind.DAILY_SCORE, state="met")
    assert set(met.values_list("enrolment", flat=True)) == {
        world.brigade_enrolment.pk,
        world.township_enrolment.pk,
    }


def test_one_faulty_row_saves_none_and_is_named(world):
    with pytest.raises(ValidationError) as caught:
        give_all(world, rows(world, "90", "101"))
    assert len(caught.value.messages) == 1
    assert "2" in caught.value.messages[0]
    assert DailyAssessment.objects.count() == 0
    with pytest.raises(ValidationError):
        give_all(world, [rows(world, "90", "91")[0]] * 2)
    with pytest.raises(Denied):
        give_all(world, rows(world, "90", "91"), by=world.prefecture_assessor)


def test_the_list_shows_what_the_unit_owes(world):
    """The queryset and the obligations are the same rule, told twice."""
    assessors = [world.province_assessor, world.prefecture_assessor, world.county_assessor]
    assessors += [person("jiyuan_assessor", world.jiyuan, Role.ASSESSOR)]
    assessors += [person("direct_assessor", world.direct_county, Role.ASSESSOR)]
    for user in assessors:
        listed = set(lists.owed_daily(user, world.campaign).values_list("pk", flat=True))
        debts = set(Obligation.objects.owed_by(user).values_list("enrolment", flat=True))
        assert listed == debts
        assert listed


def test_the_list_filters(world, client, on_the_day):
    give(world)
    client.force_login(world.county_assessor)
    url = reverse("scoring:daily")

    def listed(query):
        page = client.get(url, query).context["page"]
        return [row.pk for row in page]

    brigade, township = world.brigade_enrolment.pk, world.township_enrolment.pk
    assert listed({}) == [brigade, township]
    assert listed({"state": "missing"}) == [township]
    assert listed({"state": "given"}) == [brigade]
    assert listed({"q": "410122-2"}) == [township]
    assert listed({"q": "nowhere"}) == []


def test_the_list_costs_the_same_for_more_rows(world, client, on_the_day):
    client.force_login(world.county_assessor)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("scoring:daily"))
        return len(queries)

    few = cost()
    for serial in (3, 4, 5):
        enrolment(world.campaign, station(world.county, serial))
    assert cost() == few


def test_the_page_saves_and_keeps_what_was_typed(world, client, on_the_day):
    client.force_login(world.county_assessor)
    url = reverse("scoring:daily-edit", args=[world.brigade_enrolment.pk])
    assert client.get(url).status_code == 200
    refused = client.post(url, {"score": "100.5", "basis": "平时检查三次", "version": 0})
    assert refused.status_code == 200
    assert refused.context["form"]["basis"].value() == "平时检查三次"
    assert list(refused.context["form"].errors) == ["score"]
    saved = client.post(url, {"score": "88.25", "basis": "平时检查三次", "version": 0})
    assert saved.url == reverse("scoring:daily")
    assert DailyAssessment.objects.get().score == Decimal("88.25")
    stale = client.post(url, {"score": "70", "basis": "另有举报属实", "version": 0})
    assert stale.status_code == 200
    assert stale.context["form"]["score"].value() == "70"
    assert "88.25" in stale.context["form"].non_field_errors()[0]
    assert DailyAssessment.objects.get().score == Decimal("88.25")
    again = {
        "score": "70",
        "basis": "另有举报属实",
        "version": stale.context["form"]["version"].value(),
    }
    assert client.post(url, again).status_code == 302
    assert DailyAssessment.objects.get().score == Decimal("70")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("prefecture_assessor", 200),
        ("county_assessor", 200),
        ("other_prefecture_assessor", 404),
        ("province_assessor", 403),
        ("county_officer", 403),
        ("other_prefecture_officer", 404),
        ("auditor", 404),
    ],
)
def test_the_page_opens_to_those_who_give(world, client, on_the_day, who, status):
    world.other_prefecture_assessor = person("stranger", world.other_prefecture, Role.ASSESSOR)
    client.force_login(getattr(world, who))
    url = reverse("scoring:daily-edit", args=[world.brigade_enrolment.pk])
    assert client.get(url).status_code == status


def test_the_page_is_closed_out_of_phase(world, client, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-08-10"
    client.force_login(world.county_assessor)
    url = reverse("scoring:daily-edit", args=[world.brigade_enrolment.pk])
    assert client.get(url).status_code == 409
    assert (
        client.post(url, {"score": "1", "basis": "平时检查三次", "version": 0}).status_code == 409
    )
    assert DailyAssessment.objects.count() == 0


def test_the_list_is_for_assessors(world, client, on_the_day):
    client.force_login(world.county_officer)
    assert client.get(reverse("scoring:daily")).status_code == 403
    client.logout()
    assert client.get(reverse("scoring:daily")).status_code == 302


def test_without_a_campaign_the_list_is_empty(world, client, on_the_day):
    Obligation.objects.all().delete()
    Enrolment.objects.all().delete()
    Campaign.objects.update(state="draft")
    client.force_login(world.county_assessor)
    assert list(client.get(reverse("scoring:daily")).context["page"]) == []
