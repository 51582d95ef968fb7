"""A run on its way to the public: two people, a right of reply, a reason for every step back."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from campaign.models import CalendarDay
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Notice
from scoring.compare import changed_enrolments, explain_moves
from scoring.models import DailyAssessment, ScoreRun
from scoring.services import publication
from scoring.services.daily_lists import sign_daily_list, unsigned_lists
from scoring.services.runs import make_run
from tests.factories import NOW, at, person, small_province
from tests.scoring.voters import scored_province, vote

pytestmark = pytest.mark.django_db

# 25 October 2014 is a Saturday: five working days later it is Friday the 31st.
LAST_DAY, AFTER = at("2014-10-31 23:59"), at("2014-11-01 00:00")


@pytest.fixture
def world():
    return scored_province(small_province())


@pytest.fixture
def run(world):
    return make_run(campaign=world.campaign, by=world.province_officer, now=NOW)


def preview(world, run, by=None):
    return publication.preview_run(
        run=run, reason="个别单位未签报", by=by or world.province_officer, now=NOW
    )


def publish(world, run, by=None, now=AFTER, reason=""):
    return publication.publish_run(run=run, by=by or world.province_admin, now=now, reason=reason)


def reply(world, run, by=None, now=NOW):
    return publication.reply_to_run(
        run=run,
        enrolment=world.brigade_enrolment,
        text="县级日常考核分录入有误",
        by=by or world.county_officer,
        now=now,
    )


def test_a_run_is_published_by_a_second_person_after_the_right_of_reply(world, run):
    assert preview(world, run).reply_until == date(2014, 10, 31)
    with pytest.raises(WrongMoment):
        publish(world, run, now=LAST_DAY)
    assert publish(world, run).state == "published"
    assert [
        event.act
        for event in AuditEvent.objects.filter(target_id=str(run.pk), act__startswith="run.")
    ][::-1] == [
        "run.made",
        "run.previewed",
        "run.published",
    ]


def test_a_run_is_shown_when_all_have_signed_or_for_a_reason(world, run):
    owed = list(unsigned_lists(world.campaign))
    assert world.county in owed and world.jiyuan in owed

    def shown():
        publication.preview_run(run=run, by=world.province_officer, now=NOW)

    with pytest.raises(Incomplete, match=str(len(owed))):
        shown()
    for unit in owed:
        by = person(f"signs-{unit.code}", unit, Role.ASSESSOR)
        sign_daily_list(campaign=world.campaign, by=by, now=NOW)
    shown()
    assert run.state == "previewed"


def test_the_reason_for_showing_it_early_is_kept(world, run):
    preview(world, run)
    assert AuditEvent.objects.get(act="run.previewed").reason == "个别单位未签报"


def test_those_who_may_reply_are_told_where_and_until_when(world, run):
    preview(world, run)
    told = {
        (notice.user.username, notice.address)
        for notice in Notice.objects.filter(subject__contains="2014-10-31").select_related("user")
    }
    own = reverse("scoring:score", args=[world.brigade_enrolment.pk]) + f"?run={run.pk}"
    bureau = reverse("scoring:ranking") + f"?run={run.pk}"
    assert {("station_officer", own), ("county_officer", bureau)} <= told
    # Neither who assesses there nor the province, which answers.
    assert {name for name, _address in told}.isdisjoint({"county_assessor", "province_officer"})


def test_holidays_stretch_the_right_of_reply(world, run):
    CalendarDay.objects.create(date=date(2014, 10, 29), is_workday=False)
    assert preview(world, run).reply_until == date(2014, 11, 3)


def test_who_previewed_does_not_publish(world, run):
    preview(world, run, by=world.province_admin)
    with pytest.raises(Denied):
        publish(world, run, by=world.province_admin)
    assert publish(world, run, by=world.leader).published_by == world.leader
    other = make_run(campaign=world.campaign, by=None, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreRun.objects.filter(pk=other.pk).update(
            previewed_by=world.leader, published_by=world.leader, published_at=NOW
        )


@pytest.mark.parametrize("who", ["province_officer", "prefecture_officer", "county_officer"])
def test_others_do_not_publish(world, run, who):
    preview(world, run, by=world.province_admin)
    with pytest.raises(Denied):
        publish(world, run, by=getattr(world, who))


def test_a_draft_is_not_published(world, run):
    with pytest.raises(WrongMoment):
        publish(world, run)


def test_the_station_or_its_bureau_replies_once_and_in_time(world, run):
    with pytest.raises(WrongMoment):
        reply(world, run)
    preview(world, run)
    with pytest.raises(Denied):
        reply(world, run, by=world.prefecture_officer)
    with pytest.raises(WrongMoment):
        reply(world, run, now=AFTER)
    assert reply(world, run, by=world.station_officer, now=LAST_DAY).upheld is None
    with pytest.raises(WrongMoment):
        reply(world, run)


def test_replies_are_answered_before_publication(world, run):
    preview(world, run)
    given = reply(world, run)
    with pytest.raises(WrongMoment):
        publish(world, run)
    with pytest.raises(Incomplete):
        publication.answer_reply(
            reply=given, upheld=False, answer=" ", by=world.province_officer, now=NOW
        )
    publication.answer_reply(
        reply=given, upheld=False, answer="经核无误", by=world.province_officer, now=NOW
    )
    assert publish(world, run).state == "published"


def test_what_was_upheld_takes_a_new_run(world, run):
    preview(world, run)
    publication.answer_reply(
        reply=reply(world, run), upheld=True, answer="确有误", by=world.province_officer, now=NOW
    )
    with pytest.raises(WrongMoment):
        publish(world, run)


def test_a_second_publication_supersedes_the_first_with_a_reason(world, run):
    publish(world, preview(world, run))
    second = make_run(campaign=world.campaign, by=world.province_officer, now=NOW)
    preview(world, second)
    with pytest.raises(Incomplete):
        publish(world, second)
    publish(world, second, reason="更正县级日常考核分")
    run.refresh_from_db()
    assert (run.state, run.superseded_reason) == ("superseded", "更正县级日常考核分")
    assert ScoreRun.objects.published(world.campaign) == second


def test_the_public_sees_the_published_run_alone(world, run, client, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-11-01"
    address = reverse("scoring:public-ranking")
    assert client.get(address).context["run"] is None
    publish(world, preview(world, run))
    page = client.get(address)
    assert [row.code for row in page.context["page"]] == ["419001-1", "410122-1", "410185-1"]
    assert "410221-1" not in page.content.decode()


def test_two_runs_are_compared_with_the_reasons(world, run):
    DailyAssessment.objects.filter(enrolment=world.brigade_enrolment, part="county").update(
        score=90
    )
    vote(world.jiyuan_enrolment, "service", ("333", 30))
    # 410181-1 is unranked before and after: another Q, but nobody's rank.
    vote(world.direct_brigade_enrolment, "service", ("333", 5))
    new = make_run(campaign=world.campaign, by=None, now=NOW)
    moved = explain_moves(run, new, changed_enrolments(run, new, world.province_officer))
    by_code = {row.row.code: row for row in moved}
    # 79.36 + 0.2 · 9.45 = 81.25; Jiyuan falls to 15 + 0.7 · 50 = 50.00 and from 1 to 3.
    assert by_code["410122-1"].new.composite == Decimal("81.25")
    assert "80.55 → 90.00" in by_code["410122-1"].reasons[0]
    assert by_code["419001-1"].fallen == 2
    assert "100.00 → 50.00" in by_code["419001-1"].reasons[0]
    # Unmoved and unchanged stations are not listed: 410185-1 stays the second of the brigades.
    # From 2 to 1, from 1 to 3, and last who has no rank in either.
    assert [row.row.code for row in moved] == ["419001-1", "410122-1", "410181-1"]
