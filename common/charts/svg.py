"""What every chart is drawn with."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

INK, QUIET, LINE, PALE, RED = "#16345c", "#5b6878", "#b6c2d0", "#d3dce7", "#c8102e"
# "Hei" is the documents' face; a browser takes its own.
FACE = "Hei, sans-serif"


def drawing(width: int, height: int, title, description, parts, *, role="img") -> SafeString:
    """The whole picture. `title` and `description` are its text alternative. `role`: "group" where
    parts are links, which a reader of the screen does not look for inside an "img"."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="{}" '
        'font-family="{}" class="chart"><title>{}</title><desc>{}</desc>{}</svg>',
        width,
        height,
        role,
        FACE,
        title,
        description,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def text(x, y, words, *, size=9, anchor="start", fill=QUIET, weight=400) -> SafeString:
    return format_html(
        '<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}" font-weight="{}">{}</text>',
        _n(x), _n(y), size, anchor, fill, weight, words,
    )  # fmt: skip


def rect(x, y, width, height, fill, *, stroke="none") -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"/>',
        _n(x), _n(y), _n(max(width, 0)), _n(max(height, 0)), fill, stroke,
    )  # fmt: skip


def line(x1, y1, x2, y2, stroke=LINE, width=1, dashes="none") -> SafeString:
    return format_html(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}" '
        'stroke-dasharray="{}"/>',
        _n(x1), _n(y1), _n(x2), _n(y2), stroke, width, dashes,
    )  # fmt: skip


def shape(points, fill, stroke="none") -> SafeString:
    """A closed shape through (x, y) points."""
    joined = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    return format_html('<polygon points="{}" fill="{}" stroke="{}"/>', joined, fill, stroke)


def width_of(words, size) -> float:
    """About how wide `words` are drawn: a Chinese sign fills its square, a Latin one half of it."""
    return sum(size if ord(sign) > 0x2E7F else 0.54 * size for sign in str(words))


def fitting(words, size, room) -> str:
    """`words`, or as much of them as fits, with an ellipsis."""
    words = str(words)
    if width_of(words, size) <= room:
        return words
    while words and width_of(words, size) > room - size:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _n(number) -> str:
    """A coordinate: two places, without needless zeros."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")
