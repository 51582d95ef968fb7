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

from campaign.models import Reminder
from evaluations.models import Opinion
from tests.factories import NOW
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

BRIGADE = "410122-1"
# Who stands outside, and the numbers that tell of an area that is not theirs: the brigade's, its
# county's with all its stations, its prefecture's. Whose area it is: those inside.
OUTSIDE = {
    "pre2": ("410122", "410185", "410100"),
    "dcty": ("410122", "410185", "410100"),
    "cty2": ("410122",),
    "sta2": (BRIGADE,),
}
INSIDE = dict.fromkeys(("padm", "poff", "pref", "cnty", "apre", "acty", "lead"), (BRIGADE,))
# Names that stand before the public; and templates whose examples happen to be these numbers.
PUBLIC = {"scoring:publicity", "opinions:campaign"}
TEMPLATES = {"evaluations:opinions-template", "stations:import-template"}
LISTS = [line for line in LINES if line.method == "GET" and line.target == "-"]


def text_of(response) -> str:
    """What can be read in a page, or in the parts of a workbook."""
    content = b"".join(response) if response.streaming else response.content
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def readers(line, world, columns) -> set[str]:
    """Those of `columns` (who → numbers) who read one of the numbers there."""
    found = set()
    for column, numbers in columns.items():
        if line.expected[column] == 200:
            text = text_of(world.visitors.ask(column, "GET", reverse(line.url_name)))
            found |= {column for number in numbers if number in text}
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("line", LISTS, ids=lambda line: line.url_name)
@override_settings(**DEMONSTRATION)
def test_a_list_names_no_unit_of_another_area(line, world):
    if line.url_name not in PUBLIC | TEMPLATES:
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


# An address with another area's code or number in its query → who must not, and who may.
ASKED_FOR = {
    "evaluations:acceptance-export": ("authority=410100", "pre2", "poff"),
    "evaluations:plan": ("authority=410100", "pre2", "poff"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ASKED_FOR)
@override_settings(**DEMONSTRATION)
def test_a_query_opens_no_other_area(name, world):
    query, stranger, reader = ASKED_FOR[name]
    address = f"{reverse(name)}?{query}"
    assert world.visitors.ask(stranger, "GET", address).status_code == 404
    assert world.visitors.ask(reader, "GET", address).status_code == 200


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_the_page_of_a_run_names_no_run_that_is_not_shown(world):
    address, draft = reverse("scoring:run", args=[world.run.pk]), world.draft_run.pk
    option = f'<option value="{draft}">'
    assert option not in text_of(world.visitors.ask("pref", "GET", address))
    assert option in text_of(world.visitors.ask("padm", "GET", address))


# Lists of which the table's world holds no row: what is written first, who reads it, who must not.
def a_draft_run(world):
    return f'href="{reverse("scoring:run", args=[world.draft_run.pk])}"'


def a_ranking(world):
    return BRIGADE


def a_person_told(world):
    Reminder.objects.create(
        user=world.station_officer,
        obligation=world.obligation,
        step_day=NOW.date(),
    )
    return world.station_officer.name


def an_opinion_about_a_promise(world):
    Opinion.objects.filter(pk=world.opinion.pk).update(commitment=world.published_commitment)
    return f"?promise={world.published_commitment.pk}"


WRITTEN = {
    a_draft_run: ("scoring:runs", "padm", "pref"),
    a_ranking: ("scoring:ranking", "pref", "pre2"),
    a_person_told: ("campaign:told", "pref", "pre2"),
    an_opinion_about_a_promise: ("evaluations:commitments", "cnty", "stat"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("write", WRITTEN, ids=lambda write: write.__name__)
@override_settings(**DEMONSTRATION)
def test_what_is_written_is_read_by_those_it_is_for(write, world):
    name, reader, stranger = WRITTEN[write]
    words = write(world)
    args = [world.brigade_enrolment.pk] if name == "evaluations:commitments" else []
    address = f"{reverse(name, args=args)}?run={world.run.pk}"
    assert words in text_of(world.visitors.ask(reader, "GET", address))
    assert words not in text_of(world.visitors.ask(stranger, "GET", address))
