"""Scores with their 95% intervals, one below the other: what can be told apart, and what not."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

from django.utils.safestring import SafeString

from common.charts import svg

WIDTH, ROW, RIGHT, HEAD, SIZE = 480, 18, 56, 4, 8.5
# Room for the labels.
NARROWEST, WIDEST = 168, 220


@dataclass(frozen=True)
class Interval:
    """`low` and `high` None: the score without an interval. `own`: the one that is looked at."""

    label: str
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    own: bool = False


def intervals(rows: list[Interval], title: str) -> SafeString:
    """A dot and a whisker a row, on one scale."""
    ends = [end for row in rows for end in (row.low, row.high, row.value) if end is not None]
    first, last = floor(min(ends, default=0)), ceil(max(ends, default=100))
    last = max(last, first + 1)
    longest = max((svg.width_of(row.label, SIZE) for row in rows), default=0)
    left = min(max(longest + 12, NARROWEST), WIDEST)
    scale = (WIDTH - left - RIGHT) / (last - first)
    height = HEAD + ROW * len(rows) + 16

    def x(value):
        return left + (float(value) - first) * scale

    parts = []
    for mark in sorted({first, (first + last) // 2, last}):
        parts.append(svg.line(x(mark), HEAD, x(mark), height - 14))
        parts.append(svg.text(x(mark), height - 3, mark, size=8, anchor="middle"))
    for number, row in enumerate(rows):
        parts += _row(row, HEAD + number * ROW + ROW / 2, x, left)
    told = "; ".join(
        f"{row.label}: {row.value}" + (f" ({row.low}–{row.high})" if row.low is not None else "")
        for row in rows
    )
    return svg.drawing(WIDTH, height, title, told, parts)


def _row(row: Interval, middle, x, left):
    ink, weight = (svg.RED, 700) if row.own else (svg.INK, 400)
    label = svg.fitting(row.label, SIZE, left - 10)
    yield svg.text(left - 8, middle + 3, label, size=SIZE, anchor="end", fill=ink, weight=weight)
    if row.low is not None:
        yield svg.line(x(row.low), middle, x(row.high), middle, ink, 1.6)
        for end in (row.low, row.high):
            yield svg.line(x(end), middle - 4, x(end), middle + 4, ink, 1.2)
    # The one that is looked at has a square: colour alone tells nobody apart in print.
    if row.own:
        yield svg.rect(x(row.value) - 4, middle - 4, 8, 8, ink)
    else:
        yield svg.shape(_dot(x(row.value), middle), ink)
    yield svg.text(
        WIDTH - 2, middle + 3, row.value, size=SIZE, anchor="end", fill=ink, weight=weight
    )


def _dot(x, y):
    return [(x - 3.2, y), (x, y - 3.2), (x + 3.2, y), (x, y + 3.2)]
