"""How a series of scores is spread, and where one stands in it."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from math import floor

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.charts import svg

WIDTH, HEIGHT, FLOOR, TOP, LEFT = 480, 150, 124, 26, 30
# Points a bar.
STEP = 2


def distribution(values: Iterable[Decimal], own: Decimal | None, title: str) -> SafeString:
    """Bars of two points each over the scores (0 to 100). `own`: the one that is marked by a dark
    bar and a pointer; None: none."""
    bins = Counter(_bin(value) for value in values)
    first, last = (min(bins), max(bins)) if bins else (0, 100 // STEP - 1)
    width = (WIDTH - LEFT - 8) / (last - first + 1)
    highest = max(bins.values(), default=1)
    parts = [svg.line(LEFT, FLOOR, WIDTH - 8, FLOOR, svg.QUIET)]
    for place in range(first, last + 1):
        height = bins[place] / highest * (FLOOR - TOP - 4)
        mine = own is not None and _bin(own) == place
        x = LEFT + (place - first) * width
        fill, edge = (svg.INK, svg.INK) if mine else (svg.PALE, svg.LINE)
        parts.append(svg.rect(x + 1, FLOOR - height, width - 2, height, fill, stroke=edge))
        if (last - first) < 14 or place % 5 == 0:
            parts.append(svg.text(x, FLOOR + 12, place * STEP, size=8, anchor="middle"))
    parts.append(svg.text(LEFT - 4, TOP + 8, highest, size=8, anchor="end"))
    parts.append(svg.text(LEFT - 4, FLOOR, 0, size=8, anchor="end"))
    parts.append(svg.text(WIDTH - 8, HEIGHT - 2, _("points"), size=8, anchor="end"))
    if own is not None:
        x = LEFT + (float(own) / STEP - first) * width
        parts += _pointer(x, own)
    return svg.drawing(WIDTH, HEIGHT, title, _told(bins, own), parts)


def _bin(value: Decimal) -> int:
    return min(floor(value / STEP), 100 // STEP - 1)


def _pointer(x, own):
    """A red line with a foot and its figure, on the side where there is room."""
    anchor, dx = ("start", 5) if x < WIDTH / 2 else ("end", -5)
    yield svg.line(x, 6, x, FLOOR, svg.RED, 1.4)
    yield svg.shape([(x - 4, FLOOR + 7), (x + 4, FLOOR + 7), (x, FLOOR)], svg.RED)
    yield svg.text(x + dx, 14, own, size=11, anchor=anchor, fill=svg.RED, weight=700)


def _told(bins, own) -> str:
    bars = "; ".join(
        f"{place * STEP}–{place * STEP + STEP}: {bins[place]}" for place in sorted(bins)
    )
    return f"{bars}. {_('This one')}: {own}" if own is not None else bars
