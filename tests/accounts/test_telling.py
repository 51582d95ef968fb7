"""The trail in the reader's language: names and values in words, in both languages."""

import ast
import re
from io import BytesIO

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from accounts import audit
from accounts.models import AuditEvent
from accounts.roles import Role
from accounts.services.people import add_membership, end_membership
from accounts.telling import name_of, tell
from accounts.trail_words import WORDS
from campaign.services.definitions import _dates, read_definition
from scoring.models import ScoringPolicy
from scoring.services.policy_versions import _told, draft_of
from tests.factories import NOW, person, small_province
from tests.scoring.voters import scored_province

# Acts that write whatever of these rows changed.
WHOLE_ROWS = (
    "accounts.securityrules",
    "common.uploadlimits",
    "evaluations.acceptancerules",
    "evaluations.criterion",
    "evaluations.rectificationrule",
    "reports.mailschedule",
    "reports.reportrules",
    "scoring.resultrules",
    "surveys.ballotrules",
)


@pytest.fixture
def world(db):
    return small_province()


def wordless(target_type, name, names=None):
    """The languages in which a value of an object has no word of its own."""
    found = []
    for language, looks_right in (
        ("zh-hans", lambda text: re.search("[\u4e00-\u9fff]", text)),
        ("en", lambda text: not re.search("[\u4e00-\u9fff]|_", text)),
    ):
        with translation.override(language):
            if not looks_right(name_of(target_type, name, names or {})):
                found.append(language)
    return found


def told(by, act="task.returned", target=None, **values):
    audit.record(by=by, act=act, target=target, now=NOW, **values)
    (event,) = tell(AuditEvent.objects.all()[:1])
    return [tuple(change) for change in event.told]


def _named(row, name):
    return str(row._meta.get_field(name).verbose_name)


def test_every_name_that_an_act_writes_down_has_a_word():
    """Looked up in the code: the keys of every `before` and `after`."""
    names = set()
    for app in ("accounts", "deliveries", "campaign", "evaluations", "reports", "scoring"):
        names |= names_in(app)
    names |= names_in("stations") | names_in("surveys")
    assert {"role", "due_on", "frame_digest", "account_exists"} <= names
    fields = {
        field.name
        for model in apps.get_models()
        for field in model._meta.fields
        if not wordless(model._meta.label_lower, field.name)
    }
    assert sorted(names - fields - set(WORDS)) == []
    assert [name for name in WORDS if wordless("", name)] == []


def names_in(app):
    """The literal keys of what the code of an app gives to `before` and `after`."""
    found = set()
    for path in (settings.BASE_DIR / app).rglob("*.py"):
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        for call in calls:
            if ast.unparse(call.func).rpartition(".")[2] in ("record", "_record"):
                for given in call.keywords:
                    if given.arg in ("before", "after"):
                        found |= {
                            key.value
                            for node in ast.walk(given.value)
                            if isinstance(node, ast.Dict)
                            for key in node.keys
                            if isinstance(key, ast.Constant)
                        }
    return found | {"role", "organisation", "frame_size", "frame_digest", "seed", "locked"}


@pytest.mark.parametrize("label", WHOLE_ROWS)
def test_every_field_of_rows_that_are_written_whole_has_a_word(label):
    fields = [field.name for field in apps.get_model(label)._meta.fields]
    assert [name for name in fields if name != "id" and wordless(label, name)] == []


def test_a_name_without_a_word_is_seen():
    """The negative control."""
    assert wordless("campaign.campaign", "no_such_name") == ["zh-hans", "en"]


def test_names_made_of_parts_have_words(world):
    scored_province(world)
    names = {"410122-1": world.brigade.name, "service": "管理服务对象"}
    policy = _told(draft_of(ScoringPolicy.objects.get()))
    # Codes of scales and groups are rows; of one name the English quotes the Chinese notice.
    policy = {name for name in policy if not re.match("[A-Z]|group|ten_percent", name)}
    assert {"grade excellent", "regular county"} <= policy
    assert [name for name in policy if wordless("scoring.scoringpolicy", name)] == []
    dates = _dates(read_definition(world.campaign))
    assert [name for name in dates if wordless("campaign.campaign", name)] == []
    assert name_of("", "410122-1 2013", names) == f"{world.brigade.name} · 2013"
    assert name_of("scoring.scoringpolicy", "group service", names) == "评议群体 · 管理服务对象"


