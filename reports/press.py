"""The press: HTML to PDF by WeasyPrint, in a process of its own, with limits.

It is run as a program and knows nothing of the portal: no settings, no database, no secret. It
reads one order (JSON) from its input and writes the PDF to its output.
"""

import json
import logging
import os
import resource
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

# How the process ends when the document needs more memory than it may use.
OUT_OF_MEMORY = 3
# A document may wait for whoever is at a page; nobody at a page waits for a document.
NICENESS = 10

# Ten lines a page at level INFO.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


class FontsOnly(URLFetcher):
    """Serves the font files by their exact address and refuses every other address.

    SECURITY: words of users stand in documents. Should one of them ever reach the page unescaped,
    it still reads no file, reaches no network and attaches nothing.
    """

    def __init__(self, addresses):
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._addresses = frozenset(addresses)
        self.served = set()

    def fetch(self, url, headers=None):
        if url not in self._addresses:
            raise ValueError(f"a document may fetch nothing but its fonts: {url[:200]}")
        font = Path(unquote(url.removeprefix("file://"))).read_bytes()
        self.served.add(url)
        return URLFetcherResponse(url, body=font, headers={"Content-Type": "font/ttf"})


@cache
def _set_up(style: str, fonts: tuple[str, ...]):
    """Fetcher, fonts and parsed style sheet, once a process and style: without the reuse a
    document takes four times the memory."""
    fetcher, configuration = FontsOnly(fonts), FontConfiguration()
    sheet = CSS(string=style, url_fetcher=fetcher, font_config=configuration)
    # WeasyPrint only warns, and draws with whatever font the machine has.
    if missing := set(fonts) - fetcher.served:
        raise ValueError(f"these fonts could not be read: {sorted(missing)}")
    return fetcher, configuration, sheet


def typeset(*, html: str, style: str, fonts: tuple[str, ...]) -> bytes:
    """The document as a tagged PDF (PDF/UA-1) with embedded, subset fonts and bookmarks.

    `html`: a whole page with `lang` and a title. `style`: CSS. `fonts`: the addresses (file:) that
    the style sheet may fetch, as they stand in it.
    """
    fetcher, configuration, sheet = _set_up(style, fonts)
    return HTML(string=html, url_fetcher=fetcher).write_pdf(
        stylesheets=[sheet], font_config=configuration, pdf_variant="pdf/ua-1"
    )


def main() -> int:
    os.nice(NICENESS)
    order = json.load(sys.stdin.buffer)
    memory, seconds = order["memory"], order["seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        content = typeset(html=order["html"], style=order["style"], fonts=tuple(order["fonts"]))
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.buffer.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
