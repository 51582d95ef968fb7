"""The auditor's pages, the public heads, and the events of signing in and out."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts import audit, audit_views
from accounts.audit_forms import TrailForm
from accounts.models import AuditEvent, AuditSeal
from accounts.roles import Role
from accounts.seals import BEFORE_THE_FIRST, seal_events
from campaign.services.reminders import plan_reminders
from deliveries.models import Delivery
from tests.accounts.trail import SEALED_AT, write
from tests.factories import PASSWORD, at, person, small_province

TRAIL = "accounts:audit"


@pytest.fixture
def world(db):
    return small_province()


@pytest.fixture
def auditor(client, world):
    client.force_login(world.auditor)
    return client


def listed(client, **asked):
    return [row.pk for row in client.get(reverse(TRAIL), asked).context["rows"]]


def record(by, act="task.returned", target=None, now="2014-10-25 09:00", **values):
    return audit.record(by=by, act=act, target=target, now=at(now), **values).pk


# --- who reads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [TRAIL, "accounts:audit-export"])
def test_only_the_auditor_reads_the_trail(client, world, name):
    statuses = {}
    for who in ("province_admin", "system_admin", "leader", "auditor"):
        client.force_login(getattr(world, who))
        statuses[who] = client.get(reverse(name)).status_code
    assert statuses == {"province_admin": 403, "system_admin": 403, "leader": 403, "auditor": 200}


def test_an_auditor_of_a_prefecture_reads_its_area_alone(client, world):
    inside = record(world.county_officer)
    outside = record(world.other_prefecture_officer)
    portal = record(None)
    client.force_login(person("local", world.prefecture, Role.AUDITOR))
    assert listed(client) == [inside]
    client.force_login(world.auditor)
    assert listed(client) == [portal, outside, inside]


def test_the_menu_shows_the_trail_to_the_auditor_alone(client, world):
    def addresses(page):
        return [link.address for section in page.context["menu"] for link in section.links]

    client.force_login(world.auditor)
    assert reverse(TRAIL) in addresses(client.get(reverse(TRAIL)))
    client.force_login(world.county_officer)
    assert reverse(TRAIL) not in addresses(client.get(reverse("portal:desk")))


def test_the_trail_takes_no_writes(auditor, world):
    record(world.county_officer)
    before = AuditEvent.objects.count()
    page = auditor.get(reverse(TRAIL)).content.decode()
    forms = [part.split(">")[0] for part in page.split("<main")[1].split("<form")[1:]]
    assert [form.split('method="')[1] for form in forms] == ['get"']
    assert AuditEvent.objects.count() == before


# --- filter --------------------------------------------------------------------------------------


def test_the_trail_filters(auditor, world):
    unit = world.brigade.organisation
    one = record(world.county_officer, target=unit, now="2014-10-25 00:00")
    two = record(world.station_officer, "task.submitted", now="2014-10-25 23:59")
    three = record(world.other_prefecture_officer, target=world.township, now="2014-10-26 00:00")
    assert listed(auditor) == [three, two, one]
    assert listed(auditor, person="COUNTY_officer") == [one]
    assert listed(auditor, act="task.submitted") == [two]
    assert listed(auditor, organisation="410100") == [two, one]
    assert listed(auditor, organisation="单位410122-1") == [two]
    assert listed(auditor, type="accounts.organisation", id=str(unit.pk)) == [one]
    assert listed(auditor, type="stations.station") == [three]
    assert listed(auditor, since="2014-10-26") == [three]
    assert listed(auditor, until="2014-10-25") == [two, one]
    assert listed(auditor, since="2014-10-25", until="2014-10-25", act="task.returned") == [one]


def test_a_persons_story_is_what_they_did_and_what_was_done_to_them(auditor, world):
    officer = world.county_officer
    did = record(officer)
    done_to = record(None, "user.sign_in_failed", target=officer)
    record(world.station_officer)
    record(None, target=world.campaign)
    response = auditor.get(reverse(TRAIL), {"who": officer.pk})
    assert [row.pk for row in response.context["rows"]] == [done_to, did]
    assert response.context["person"] == officer


@pytest.mark.parametrize("asked", ["who", "type and id"])
def test_that_a_person_was_followed_is_an_event_itself(auditor, world, asked):
    officer = world.county_officer
    record(officer)
    as_object = {"type": "accounts.user", "id": str(officer.pk)}
    auditor.get(reverse(TRAIL), {"who": officer.pk} if asked == "who" else as_object)
    assert last_event()[:3] == ("user.story_read", world.auditor, str(officer.pk))
    # The twins: nobody is followed by reading the trail, an object's story or one who is not there.
    for others in ({}, {"type": "stations.station", "id": "1"}, {"who": "99999999"}, {"who": "x"}):
        auditor.get(reverse(TRAIL), others)
    assert AuditEvent.objects.filter(act="user.story_read").count() == 1
    # The person's own page does not tell who looked.
    auditor.force_login(world.system_admin)
    page = auditor.get(reverse("accounts:person", args=[officer.pk]))
    assert page.context["events"].filter(act="user.story_read").count() == 0


def test_an_auditor_of_a_prefecture_learns_no_name_from_elsewhere(client, world):
    client.force_login(person("local", world.prefecture, Role.AUDITOR))
    named = [
        client.get(reverse(TRAIL), {"who": row.pk}).context["person"]
        for row in (world.county_officer, world.other_prefecture_officer)
    ]
    assert named == [world.county_officer, None]


def test_every_kind_of_object_that_the_product_names_can_be_asked_for():
    kinds = [value for value, _label in TrailForm()["type"].field.choices]
    assert {
        "accounts.user",
        "accounts.membership",
        "campaign.campaign",
        "campaign.enrolment",
        "campaign.submission",
        "deliveries.delivery",
        "evaluations.acceptancecheck",
        "evaluations.commitment",
        "evaluations.evidence",
        "evaluations.finding",
        "evaluations.rectificationtask",
        "evaluations.selfinspection",
        "evaluations.standard",
        "evaluations.veto",
        "reports.report",
        "scoring.dailyassessment",
        "scoring.scorerun",
        "scoring.scoringpolicy",
        "stations.station",
        "surveys.questionnaire",
    } <= set(kinds)
    assert not {"surveys.ballot", "surveys.receipt", "accounts.auditevent"} & set(kinds)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"organisation": "999999"}, "organisation"),
        ({"since": "x"}, "since"),
        ({"since": "2014-10-26", "until": "2014-10-25"}, "until"),
        ({"act": "x"}, "act"),
        ({"who": "9" * 30}, "who"),
        ({"person": "\0"}, "person"),
    ],
)
def test_a_wrong_filter_finds_nothing_and_says_why(auditor, world, asked, field):
    record(world.county_officer)
    response = auditor.get(reverse(TRAIL), asked)
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert response.context["rows"] == []
    assert auditor.get(reverse("accounts:audit-export"), asked).status_code == 302


def test_pages_follow_each_other_without_gap_or_overlap(auditor, world):
    written = [record(world.county_officer) for _number in range(120)]
    seen, before = [], ""
    while before is not None:
        context = auditor.get(reverse(TRAIL), {"before": before}).context
        seen += [row.pk for row in context["rows"]]
        before = context["older"]
    assert seen == written[::-1]
    assert listed(auditor, before="x") == listed(auditor, before="9" * 40) == written[:-51:-1]


def test_the_trail_costs_the_same_for_one_and_for_many(auditor, world):
    costs = []
    for count in (1, 60):
        write(world, count)
        with CaptureQueriesContext(connection) as queries:
            auditor.get(reverse(TRAIL))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_row_shows_what_changed(auditor, world):
    record(
        world.county_officer,
        target=world.brigade.organisation,
        before={"state": "submitted"},
        after={"state": "in_progress", "<b>": 1},
        reason="证据不足",
    )
    page = auditor.get(reverse(TRAIL)).content.decode()
    assert "状态: submitted → in_progress" in page
    assert "&lt;b&gt;: 1" in page


# --- export --------------------------------------------------------------------------------------


def test_the_export_holds_the_same_events_and_leaves_one(auditor, world):
    one = record(world.county_officer, "task.accepted", before={"state": "x"}, reason="=1+1")
    record(world.station_officer)
    response = auditor.get(reverse("accounts:audit-export"), {"act": "task.accepted"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [one]
    assert rows[1][3:5] == ("county_officer", str(Role.COUNTY_OFFICER.label))
    assert rows[1][10:13] == ("状态: x", None, "=1+1")
    event = AuditEvent.objects.first()
    assert (event.act, event.user) == ("trail.exported", world.auditor)
    assert event.after == {"act": "task.accepted", "events": 1}


def test_too_large_an_export_is_refused_and_says_so(auditor, world, monkeypatch):
    write(world, 3)
    monkeypatch.setattr(audit_views, "EXPORT_LIMIT", 2)
    address = reverse("accounts:audit-export")
    assert auditor.get(address).url == reverse(TRAIL) + "?"
    assert auditor.get(address, {"act": "task.returned"}).status_code == 200
    monkeypatch.setattr(audit_views, "EXPORT_LIMIT", 4)
    assert auditor.get(address).status_code == 200


# --- heads outside -------------------------------------------------------------------------------


def test_the_public_page_shows_each_days_last_seal(client, world):
    # 16:00 UTC is midnight in the province.
    for number, moment in enumerate(
        (
            datetime(2026, 3, 1, 15, 58, tzinfo=UTC),
            datetime(2026, 3, 1, 15, 59, tzinfo=UTC),
            datetime(2026, 3, 1, 16, 0, tzinfo=UTC),
        )
    ):
        write(world, number + 1)
        seal_events(now=moment)
    response = client.get(reverse("portal:seals"))
    heads = [(str(h.day), h.number, h.event_count) for h in response.context["heads"]]
    assert heads == [("2026-03-02", 3, 3), ("2026-03-01", 2, 3)]
    page = response.content.decode()
    shown = [seal.digest in page for seal in AuditSeal.objects.all()]
    assert shown == [False, True, True]


def test_the_public_page_shows_sixty_days_at_a_constant_cost(client, world):
    costs = []
    for first, last in ((0, 1), (1, 62)):
        for number in range(first, last):
            write(world, 1)
            seal_events(now=SEALED_AT + timedelta(days=number))
        with CaptureQueriesContext(connection) as queries:
            response = client.get(reverse("portal:seals"))
        costs.append(len(queries))
    assert len(response.context["heads"]) == 60
    assert costs[0] == costs[1]


def test_digests_to_the_units_right_below_the_province_carry_the_head(world):
    write(world, 1)
    seal_events(now=SEALED_AT)
    seal = AuditSeal.objects.get()
    assert seal.previous == BEFORE_THE_FIRST
    # Those above are told on the day after the self-inspections were due.
    for day in ("2014-10-01", "2014-10-31", "2014-11-01"):
        plan_reminders(now=at(f"{day} 08:00"))
    texts = Delivery.objects.values_list("user__username", "text")
    carried = {name for name, text in texts if seal.digest in text}
    told = {name for name, _text in texts}
    right_below = {"prefecture_officer", "other_prefecture_officer", "jiyuan_officer"}
    assert carried == right_below | {"direct_county_officer"}
    assert {"county_officer", "station_officer"} < told
    (text, *_more) = (text for name, text in texts if name == "prefecture_officer")
    last = text.splitlines()[-1]
    assert ("2026-03-01" in last, seal.digest in last) == (True, True)


# --- signing in and out --------------------------------------------------------------------------


def last_event():
    event = AuditEvent.objects.first()
    return event.act, event.user, event.target_id, event.values_after, event.address


def sign_in(client, username, password):
    return client.post(reverse("accounts:login"), {"username": username, "password": password})


def test_sign_in_leaves_an_event_whether_it_succeeds_or_fails(client, world):
    officer = world.county_officer
    assert sign_in(client, "county_officer", "wrong").status_code == 200
    failed = ("user.sign_in_failed", None, str(officer.pk), {"account_exists": True}, "127.0.0.1")
    assert last_event() == failed
    assert sign_in(client, "county_officer", PASSWORD).status_code == 302
    assert last_event() == ("user.signed_in", officer, str(officer.pk), {}, "127.0.0.1")


def test_what_was_typed_into_a_failed_sign_in_is_not_kept(client, world):
    sign_in(client, "my-secret-password", "x")
    assert last_event() == (
        "user.sign_in_failed",
        None,
        "",
        {"account_exists": False},
        "127.0.0.1",
    )
    sign_in(client, "", "")
    assert AuditEvent.objects.count() == 1


def test_sign_out_leaves_an_event_once(client, world):
    client.force_login(world.county_officer)
    client.post(reverse("accounts:logout"))
    client.post(reverse("accounts:logout"))
    assert list(AuditEvent.objects.values_list("act", "user__username", "address")) == [
        ("user.signed_out", "county_officer", "127.0.0.1")
    ]


def test_a_change_of_password_leaves_an_event_and_a_refused_one_none(client, world):
    client.force_login(world.county_officer)
    new = {"new_password1": "Songshan-2014!", "new_password2": "Songshan-2014!"}
    address = reverse("accounts:password")
    assert client.post(address, {"old_password": "wrong"} | new).status_code == 200
    assert AuditEvent.objects.count() == 0
    assert client.post(address, {"old_password": PASSWORD} | new).status_code == 302
    officer = world.county_officer
    expected = ("user.password_changed", officer, str(officer.pk), {}, "127.0.0.1")
    assert last_event() == expected


def test_what_an_act_changed_is_folded_behind_its_first_lines(auditor, world):
    record(world.county_officer, after={f"n{number:02}": number for number in range(20)})
    page = auditor.get(reverse(TRAIL)).content.decode()
    shown, folded = page.split("<details><summary>", 1)
    assert "n07: 7<" in shown and "n08: 8<" not in shown
    assert "n08: 8<" in folded and "n19: 19<" in folded
    record(world.county_officer, after={"only": 1})
    assert auditor.get(reverse(TRAIL)).content.decode().count("<details><summary>") == 1
