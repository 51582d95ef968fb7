"""Scope, rights, the acting membership, state machines and the audit record."""

import pytest
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEvent, Membership, Organisation, User
from accounts.policies import check_may
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from campaign.models import Submission
from campaign.workflow import SUBMISSION
from common.errors import Denied, WrongMoment, allowed
from stations.models import Station
from tests.factories import NOW, PASSWORD, small_province


@pytest.fixture
def world(db):
    return small_province()


def codes(rows):
    return sorted(row.code for row in rows)


def test_scope_follows_supervision_not_the_codes_parent(world):
    # 410181 begins like Zhengzhou's code, but hangs under the province.
    seen = codes(Station.objects.visible_to(world.prefecture_officer))
    assert seen == ["410122-1", "410122-2", "410185-1"]
    assert "410181-1" in codes(Station.objects.visible_to(world.province_officer))


def test_a_code_that_begins_like_mine_is_not_mine(world):
    longer = Organisation.objects.create(
        code="4101221",
        kind="county",
        name_zh="别县",
        supervisor=world.prefecture,
        path=f"{world.prefecture.path}4101221/",
    )
    assert not world.county.covers(longer)
    assert codes(Organisation.objects.visible_to(world.county_officer)) == [
        "410122",
        "410122-1",
        "410122-2",
    ]


@pytest.mark.parametrize("name", ["auditor", "system_admin"])
def test_who_has_no_right_to_business_data_sees_no_row(world, name):
    assert list(Station.objects.visible_to(getattr(world, name))) == []


def test_a_person_acts_in_one_membership_at_a_time(world):
    user = world.county_officer
    Membership.objects.create(user=user, organisation=world.direct_county, role=Role.COUNTY_OFFICER)
    user = User.objects.get(pk=user.pk)
    assert codes(Station.objects.visible_to(user)) == ["410122-1", "410122-2"]
    user.acting = user.memberships.get(organisation=world.direct_county)
    assert codes(Station.objects.visible_to(user)) == ["410181-1"]


def test_the_switch_changes_what_is_seen_and_is_recorded(client, world):
    other = Membership.objects.create(
        user=world.county_officer, organisation=world.direct_county, role=Role.COUNTY_OFFICER
    )
    client.force_login(world.county_officer)
    client.post(reverse("accounts:switch"), {"membership": other.pk})
    page = client.get(reverse("stations:list")).context["page"]
    assert [row.code for row in page] == ["410181-1"]
    assert AuditEvent.objects.get(act="user.switched_role").organisation == world.direct_county


def test_nobody_switches_to_somebody_elses_membership(client, world):
    theirs = world.province_officer.memberships.get()
    client.force_login(world.county_officer)
    response = client.post(reverse("accounts:switch"), {"membership": theirs.pk})
    assert response.status_code == 404


def test_an_ended_membership_gives_nothing(world):
    world.county_officer.memberships.update(active=False)
    user = User.objects.get(pk=world.county_officer.pk)
    assert user.acting is None
    assert list(Station.objects.visible_to(user)) == []
    assert not allowed(check_may, user, Permission.READ)


def test_a_right_is_refused_with_its_name_and_given_to_who_has_it(world):
    with pytest.raises(Denied) as refusal:
        check_may(world.station_officer, Permission.ACCEPTANCE_CHECK)
    assert str(Permission.ACCEPTANCE_CHECK.label) in refusal.value.reason
    check_may(world.prefecture_officer, Permission.ACCEPTANCE_CHECK)


def test_duties_are_separated():
    business = set(Permission) - {Permission.AUDIT_READ, Permission.ACCOUNT_MANAGE}
    assert not ROLE_PERMISSIONS[Role.SYSTEM_ADMIN] & business
    assert ROLE_PERMISSIONS[Role.AUDITOR] == {Permission.AUDIT_READ}
    assert ROLE_PERMISSIONS[Role.ASSESSOR] == {Permission.DAILY_ASSESS, Permission.MEETING_RUN}
    both = {Permission.VETO_PROPOSE, Permission.VETO_DECIDE}
    assert not any(both <= rights for rights in ROLE_PERMISSIONS.values())


# --- state machines -------------------------------------------------------------------------------


def paper(world, state="draft"):
    return Submission.objects.create(
        campaign=world.campaign, organisation=world.county, kind="plan", text="方案", state=state
    )


def test_a_move_is_made_and_recorded(world):
    row = paper(world)
    SUBMISSION.apply(row, "submitted", by=world.county_officer, now=NOW, submitted_at=NOW)
    row.refresh_from_db()
    event = AuditEvent.objects.get(act="submission.submitted")
    assert (row.state, row.submitted_at) == ("submitted", NOW)
    assert (event.before, event.values_after) == ({"state": "draft"}, {"state": "submitted"})
    assert (event.user, event.role, event.organisation) == (
        world.county_officer,
        "county_officer",
        world.county,
    )


def test_a_move_from_the_wrong_state_changes_nothing(world):
    row = paper(world, "accepted")
    with pytest.raises(WrongMoment):
        SUBMISSION.apply(row, "submitted", by=world.county_officer, now=NOW)
    row.refresh_from_db()
    assert row.state == "accepted"
    assert not AuditEvent.objects.exists()


def test_a_race_has_one_winner(world):
    paper(world)
    first, second = Submission.objects.get(), Submission.objects.get()
    SUBMISSION.apply(first, "submitted", by=world.county_officer, now=NOW)
    with pytest.raises(WrongMoment):
        SUBMISSION.apply(second, "submitted", by=world.county_officer, now=NOW)
    assert AuditEvent.objects.filter(act="submission.submitted").count() == 1


# --- signing in -----------------------------------------------------------------------------------


def test_signing_in_leaves_an_event_with_the_address(client, world):
    response = client.post(
        reverse("accounts:login"),
        {"username": "county_officer", "password": PASSWORD},
        REMOTE_ADDR="10.1.2.3",
    )
    assert response.url == reverse("portal:desk")
    event = AuditEvent.objects.get(act="user.signed_in")
    assert (event.user, event.address) == (world.county_officer, "10.1.2.3")


def test_a_wrong_password_keeps_the_name_and_says_so(client, world):
    response = client.post(
        reverse("accounts:login"), {"username": "county_officer", "password": "wrong"}
    )
    assert response.status_code == 200
    assert response.context["form"]["username"].value() == "county_officer"
    assert response.context["form"].non_field_errors()


def test_an_object_has_a_story(world):
    row = paper(world)
    SUBMISSION.apply(row, "submitted", by=world.county_officer, now=NOW)
    SUBMISSION.apply(row, "returned", by=world.prefecture_officer, now=NOW, reason="请补充")
    story = [(event.act, event.reason) for event in audit.story_of(row)]
    assert story == [("submission.submitted", ""), ("submission.returned", "请补充")]
