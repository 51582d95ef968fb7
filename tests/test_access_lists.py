"""Lists name nobody else's units: the table's statuses cannot see what stands on a page.

Everything in the table's world belongs to brigade 410122-1. Who has nothing to do with it opens
every list and every workbook and must not read its number; the twin is somebody in whose area it
lies, who does read it there.
"""

import io
import zipfile

import pytest
from django.test import override_settings
from django.urls import reverse

from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

BRIGADE = "410122-1"
# In whose area the brigade does not lie; and in whose it does.
OUTSIDE = ("pre2", "cty2", "dcty", "sta2")
INSIDE = ("padm", "poff", "pref", "cnty", "apre", "acty", "lead")
# Names that stand before the public; and a template whose example happens to be this number.
PUBLIC = {"scoring:publicity", "evaluations:opinions-template"}
LISTS = [line for line in LINES if line.method == "GET" and line.target == "-"]


def text_of(response) -> str:
    """What can be read in a page, or in the parts of a workbook."""
    content = b"".join(response) if response.streaming else response.content
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def readers(line, world, columns) -> set[str]:
    """Those of `columns` who read of the brigade there."""
    return {
        column
        for column in columns
        if line.expected[column] == 200
        and BRIGADE in text_of(world.visitors.ask(column, "GET", reverse(line.url_name)))
    }


@pytest.mark.django_db
@pytest.mark.parametrize("line", LISTS, ids=lambda line: line.url_name)
@override_settings(**DEMONSTRATION)
def test_a_list_names_no_unit_of_another_area(line, world):
    if line.url_name not in PUBLIC:
        assert readers(line, world, OUTSIDE) == set()


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_those_in_whose_area_it_lies_read_it(world):
    """The twin, for every list of which it is one of the rows."""
    speaking = {line.url_name for line in LISTS if readers(line, world, INSIDE)}
    assert speaking >= {
        "campaign:enrolments",
        "evaluations:checks",
        "evaluations:opinions",
        "evaluations:opinions-export",
        "evaluations:plan",
        "evaluations:questions",
        "evaluations:register",
        "evaluations:register-export",
        "evaluations:secret-visits",
        "evaluations:spot-checks",
        "evaluations:tasks",
        "evaluations:tasks-export",
        "portal:desk",
        "portal:progress",
        "scoring:consequences",
        "scoring:daily",
        "scoring:honours",
        "stations:export",
        "stations:list",
        "surveys:batches",
        "surveys:flags",
        "surveys:leads",
        "surveys:overview",
    }, speaking
