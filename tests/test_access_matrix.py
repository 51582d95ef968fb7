"""Every address × every role, and no address that the table does not know."""

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access_matrix import ACTORS, COLUMNS, DOCUMENT, read_table, render
from tests.matrix_world import TARGETS, matrix_world

LINES = read_table()


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


@pytest.mark.django_db
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.method}-{line.url_name}")
def test_line(line, client, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    world = matrix_world()
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
