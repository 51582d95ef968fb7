"""An object's page tells what happened to it, to those who see the object and to nobody else; and
what a secret visit saw stands nowhere before it is released."""

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import audit
from evaluations.models import SecretVisit, VisitObservation
from scoring.models import ScoreRun
from tests.factories import NOW
from tests.matrix_world import TARGETS
from tests.test_access_lists import text_of
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

pytestmark = pytest.mark.one_database

WHY = "原件遗失，重新核对"
# The page of an object → (the object, who reads it, who must not).
PAGES = {
    ("portal:campaign", "campaign"): (lambda w: w.campaign, "padm", "stat"),
    ("stations:detail", "brigade"): (lambda w: w.brigade, "stat", "sta2"),
    ("campaign:enrolment", "enrolment"): (lambda w: w.brigade_enrolment, "stat", "sta2"),
    ("campaign:submission", "plan"): (lambda w: w.plan, "cnty", "pre2"),
    ("evaluations:self-inspection", "self-inspection"): (lambda w: w.inspection, "cnty", "cty2"),
    ("evaluations:fulfilments", "published-commitment"): (
        lambda w: w.published_commitment,
        "stat",
        "sta2",
    ),
    ("evaluations:finding", "finding"): (lambda w: w.finding, "stat", "cty2"),
    ("evaluations:task", "task"): (lambda w: w.task_assigned, "stat", "sta2"),
    ("evaluations:check", "enrolment"): (lambda w: w.check, "pref", "pre2"),
    ("evaluations:plan", "-"): (lambda w: w.planned_visit.plan, "pref", "pre2"),
    ("evaluations:spot-check", "spot-check"): (lambda w: w.spot_check, "poff", "stat"),
    ("evaluations:draw", "draw"): (lambda w: w.draw, "poff", "pref"),
    ("evaluations:recheck-order", "order"): (lambda w: w.order, "pref", "pre2"),
    ("evaluations:secret-visit", "secret-visit"): (lambda w: w.visit, "poff", "stat"),
    ("evaluations:veto", "township"): (lambda w: w.veto, "sta2", "stat"),
    ("evaluations:opinion", "opinion"): (lambda w: w.opinion, "cnty", "pre2"),
    ("evaluations:meeting", "meeting"): (lambda w: w.meeting, "cnty", "cty2"),
    ("surveys:batch", "batch"): (lambda w: w.batch, "cnty", "cty2"),
    ("surveys:flag", "flag"): (lambda w: w.flag, "pref", "pre2"),
    ("surveys:lead", "lead"): (lambda w: w.survey_lead, "cnty", "cty2"),
    ("scoring:run", "draft-run"): (lambda w: w.draft_run, "padm", "pref"),
    ("scoring:honour", "honour"): (lambda w: w.honour, "pref", "pre2"),
    ("scoring:consequence", "consequence"): (lambda w: w.consequence, "padm", "pref"),
    ("reports:detail", "report"): (lambda w: w.report, "cnty", "cty2"),
    ("deliveries:detail", "delivery"): (lambda w: w.delivery, "padm", "pref"),
}


def told(world, target, times=1):
    for _number in range(times):
        by = world.province_admin
        audit.record(by=by, act="task.returned", target=target, now=NOW, reason=WHY)


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page[0])
@override_settings(**DEMONSTRATION)
def test_the_page_of_an_object_tells_its_story_to_those_who_see_it(page, world):
    (name, target), (object_of, reader, stranger) = page, PAGES[page]
    args, _data = TARGETS[target](world)
    address = reverse(name, args=args)

    def read(column):
        return world.visitors.ask(column, "GET", address)

    with CaptureQueriesContext(connection) as none:
        assert WHY not in text_of(read(reader))
    told(world, object_of(world))
    with CaptureQueriesContext(connection) as one:
        shown = text_of(read(reader))
    assert shown.count(WHY) == 1
    # Who, of which unit, in which role.
    assert f"（{world.province.name}，省局纠风办管理员）" in shown
    told(world, object_of(world), 2)
    with CaptureQueriesContext(connection) as three:
        assert text_of(read(reader)).count(WHY) == 3
    assert WHY not in text_of(read(stranger))
    assert len(one) == len(three) == len(none)


CANARY = "柜台抽屉内发现空白检查记录"


@pytest.mark.long
@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_an_unreleased_visit_is_on_no_page_of_those_who_were_visited(world):
    SecretVisit.objects.filter(pk=world.visit.pk).update(summary=CANARY, visitors=CANARY)
    VisitObservation.objects.create(
        visit=world.visit, category="work", severity="minor", text=CANARY
    )
    told(world, world.visit)
    reads = [line for line in LINES if line.method == "GET"]

    def pages_with(column, words):
        found = set()
        for line in reads:
            if line.expected[column] == 200:
                args, _data = TARGETS[line.target](world)
                response = world.visitors.ask(column, "GET", reverse(line.url_name, args=args))
                if words in text_of(response):
                    found.add(line.url_name)
        return found

    for column in ("stat", "cnty", "pref"):
        assert pages_with(column, CANARY) == set()
    # The twin: it is there to be read, by the province.
    args, _data = TARGETS["secret-visit"](world)
    page = world.visitors.ask("poff", "GET", reverse("evaluations:secret-visit", args=args))
    assert CANARY in text_of(page)
    assert WHY in text_of(page)


@pytest.mark.django_db
def test_several_stories_with_one_query(world, django_assert_num_queries):
    rows = list(ScoreRun.objects.order_by("pk")[:3])
    told(world, rows[0])
    told(world, rows[2], 2)
    before = [len(audit.story_of(row)) for row in rows]
    with django_assert_num_queries(1):
        audit.tell_stories(rows)
    assert [len(row.events) for row in rows] == before
    with django_assert_num_queries(0):
        audit.tell_stories([])
