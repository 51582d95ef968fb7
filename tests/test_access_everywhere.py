"""Every address × every method × everybody.

The table (`access_matrix.txt`) says what is declared; here stands what follows from it:

- a method that is not declared does nothing: 405, or the sign-in page for who is not signed in;
- HEAD says what GET says, or 405;
- a form's page lets nobody send whom it does not let read.

The same objects in somebody else's area: test_access_elsewhere.py.
"""

import itertools

import pytest
from django.test import override_settings
from django.urls import reverse

from tests.access_matrix import COLUMNS
from tests.matrix_world import TARGETS
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

pytestmark = pytest.mark.one_database

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
NEVER = METHODS[3:]
NAMES = sorted({line.url_name for line in LINES})


def lines_of(name):
    return {line.method: line for line in LINES if line.url_name == name}


def allowed_answers(lines, method, column):
    """What one cell may answer to a method that the table does not declare."""
    if method in NEVER:
        return {405}
    if method == "HEAD":
        return {405, lines["GET"].expected[column]} if "GET" in lines else {405, 302}
    if method == "GET":
        return {405} if column != "anon" else {405, 302}
    shown = lines["GET"].expected[column]
    if shown == 200:
        return {200, 302, 400, 403, 404, 405, 409, 429}
    return {405, shown} | ({403, 404} if column != "anon" else set())


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
@override_settings(**DEMONSTRATION)
def test_undeclared_methods_do_nothing(name, world):
    visitors, lines, wrong = world.visitors, lines_of(name), []
    some_line = next(iter(lines.values()))
    args, _data = TARGETS[some_line.target](world)
    for method, column in itertools.product(METHODS, COLUMNS):
        if method in lines:
            continue
        status = visitors.ask(column, method, reverse(name, args=args)).status_code
        if status not in allowed_answers(lines, method, column):
            wrong.append((method, column, status))
    assert not wrong
