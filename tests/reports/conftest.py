"""What tests of reports share."""

import pytest

from tests.reports.papers import print_pdf


@pytest.fixture
def quick_press(monkeypatch):
    """Documents are printed in the test's own process, which saves each a second or two: for tests
    of what becomes of a document, not of how it is printed."""

    def print_here(html, style, *, pulse):
        pulse()
        return print_pdf(html, style)

    monkeypatch.setattr("reports.papers.base.render_pdf", print_here)
