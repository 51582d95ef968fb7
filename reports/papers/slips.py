"""Slips with one-time codes: A4, ten a page, to be cut apart.

No kept paper, unlike the others: codes stand nowhere in the portal, so the slips are drawn while
their codes are on the issuer's screen, and handed out at once (docs/adr/0038).
"""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.translation import get_language

from reports.papers.base import qr
from reports.pdf import Style, render_pdf
from surveys.models import BallotBatch
from surveys.slips import Slip, slips

SECONDS = 60


def slips_html(batch: BallotBatch, codes: Sequence[str]) -> str:
    """The page that is printed."""
    drawn = [(slip, _qr(slip)) for slip in slips(batch, codes)]
    context = {"batch": batch, "slips": drawn, "language": get_language()}
    return render_to_string("reports/pdf/slips.html", context)


def slips_pdf(batch: BallotBatch, codes: Sequence[str]) -> bytes:
    """The PDF. Raises `FontsMissing` and `TooLarge`."""
    return render_pdf(slips_html(batch, codes), Style.SLIPS, seconds=SECONDS)


def _qr(slip: Slip):
    return qr(slip.address, border=1)
