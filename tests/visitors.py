"""The people of the access matrix at their browsers; what each does is undone at once."""

import logging
from contextlib import contextmanager
from http.cookies import SimpleCookie

from django.db import transaction
from django.test import Client

from tests.access_matrix import ACTORS


@contextmanager
def refusals_untold():
    """Not a line in the log for each of the many thousand refusals that are asked for."""
    logger = logging.getLogger("django.request")
    before = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(before)


class _Undo(Exception):
    """Ends one request's transaction."""


class _Browser(Client):
    """The test client, but without its copy of each template's context. An error in the portal is
    an answer with status 500, and its traceback stands in the log."""

    def request(self, **request):
        return self.handler(self._base_environ(**request))


class Visitors:
    """Signs everybody in once; `ask` sends one request as one of them.

    All share one client and with it one chain of middleware: loading it anew for each request
    takes longer than most answers. Only the cookies make a person."""

    def __init__(self, world):
        self.client, self.cookies = _Browser(), {}
        for column, (attribute, _label) in ACTORS.items():
            self.admit(column, attribute and getattr(world, attribute))

    def admit(self, column, user=None):
        """Let somebody else ask, under a name of their own."""
        client = Client()
        if user:
            client.force_login(user)
        self.cookies[column] = client.cookies.output(header="", sep=";")

    def ask(self, column, method, address, data=None):
        """The answer to one request; the database is as before."""
        client = self.client
        client.cookies = SimpleCookie(self.cookies[column])
        try:
            with transaction.atomic():
                if method in ("GET", "HEAD"):
                    response = client.generic(method, address)
                elif method == "POST":
                    response = client.post(address, data or {})
                else:
                    response = client.generic(method, address)
                raise _Undo
        except _Undo:
            return response