def test_a_role_is_told_with_its_unit(world):
    by, officer = world.system_admin, world.county_officer
    row = add_membership(
        person=officer, organisation=world.county, role=Role.LEADER, by=by, now=NOW
    )
    (event,) = tell(AuditEvent.objects.all()[:1])
    # PostgreSQL keeps the names of a value in an order of its own.
    assert set(event.told) == {("单位", "", world.county.name), ("角色", "", "分管领导")}
    end_membership(membership=row, reason="调离", by=by, now=NOW)
    (event,) = tell(AuditEvent.objects.all()[:1])
    assert set(event.told) == {("单位", world.county.name, ""), ("角色", "分管领导", "")}
    with translation.override("en"):
        (event,) = tell(AuditEvent.objects.all()[:1])
    assert {change.name for change in event.told} == {"organisation", "role"}


def test_values_are_told_in_words(world):
    by, enrolment = world.county_officer, world.brigade_enrolment
    rules = apps.get_model("accounts.securityrules")(pk=1)
    assert told(
        by,
        target=rules,
        before={"one_session": False, "second_factor_roles": []},
        after={"one_session": True, "second_factor_roles": ["auditor", "leader"]},
    ) == [
        (_named(rules, "one_session"), "否", "是"),
        (_named(rules, "second_factor_roles"), "", "审计员、分管领导"),
    ]
    meeting = apps.get_model("evaluations.reviewmeeting")(pk=1)
    assert told(by, target=meeting, after={"starts_at": "2014-10-29 01:00:00+00:00"}) == [
        ("开始时间", "", "2014-10-29 09:00")
    ]
    assert told(by, target=enrolment, before={"due_on": "2014-10-25"}, after={"due_on": None}) == [
        ("办理时限", "2014-10-25", "")
    ]
    results = apps.get_model("scoring.resultrules")(pk=1, campaign=world.campaign)
    # 90 is 90.00: what did not change is not told.
    assert told(
        by,
        target=results,
        before={"high_floor": "90.00", "recheck_required": "True"},
        after={"high_floor": "90", "recheck_required": "False"},
    ) == [(_named(results, "recheck_required"), "是", "否")]


def test_what_nothing_knows_is_shown_as_it_is_stored(client, world):
    odd = {"<b>": 1, "x y.z": {"a": [None, {"b": "2014-99-99 10:00"}]}, "kind": "??", "": ""}
    assert ("<b>", "", "1") in told(world.auditor, target=world.brigade, after=odd)
    client.force_login(world.auditor)
    for language in ("zh-hans", "en"):
        page = client.get(reverse("accounts:audit"), headers={"accept-language": language})
        assert page.status_code == 200
    assert "&lt;b&gt;" in page.content.decode()


def test_many_units_cost_what_one_costs(client, world):
    client.force_login(world.auditor)
    costs = []
    for number in (1, 20):
        for _time in range(number):
            someone = person(f"somebody-{AuditEvent.objects.count()}", world.county, Role.LEADER)
            values = {"organisation": world.county.code, "stations": ["410122-1", "410122-2"]}
            audit.record(by=someone, act="user.role_added", target=someone, now=NOW, after=values)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("accounts:audit"))
        assert page.content.decode().count(f"单位: {world.county.name}") >= number
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_workbook_tells_in_words(client, world):
    after = {"organisation": "410122", "role": "leader"}
    audit.record(
        by=world.system_admin, act="user.role_added", target=world.leader, now=NOW, after=after
    )
    client.force_login(world.auditor)
    response = client.get(reverse("accounts:audit-export"))
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    row = list(sheet.iter_rows(values_only=True))[1]
    assert row[10] is None
    assert set(row[11].split("; ")) == {f"单位: {world.county.name}", "角色: 分管领导"}


def test_a_person_reads_which_role_was_given_where(client, world):
    officer = world.county_officer
    add_membership(
        person=officer,
        organisation=world.county,
        role=Role.LEADER,
        by=world.system_admin,
        now=NOW,
    )
    client.force_login(world.system_admin)
    page = client.get(reverse("accounts:person", args=[officer.pk])).content.decode()
    history = page.split('class="timeline"')[1]
    assert f"单位: {world.county.name}" in history
    assert "角色: 分管领导" in history


def test_the_page_of_a_campaign_tells_its_own_changes_alone(client, world):
    """Acts on it that speak of all its stations would fill the page."""
    scores = {"410122-1 county": {"score": "12.34", "basis": "台账缺失"}}
    days = {"before": {"plan": "2014-08-20"}, "after": {"plan": "2014-08-21"}}
    by, campaign = world.province_admin, world.campaign
    audit.record(by=by, act="daily_scores.given", target=campaign, now=NOW, after=scores)
    audit.record(by=by, act="campaign.changed", target=campaign, now=NOW, **days)
    client.force_login(by)
    page = client.get(reverse("portal:campaign", args=[campaign.pk])).content.decode()
    assert "2014-08-20 → 2014-08-21" in page
    assert "台账缺失" not in page
    client.force_login(world.auditor)
    assert "台账缺失" in client.get(reverse("accounts:audit")).content.decode()
