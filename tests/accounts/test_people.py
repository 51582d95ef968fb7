"""Keeping accounts: who may, what it changes, what it shows once."""

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.roles import ROLE_KINDS, Role
from accounts.services.people import (
    RoleNotPossible,
    UsernameTaken,
    add_membership,
    change_person,
    create_person,
    end_membership,
    initial_password,
    reactivate_person,
    renew_password,
    suspend_person,
)
from common.errors import Denied, Incomplete, WrongMoment
from tests.factories import NOW, PASSWORD, person, small_province

WORDS = {"name": "李四", "email": "li@example.com", "phone": "13800000000"}


def entered(**credentials):
    """Who signs in with these, or None."""
    return authenticate(HttpRequest(), **credentials)


@pytest.fixture
def world(db):
    return small_province()


def create(world, by=None, **changes):
    given = {
        "username": "li",
        "organisation": world.county,
        "role": Role.COUNTY_OFFICER,
        **WORDS,
    } | changes
    return create_person(by=by or world.system_admin, now=NOW, **given)


def form_data(**changes):
    return {
        "username": "li",
        "organisation": "410122",
        "role": "county_officer",
        **WORDS,
    } | changes


def test_the_system_administrator_creates_a_person_who_can_sign_in_once_told(world):
    new, password = create(world)
    assert entered(username="li", password=password) == new
    assert (new.must_change_password, new.is_demonstration) == (True, False)
    assert new.acting.role == Role.COUNTY_OFFICER
    acts = list(AuditEvent.objects.order_by("pk").values_list("act", "user", "target_id"))
    by, target = world.system_admin.pk, str(new.pk)
    assert acts == [("user.created", by, target), ("user.role_added", by, target)]
    assert all(password not in str(event.__dict__) for event in AuditEvent.objects.all())


@pytest.mark.parametrize("name", ["province_admin", "province_officer", "leader", "auditor"])
def test_nobody_else_creates_a_person(world, name):
    with pytest.raises(Denied):
        create(world, by=getattr(world, name))
    assert not User.objects.filter(username="li").exists()


def test_a_person_made_in_the_demonstration_belongs_to_it(world, settings):
    settings.DEMONSTRATION = True
    new, password = create(world)
    assert new.is_demonstration
    assert entered(username="li", password=password) == new
    settings.DEMONSTRATION = False
    assert entered(username="li", password=password) is None


def test_a_demonstration_account_is_kept_in_demonstration_mode_only(client, world, settings):
    row = person("demo", world.county, Role.COUNTY_OFFICER, is_demonstration=True)
    client.force_login(world.system_admin)
    seen = {}
    for mode in (True, False):
        settings.DEMONSTRATION = mode
        seen[mode] = client.get(reverse("accounts:person", args=[row.pk])).status_code
    assert seen == {True: 200, False: 404}
    with pytest.raises(Denied):
        suspend_person(person=row, reason="x", by=world.system_admin, now=NOW)
    settings.DEMONSTRATION = True
    suspend_person(person=row, reason="x", by=world.system_admin, now=NOW)


def test_a_sign_in_name_is_given_once(world):
    create(world)
    with pytest.raises(UsernameTaken):
        create(world)
    create(world, username="li2")


def test_initial_passwords_are_random_and_of_three_classes():
    made = {initial_password() for _number in range(200)}
    assert len(made) == 200
    assert all(len(password) == 16 for password in made)
    assert all(
        any(map(str.isupper, p)) and any(map(str.islower, p)) and any(map(str.isdigit, p))
        for p in made
    )


def test_every_role_of_the_cast_fits_its_unit(world):
    for row in User.objects.all():
        assert row.acting.organisation.kind in ROLE_KINDS[row.acting.role]


@pytest.mark.parametrize(
    ("role", "unit", "fits"),
    [
        (Role.PROVINCE_ADMIN, "province", True),
        (Role.PROVINCE_ADMIN, "county", False),
        (Role.SYSTEM_ADMIN, "province", True),
        (Role.SYSTEM_ADMIN, "prefecture", False),
        (Role.COUNTY_OFFICER, "direct_county", True),
        (Role.COUNTY_OFFICER, "jiyuan", False),
        (Role.PREFECTURE_OFFICER, "jiyuan", True),
        (Role.ASSESSOR, "county", True),
    ],
)
def test_a_role_exists_in_units_of_its_kind(world, role, unit, fits):
    if fits:
        create(world, organisation=getattr(world, unit), role=role)
        return
    with pytest.raises(RoleNotPossible):
        create(world, organisation=getattr(world, unit), role=role)
    assert not User.objects.filter(username="li").exists()


