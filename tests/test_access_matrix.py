"""Every address × every role, and no address that the table does not know."""

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access_matrix import COLUMNS, DOCUMENT, read_table, render
from tests.markup import faults_of, faults_of_answer
from tests.matrix_world import TARGETS, matrix_world
from tests.visitors import Visitors, refusals_untold

LINES = read_table()
DEMONSTRATION = {"DEMONSTRATION": True, "PORTAL_TODAY": "2014-10-25"}


def url_names(resolver, prefix=""):
    """Every name in the URL configuration, with its namespaces."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from url_names(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def test_every_address_stands_in_the_table():
    assert {line.url_name for line in LINES} == set(url_names(get_resolver()))


def test_no_line_stands_twice():
    keys = [(line.url_name, line.target, line.method) for line in LINES]
    assert len(keys) == len(set(keys))


def test_permissions_page_is_rendered_from_the_table():
    assert DOCUMENT.read_text(encoding="utf-8") == render()


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all lines, since every cell undoes what it did; building it takes longest."""
    with django_db_blocker.unblock(), override_settings(**DEMONSTRATION), transaction.atomic():
        world = matrix_world()
        world.visitors = Visitors(world)
        with refusals_untold():
            yield world
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.method}-{line.url_name}")
@override_settings(**DEMONSTRATION)
def test_line(line, world):
    args, data = TARGETS[line.target](world)
    address = reverse(line.url_name, args=args)
    found, faults = {}, {}
    for column in COLUMNS:
        response = world.visitors.ask(column, line.method, address, data)
        found[column] = response.status_code
        faults[column] = faults_of_answer(response)
    assert found == line.expected
    assert not any(faults.values()), faults


def test_faults_of_markup_are_seen():
    """The negative control of the watch over every page above."""
    assert faults_of('<script src="/static/a.js"></script><img src="data:x"><a href="//b">') == []
    for html in (
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        '<p style="color: red">',
        '<svg onload="x()">',
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/a.css">',
        '<a href="javascript:x()">',
    ):
        assert faults_of(html), html
