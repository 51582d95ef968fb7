"""Every address × every role, and no address that the table does not know."""

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access_matrix import ACTORS, COLUMNS, DOCUMENT, read_table, render
from tests.matrix_world import TARGETS, matrix_world

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


class Undo(Exception):
    """Ends one cell's transaction."""


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all lines, since every cell undoes what it did; building it takes longest."""
    with django_db_blocker.unblock(), override_settings(**DEMONSTRATION), transaction.atomic():
        yield matrix_world()
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.method}-{line.url_name}")
@override_settings(**DEMONSTRATION)
def test_line(line, world, client):
    found = {}
    for column in COLUMNS:
        attribute, _ = ACTORS[column]
        try:
            with transaction.atomic():
                found[column] = answer(client, line, world, attribute)
                raise Undo
        except Undo:
            pass
    assert found == line.expected


def answer(client, line, world, attribute):
    """The status that one person gets; what was done is undone afterwards."""
    client.logout()
    if attribute:
        client.force_login(getattr(world, attribute))
    args, data = TARGETS[line.target](world)
    address = reverse(line.url_name, args=args)
    if line.method == "GET":
        return client.get(address).status_code
    return client.post(address, data).status_code
