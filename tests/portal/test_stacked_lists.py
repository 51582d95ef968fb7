"""On a phone long lists are blocks: every value stands beside the head of its column."""

import re

import pytest
from django.test import override_settings
from django.urls import reverse

from tests.test_access_matrix import DEMONSTRATION
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# A list → who reads it, as the access matrix calls them.
PAGES = {
    "deliveries:list": "padm",
    "evaluations:acceptance-league": "poff",
    "evaluations:checks": "poff",
    "evaluations:meetings": "cnty",
    "evaluations:opinions": "cnty",
    "evaluations:plan": "pref",
    "evaluations:register": "poff",
    "evaluations:spot-checks": "poff",
    "evaluations:standards": "padm",
    "evaluations:tasks": "poff",
    "portal:progress": "poff",
    "reports:list": "cnty",
}


def words(html):
    return " ".join(re.sub("<[^>]+>|[↑↓]", " ", html).split())


def wrong(html):
    """The heads of the first row's cells that are named otherwise, and how many have no name."""
    table = html[html.index("table-sheet stack") :]
    table = table[: table.index("</table>")]
    heads = [words(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", table, re.S)]
    row = re.search(r"<tbody>\s*<tr>(.*?)</tr>", table, re.S).group(1)
    cells = re.findall(r"<td[^>]*>", row)
    assert len(cells) == len(heads) >= 5
    names = [re.search('data-head="([^"]*)"', cell) for cell in cells]
    pairs = zip(names, heads, strict=True)
    return [head for name, head in pairs if name and name[1] != head], names.count(None)


@pytest.mark.parametrize("page", PAGES)
@override_settings(**DEMONSTRATION)
def test_every_value_is_named_by_its_columns_head(world, page):
    html = world.visitors.ask(PAGES[page], "GET", reverse(page)).content.decode()
    misnamed, unnamed = wrong(html)
    assert misnamed == []
    # What says which row it is has no head on a phone, nor what is done with it.
    assert unnamed <= 3


def test_a_value_under_a_wrong_head_is_seen():
    """The negative control."""
    heads = "".join(f"<th>{number}</th>" for number in range(5))
    cells = "".join(f'<td data-head="{number}">x</td>' for number in (0, 1, 2, 4, 3))
    html = f'<div class="table-sheet stack"><table><thead><tr>{heads}</tr></thead>'
    assert wrong(f"{html}<tbody><tr>{cells}</tr></tbody></table>") == (["3", "4"], 0)
