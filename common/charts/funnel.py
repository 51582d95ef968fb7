"""A funnel plot: scores against the number of answers, with the limits that chance explains.

Source: Spiegelhalter 2005 (Funnel plots for comparing institutional performance): limits at 95%
and 99.8% around the mean, by what is usual for one answer.
"""

from dataclasses import dataclass
from math import ceil, floor, sqrt

from django.utils.safestring import SafeString

from common.charts import svg

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 390, 44, 12, 22, 40
LIMITS = ((1.959964, "none"), (3.090232, "4 3"))


@dataclass(frozen=True)
class Point:
    """A station: how many answers, its score; `outside` the outer limits it is drawn larger."""

    answers: int
    score: float
    outside: bool = False


def funnel(
    *, points: list[Point], mean: float, spread: float, title, across, upwards, description
) -> SafeString:
    """`spread`: standard deviation of a single answer's share in the score, in points."""
    most = max((point.answers for point in points), default=1)
    scores = [point.score for point in points] or [mean]
    first, last = floor(min(*scores, mean) - 1), min(ceil(max(*scores, mean) + 1), 101)

    def x(answers):
        return LEFT + (WIDTH - LEFT - RIGHT) * answers / most

    def y(score):
        shown = min(max(score, first), last)
        return TOP + (HEIGHT - TOP - BOTTOM) * (last - shown) / (last - first)

    parts = [svg.line(LEFT, y(mean), WIDTH - RIGHT, y(mean), svg.INK)]
    steps = sorted({max(1, round(most * part / 60)) for part in range(1, 61)})
    for reach, dashes in LIMITS:
        for sign in (1, -1):
            ends = [(x(n), y(mean + sign * reach * spread / sqrt(n))) for n in steps]
            for (x1, y1), (x2, y2) in zip(ends, ends[1:], strict=False):
                parts.append(svg.line(x1, y1, x2, y2, svg.QUIET, 1, dashes))
    for point in points:
        size = 5 if point.outside else 3
        ink = svg.RED if point.outside else svg.INK
        left, top = x(point.answers) - size / 2, y(point.score) - size / 2
        parts.append(svg.rect(left, top, size, size, ink if point.outside else "none", stroke=ink))
    floor_line = HEIGHT - BOTTOM
    parts.append(svg.line(LEFT, floor_line, WIDTH - RIGHT, floor_line))
    parts.append(svg.line(LEFT, TOP, LEFT, floor_line))
    for answers in sorted({0, most // 2, most}):
        parts.append(svg.text(x(answers), floor_line + 14, answers, anchor="middle"))
    for score in sorted({first, (first + last) // 2, last}):
        parts.append(svg.text(LEFT - 6, y(score) + 3, score, anchor="end"))
    parts.append(svg.text((LEFT + WIDTH) / 2, HEIGHT - 6, across, size=10, anchor="middle"))
    parts.append(svg.text(LEFT, TOP - 8, upwards, size=10))
    return svg.drawing(WIDTH, HEIGHT, title, description, parts)
