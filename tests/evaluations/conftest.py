"""The small province, its files, and sign-ins."""

import io
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests import factories


@pytest.fixture
def world(db):
    return factories.small_province()


@pytest.fixture
def sign_in(monkeypatch):
    """`sign_in(user)`: a client that stands at the factories' moment."""
    monkeypatch.setattr("common.clock.now", lambda: factories.NOW)

    def client_of(user):
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def files():
    """`files.jpg()`: a new upload each time, with the place where it was taken in its metadata."""

    def jpg(name="photo.jpg"):
        target = io.BytesIO()
        exif = Image.Exif()
        exif[0x010E] = "secret place"
        Image.new("RGB", (8, 8), "red").save(target, "JPEG", exif=exif)
        return SimpleUploadedFile(name, target.getvalue())

    def pdf(name="report.pdf"):
        return SimpleUploadedFile(name, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n")

    return SimpleNamespace(jpg=jpg, pdf=pdf)