@pytest.mark.parametrize("lone", [Role.SYSTEM_ADMIN, Role.AUDITOR])
def test_administration_and_audit_stand_alone(world, lone):
    new, _password = create(world, organisation=world.province, role=lone)
    given = {"person": new, "organisation": world.province, "by": world.system_admin, "now": NOW}
    with pytest.raises(RoleNotPossible):
        add_membership(role=Role.PROVINCE_OFFICER, **given)
    end_membership(membership=new.memberships.get(), reason="x", by=world.system_admin, now=NOW)
    add_membership(role=Role.PROVINCE_OFFICER, **given)
    with pytest.raises(RoleNotPossible):
        add_membership(role=lone, **given)


def test_two_roles_that_go_together(world):
    add_membership(
        person=world.county_officer,
        organisation=world.county,
        role=Role.ASSESSOR,
        by=world.system_admin,
        now=NOW,
    )
    roles = set(world.county_officer.memberships.values_list("role", flat=True))
    assert roles == {Role.COUNTY_OFFICER, Role.ASSESSOR}


def test_an_ended_role_comes_into_force_again_and_is_not_given_twice(world):
    row = world.county_officer.memberships.get()
    given = {
        "person": world.county_officer,
        "organisation": world.county,
        "role": Role.COUNTY_OFFICER,
        "by": world.system_admin,
        "now": NOW,
    }
    with pytest.raises(RoleNotPossible):
        add_membership(**given)
    end_membership(membership=row, reason="调离", by=world.system_admin, now=NOW)
    with pytest.raises(WrongMoment):
        end_membership(membership=row, reason="调离", by=world.system_admin, now=NOW)
    assert add_membership(**given).pk == row.pk
    row.refresh_from_db()
    assert row.active


def test_nobody_changes_their_own_account_or_roles(world):
    own, colleague = world.system_admin, person("second", world.province, Role.SYSTEM_ADMIN)
    acts = [
        lambda who, by: add_membership(
            person=who, organisation=world.province, role=Role.SYSTEM_ADMIN, by=by, now=NOW
        ),
        lambda who, by: change_person(person=who, expected_version=1, by=by, now=NOW, **WORDS),
        lambda who, by: renew_password(person=who, reason="x", by=by, now=NOW),
        lambda who, by: suspend_person(person=who, reason="x", by=by, now=NOW),
        lambda who, by: reactivate_person(person=who, reason="x", by=by, now=NOW),
        lambda who, by: end_membership(
            membership=who.memberships.get(), reason="x", by=by, now=NOW
        ),
    ]
    for act in acts:
        with pytest.raises(Denied):
            act(own, own)
    # The twin: somebody else may (the role is held already, so the first act is refused for that).
    with pytest.raises(RoleNotPossible):
        acts[0](own, colleague)
    for act in acts[1:]:
        act(own, colleague)


def test_a_suspended_person_is_out_at_once_and_a_reactivated_one_signs_in_again(client, world):
    row, desk = world.county_officer, reverse("portal:desk")
    client.force_login(row)
    assert client.get(desk).status_code == 200
    suspend_person(person=row, reason="借调", by=world.system_admin, now=NOW)
    assert client.get(desk).status_code == 302
    assert entered(username=row.username, password=PASSWORD) is None
    reactivate_person(person=row, reason="返回", by=world.system_admin, now=NOW)
    assert client.get(desk).status_code == 302
    assert entered(username=row.username, password=PASSWORD) == row
    reasons = list(AuditEvent.objects.order_by("pk").values_list("act", "reason"))
    assert reasons == [("user.suspended", "借调"), ("user.reactivated", "返回")]


def test_a_change_of_role_ends_the_sessions(client, world):
    client.force_login(world.county_officer)
    desk = reverse("portal:desk")
    assert client.get(desk).status_code == 200
    add_membership(
        person=world.county_officer,
        organisation=world.county,
        role=Role.LEADER,
        by=world.system_admin,
        now=NOW,
    )
    assert client.get(desk).status_code == 302


@pytest.mark.parametrize("act", [suspend_person, renew_password])
def test_a_reason_is_asked_for(world, act):
    given = {"person": world.county_officer, "by": world.system_admin, "now": NOW}
    with pytest.raises(Incomplete):
        act(reason=" ", **given)
    act(reason="忘记密码", **given)


def test_a_stale_change_overwrites_nothing(client, world):
    client.force_login(world.system_admin)
    address = reverse("accounts:person-edit", args=[world.county_officer.pk])
    first = client.post(address, WORDS | {"version": 1})
    assert first.status_code == 302
    stale = client.post(address, WORDS | {"name": "王五", "version": 1})
    assert stale.status_code == 200
    assert stale.context["form"]["name"].value() == "王五"
    assert User.objects.get(pk=world.county_officer.pk).name == "李四"


