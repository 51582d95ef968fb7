"""The people of the access matrix at their browsers; what each does is undone at once."""

from http.cookies import SimpleCookie

from django.db import transaction
from django.test import Client

from tests.access_matrix import ACTORS


class _Undo(Exception):
    """Ends one request's transaction."""


class Visitors:
    """Signs everybody in once; `ask` sends one request as one of them."""

    def __init__(self, world):
        self.cookies = {}
        for column, (attribute, _label) in ACTORS.items():
            client = Client()
            if attribute:
                client.force_login(getattr(world, attribute))
            self.cookies[column] = client.cookies.output(header="", sep=";")

    def ask(self, column, method, address, data=None):
        """The answer to one request; the database is as before."""
        client = Client()
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
