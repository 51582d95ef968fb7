"""A score with its interval, small enough for the cell of a table."""

from django.utils.safestring import SafeString

from common.charts import svg

WIDTH, HEIGHT = 120, 16


def score_bar(value, low, high, *, first: float, last: float, description) -> SafeString:
    """A mark for the score and a line for its interval, on a scale from `first` to `last`."""

    def x(score):
        share = (float(score) - first) / max(last - first, 1e-9)
        return 3 + (WIDTH - 6) * min(max(share, 0.0), 1.0)

    middle = HEIGHT / 2
    parts = [svg.line(3, middle, WIDTH - 3, middle, svg.PALE)]
    if low is not None:
        parts.append(svg.line(x(low), middle, x(high), middle, svg.QUIET, 4))
    parts.append(svg.rect(x(value) - 1.5, 2, 3, HEIGHT - 4, svg.INK))
    return svg.drawing(WIDTH, HEIGHT, value, description, parts)
