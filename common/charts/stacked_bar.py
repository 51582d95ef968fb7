"""A bar of parts that add up: done, late, overdue, open. From dark to light, so that it survives a
copy in black and white."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 400, 14


def stacked_bar(parts: list[tuple[str, int, str]], *, title: str) -> SafeString:
    """`parts`: (name, count, colour) from left to right; SVG, presentation attributes only."""
    whole = sum(count for _name, count, _colour in parts) or 1
    shown, start = [], 0
    for name, count, colour in parts:
        if count:
            # Edges are computed from the sums, so that rounding leaves no gap.
            left, right = start * WIDTH / whole, (start + count) * WIDTH / whole
            shown.append((f"{left:.1f}", f"{right - left:.1f}", HEIGHT, colour, name, count))
        start += count
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"'
        ' preserveAspectRatio="none" class="chart stacked-bar"><title>{}</title>'
        '<rect width="{}" height="{}" fill="#e6ebf1"/>{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        WIDTH,
        HEIGHT,
        format_html_join(
            "",
            '<rect x="{}" y="0" width="{}" height="{}" fill="{}" stroke="#ffffff"'
            ' stroke-width="1"><title>{}: {}</title></rect>',
            shown,
        ),
    )
