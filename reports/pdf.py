"""Orders for the press (`reports.press`), which works in a process of its own.

A document that asks for too much ends its own process: not the worker, and not the next document.
Web pages never load WeasyPrint, whose system libraries they do not need.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from reports.fonts import FACES, font_face_rules, missing_fonts

logger = logging.getLogger(__name__)

# How the press ends when a document needs too much memory (`press.OUT_OF_MEMORY`, which is not
# imported: this module must not load WeasyPrint).
OUT_OF_MEMORY = 3
# Processor time of a document, and its time by the clock: below Celery's limit for a task.
PRESS_SECONDS = 300
CLOCK_SECONDS = 540
PRESS_BYTES = 2 * 1024**3
# How often the caller is asked whether the document is still wanted.
PULSE_SECONDS = 2.0
# All that the press learns of its surroundings: where libraries and fonts are.
SURROUNDINGS = ("PATH", "LANG", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")


class Style(StrEnum):
    """The style sheets of the documents."""

    HOUSE = "house.css"
    OFFICIAL = "official.css"
    POSTER = "poster.css"
    SLIPS = "slips.css"


class FontsMissing(Exception):
    """The faces of the documents are not installed; the message names them (translated)."""


class TooLarge(Exception):
    """The document ran into a limit of time or memory; the message says which (translated)."""


def order_for(html: str, style: Style) -> dict:
    """What the press needs: the page, the style sheet with the faces, and their addresses.

    Raises `FontsMissing`.
    """
    missing = missing_fonts()
    if missing:
        raise FontsMissing(
            _("The fonts of the documents are not installed: %(faces)s.")
            % {"faces": ", ".join(missing)}
        )
    addresses = sorted({face.path.as_uri() for face in FACES})
    return {"html": html, "style": font_face_rules() + _sheet(style), "fonts": addresses}


@cache
def _sheet(style: Style) -> str:
    return Path(__file__).with_name("styles").joinpath(style).read_text(encoding="utf-8")


def render_pdf(
    html: str,
    style: Style = Style.HOUSE,
    *,
    pulse: Callable[[], None] = lambda: None,
    memory: int = PRESS_BYTES,
    seconds: int = PRESS_SECONDS,
    clock_seconds: int = CLOCK_SECONDS,
) -> bytes:
    """The document as a PDF, see `press.typeset`. `pulse` is called every two seconds; what it
    raises stops the press. `memory`: bytes; `seconds`: of processor time. Raises `FontsMissing` and
    `TooLarge`."""
    order = order_for(html, style) | {"memory": memory, "seconds": seconds}
    surroundings = {name: os.environ[name] for name in SURROUNDINGS if name in os.environ}
    surroundings |= {name: value for name, value in os.environ.items() if "FONTCONFIG" in name}
    # A file, not a pipe: `communicate` forgets the rest of its input when it is called again after
    # a timeout, and the press would wait for it for ever.
    with tempfile.TemporaryFile() as letter:
        letter.write(json.dumps(order).encode())
        letter.seek(0)
        press = subprocess.Popen(
            [sys.executable, "-m", "reports.press"],
            cwd=settings.BASE_DIR,
            env=surroundings,
            stdin=letter,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    content, errors = _await(press, pulse, clock_seconds)
    if press.returncode == 0:
        return content
    logger.warning("the press ended with %s: %s", press.returncode, errors[-2000:].decode())
    if press.returncode == OUT_OF_MEMORY or b"MemoryError" in errors:
        raise TooLarge(
            _(
                "The document needs more memory than one may use (%(size)s MB). Ask for it unit by "
                "unit."
            )
            % {"size": memory // 1024**2}
        )
    if press.returncode < 0:
        raise TooLarge(_too_long(seconds))
    raise RuntimeError(f"the press ended with {press.returncode}")


def _await(press, pulse, clock_seconds: int) -> tuple[bytes, bytes]:
    """What the press prints and says; whatever happens, it is gone afterwards."""
    ends = time.monotonic() + clock_seconds
    try:
        while True:
            try:
                return press.communicate(timeout=PULSE_SECONDS)
            except subprocess.TimeoutExpired:
                if time.monotonic() > ends:
                    raise TooLarge(_too_long(clock_seconds)) from None
                pulse()
    finally:
        press.kill()
        press.wait()


def _too_long(seconds: int) -> str:
    return _(
        "Drawing the document took longer than %(seconds)s seconds. Ask for it unit by unit."
    ) % {"seconds": seconds}
