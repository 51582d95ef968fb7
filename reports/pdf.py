"""HTML to PDF by WeasyPrint: nothing is fetched but the faces of `reports.fonts`.

Only the worker imports this module: WeasyPrint brings system libraries that web pages do not need.
"""

import logging
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports.fonts import FACES, font_face_rules, missing_fonts

# Ten lines a page at level INFO.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

HOUSE_STYLE = Path(__file__).with_name("house.css")


class FontsMissing(Exception):
    """The faces of the documents are not installed; the message names them (translated)."""


class FontsOnly(URLFetcher):
    """Serves the font files by their exact address and refuses every other address.

    SECURITY: words of users stand in documents. Should one of them ever reach the page unescaped,
    it still reads no file, reaches no network and attaches nothing.
    """

    def __init__(self):
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._paths = {face.path.as_uri(): face.path for face in FACES}

    def fetch(self, url, headers=None):
        path = self._paths.get(url)
        if path is None:
            raise ValueError(f"a document may fetch nothing but its fonts: {url[:200]}")
        return URLFetcherResponse(url, body=path.open("rb"), headers={"Content-Type": "font/ttf"})


@cache
def _press():
    """Fetcher, fonts and parsed style sheet, once per process: without the reuse a report takes
    four times the memory."""
    fetcher, fonts = FontsOnly(), FontConfiguration()
    text = font_face_rules() + HOUSE_STYLE.read_text(encoding="utf-8")
    return fetcher, fonts, CSS(string=text, url_fetcher=fetcher, font_config=fonts)


def render_pdf(html: str) -> bytes:
    """The document as a tagged PDF (PDF/UA-1) with embedded, subset fonts and bookmarks.

    `html` is a whole page with `lang` and a title. Raises `FontsMissing`.
    """
    missing = missing_fonts()
    if missing:
        raise FontsMissing(
            _("The fonts of the documents are not installed: %(faces)s.")
            % {"faces": ", ".join(missing)}
        )
    fetcher, fonts, style = _press()
    return HTML(string=html, url_fetcher=fetcher).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1"
    )
