"""On a phone long lists are blocks: every value stands beside the head of its column."""

import re

import pytest
from django.urls import reverse

from scoring.services.runs import make_run
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, small_province
from tests.scoring.voters import scored_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    world = scored_province(small_province())
    steps.task(world, world.brigade_enrolment, world.county_officer)
    make_run(campaign=world.campaign, by=None, now=NOW)
    return world


def words(html):
    return " ".join(re.sub("<[^>]+>|[↑↓]", " ", html).split())


@pytest.mark.parametrize("page", ["checks", "tasks", "register", "ranking"])
def test_every_value_is_named_by_its_columns_head(client, world, page):
    client.force_login(world.province_officer)
    name = "scoring:ranking" if page == "ranking" else f"evaluations:{page}"
    html = client.get(reverse(name)).content.decode()
    table = html[html.index("stack") : html.index("</table>")]
    heads = [words(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", table, re.S)]
    row = re.search(r"<tbody>\s*<tr>(.*?)</tr>", table, re.S).group(1)
    cells = re.findall(r"<td[^>]*>", row)
    assert len(cells) == len(heads) >= 5
    named = [re.search('data-head="([^"]*)"', cell) for cell in cells]
    # What says which row it is has no head on a phone: the box to choose, the station, the problem.
    assert sum(name is None for name in named) <= 3
    for name, head in zip(named, heads, strict=True):
        assert name is None or name.group(1) == head