# --- pages ---------------------------------------------------------------------------------------
def test_the_page_shows_the_initial_password_once_and_is_not_kept(client, world):
    client.force_login(world.system_admin)
    response = client.post(reverse("accounts:person-add"), form_data())
    password = response.context["password"]
    assert password in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert entered(username="li", password=password).name == "李四"
    detail = client.get(reverse("accounts:person", args=[User.objects.get(username="li").pk]))
    assert password not in detail.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "county_officer"),
        ("username", "a b"),
        ("name", ""),
        ("email", "nobody"),
        ("organisation", "999999"),
        ("role", "province_admin"),
        ("role", "king"),
    ],
)
def test_a_bad_value_is_named_at_its_field_and_nothing_is_lost(client, world, field, value):
    client.force_login(world.system_admin)
    response = client.post(reverse("accounts:person-add"), form_data(**{field: value}))
    assert response.status_code == 200
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert form["phone"].value() == "13800000000"
    assert not User.objects.filter(username="li").exists()


def test_a_unit_is_named_by_its_code_or_its_whole_name(client, world):
    client.force_login(world.system_admin)
    world.sibling_county.name_zh = world.county.name_zh
    world.sibling_county.save()
    add = reverse("accounts:person-add")
    twice = client.post(add, form_data(organisation=world.county.name_zh))
    assert list(twice.context["form"].errors) == ["organisation"]
    once = client.post(add, form_data(organisation=world.direct_county.name_zh))
    assert once.context["person"].acting.organisation == world.direct_county


def test_an_initial_password_opens_nothing_but_the_page_that_changes_it(client, world):
    _new, password = create(world)
    client.post(reverse("accounts:login"), {"username": "li", "password": password})
    page, desk = reverse("accounts:password"), reverse("portal:desk")
    closed = [reverse(name) for name in ("portal:desk", "stations:list", "campaign:enrolments")]
    assert [client.get(address).url for address in closed] == [page] * 3
    assert client.get(page).status_code == 200
    assert client.post(reverse("portal:language"), {"language": "en"}).url != page
    changed = client.post(
        page,
        {"old_password": password, "new_password1": "Own-2014x", "new_password2": "Own-2014x"},
    )
    assert changed.url == desk
    assert [client.get(address).status_code for address in closed] == [200] * 3
    assert AuditEvent.objects.filter(act="user.password_changed").count() == 1


def test_who_must_change_the_password_can_leave(client, world):
    create(world)
    client.force_login(User.objects.get(username="li"))
    client.post(reverse("accounts:logout"))
    assert reverse("accounts:login") in client.get(reverse("portal:desk")).url


def test_a_changed_password_ends_the_other_sessions(client, world):
    other = type(client)()
    client.force_login(world.county_officer)
    other.force_login(world.county_officer)
    client.post(
        reverse("accounts:password"),
        {"old_password": PASSWORD, "new_password1": "Own-2014x", "new_password2": "Own-2014x"},
    )
    desk = reverse("portal:desk")
    assert (client.get(desk).status_code, other.get(desk).status_code) == (200, 302)


def test_the_list_finds_people(client, world):
    client.force_login(world.system_admin)
    suspend_person(person=world.leader, reason="x", by=world.system_admin, now=NOW)
    found = {}
    for query in ("q=jiyuan", "role=auditor", "state=suspended", "q=nobody"):
        page = client.get(reverse("accounts:people") + "?" + query).context["page"]
        found[query] = [row.username for row in page]
    assert found == {
        "q=jiyuan": ["jiyuan_officer"],
        "role=auditor": ["auditor"],
        "state=suspended": ["leader"],
        "q=nobody": [],
    }


def test_the_list_asks_the_same_number_of_questions_for_more_people(client, world):
    client.force_login(world.system_admin)
    address = reverse("accounts:people")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(3):
        person(f"more{number}", world.county, Role.ASSESSOR)
    with CaptureQueriesContext(connection) as more:
        client.get(address)
    assert len(more) == len(few)


def test_a_role_is_added_and_ended_on_the_page(client, world):
    client.force_login(world.system_admin)
    row = world.county_officer
    add = reverse("accounts:role-add", args=[row.pk])
    refused = client.post(add, {"organisation": "410122", "role": "station_officer"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["role"])
    done = client.post(add, {"organisation": "410122", "role": "leader"})
    assert done.status_code == 302
    leader = row.memberships.get(role=Role.LEADER)
    end = reverse("accounts:role-end", args=[row.pk, leader.pk])
    client.post(end, {"reason": ""})
    leader.refresh_from_db()
    assert leader.active
    client.post(end, {"reason": "分工调整"})
    leader.refresh_from_db()
    assert not leader.active
    foreign = reverse("accounts:role-end", args=[world.leader.pk, leader.pk])
    assert client.post(foreign, {"reason": "x"}).status_code == 404


def test_the_system_administrator_sees_no_business_data(client, world):
    client.force_login(world.system_admin)
    names = ["stations:list", "campaign:enrolments", "evaluations:tasks", "scoring:ranking"]
    assert [client.get(reverse(name)).status_code for name in names] == [403] * 4
    client.force_login(world.province_officer)
    assert [client.get(reverse(name)).status_code for name in names] == [200] * 4
