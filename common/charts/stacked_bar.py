"""A bar of parts that add up: done, late, overdue, open."""

from django.utils.safestring import SafeString

from common.charts import svg

WIDTH, HEIGHT = 400, 12


def stacked_bar(parts: list[tuple[str, int, str]], *, title: str) -> SafeString:
    """`parts`: (name, count, colour) from left to right; the description names them all."""
    whole = sum(count for _name, count, _colour in parts) or 1
    shown, start = [svg.rect(0, 0, WIDTH, HEIGHT, "#e6ebf1")], 0
    for _name, count, colour in parts:
        if count:
            # Edges are computed from the sums, so that rounding leaves no gap.
            left, right = start * WIDTH / whole, (start + count) * WIDTH / whole
            shown.append(svg.rect(left, 0, right - left, HEIGHT, colour, stroke="#ffffff"))
        start += count
    description = ", ".join(f"{name} {count}" for name, count, _colour in parts if count)
    return svg.drawing(WIDTH, HEIGHT, title, description, shown)
