"""A secret visit that is not released stands on no page of the portal but the province's own."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from evaluations.services.secret_visits import Seen, add_observation
from tests.access_matrix import COLUMNS, read_table
from tests.factories import NOW
from tests.matrix_world import TARGETS, matrix_world
from tests.visitors import Visitors, refusals_untold

pytestmark = pytest.mark.one_database

MARK = b"UNRELEASED"
PROVINCE = {"padm", "poff", "lead"}
# Of those outside the province, who sees most of the visited station.
OUTSIDE = ("pref", "cnty", "stat")
LISTS = ("", "?q=410122", "?station=410122-1", "?source=secret_visit", "?kind=secret_visit")


def texts_of(response) -> bytes:
    """The whole answer; a workbook or archive unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] != b"PK":
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.long
@pytest.mark.django_db
@override_settings(DEMONSTRATION=True, PORTAL_TODAY="2014-10-25")
def test_no_address_shows_an_unreleased_visit_below_the_province():
    assert set(OUTSIDE) <= set(COLUMNS) - PROVINCE
    world = matrix_world()
    visit, mark = world.visit, MARK.decode()
    visit.visitors, visit.summary = f"{mark} visitors", f"{mark} summary"
    visit.save()
    file = SimpleUploadedFile(f"{mark}.pdf", b"%PDF-1.4 UNRELEASED\n%%EOF", "application/pdf")
    seen = Seen(category="service", text=f"{mark} problem", files=(file,))
    add_observation(visit=visit, seen=seen, by=world.province_officer, now=NOW)
    visitors, shown, asked = Visitors(world), set(), 0
    with refusals_untold():
        for line in read_table():
            if line.method != "GET":
                continue
            args, _data = TARGETS[line.target](world)
            address = reverse(line.url_name, args=args)
            for query in LISTS if line.target == "-" else LISTS[:1]:
                for column in OUTSIDE:
                    if line.expected[column] != 200:
                        continue
                    asked += 1
                    if MARK in texts_of(visitors.ask(column, "GET", address + query)):
                        shown.add((line.url_name, column, query))
        # The control: the province's own page shows it, so the mark would have been found.
        own = reverse("evaluations:secret-visit", args=[visit.pk])
        assert MARK in texts_of(visitors.ask("poff", "GET", own))
        evidence = visit.observations.get().evidence.get()
        for column in set(COLUMNS) - PROVINCE - {"anon"}:
            for hidden in (own, reverse("evaluations:evidence", args=[evidence.pk])):
                assert visitors.ask(column, "GET", hidden).status_code in (403, 404), column
    assert shown == set()
    assert asked > 200
