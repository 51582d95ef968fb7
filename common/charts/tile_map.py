"""A tile map: one square for each unit, roughly where it lies, with its figure; readable without
colour, because the figure and the hatching say what the shade says."""

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SIZE, GAP = 74, 4
# From light to dark, so that the order survives a black and white copy; text turns white on the
# darkest two.
SHADES = ("#ffffff", "#e3eef7", "#b9d3e8", "#79a8cf", "#2f6ea5", "#16345c")
DARK_FROM = 4
TEXT_WIDTH = 5


@dataclass(frozen=True)
class Tile:
    """`column` and `row` count from 0 at the upper left. `share`: 0 to 100, or None where there is
    nothing to measure. `mark`: draws a thick frame, for what is worth a look (`why` says so)."""

    column: int
    row: int
    name: str
    share: int | None
    address: str = ""
    mark: bool = False
    why: str = ""


def tile_map(tiles: list[Tile], *, title: str, description: str) -> SafeString:
    """The map as SVG; presentation attributes only, no style and no script."""
    width = (max((tile.column for tile in tiles), default=0) + 1) * (SIZE + GAP)
    height = (max((tile.row for tile in tiles), default=0) + 1) * (SIZE + GAP)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" height="{}"'
        ' role="img" class="chart tile-map"><title>{}</title><desc>{}</desc>{}</svg>',
        width,
        height,
        width,
        height,
        title,
        description,
        format_html_join("", "{}", ((_tile(tile),) for tile in tiles)),
    )


def _tile(tile: Tile) -> SafeString:
    x, y = tile.column * (SIZE + GAP), tile.row * (SIZE + GAP)
    shade = 0 if tile.share is None else min(tile.share // 20 + (tile.share > 0), 5)
    ink = "#ffffff" if shade >= DARK_FROM else "#1d2733"
    figure = "–" if tile.share is None else f"{tile.share}%"
    name = tile.name if len(tile.name) <= TEXT_WIDTH else f"{tile.name[: TEXT_WIDTH - 1]}…"
    body = format_html(
        '<title>{}: {}{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="5" fill="{}"'
        ' stroke="{}" stroke-width="{}"/>'
        '<text x="{}" y="{}" font-size="13" text-anchor="middle" fill="{}">{}</text>'
        '<text x="{}" y="{}" font-size="17" font-weight="700" text-anchor="middle"'
        ' fill="{}">{}</text>',
        tile.name,
        figure,
        f", {tile.why}" if tile.why else "",
        x + 2,
        y + 2,
        SIZE - 4,
        SIZE - 4,
        SHADES[shade],
        "#c8102e" if tile.mark else "#5b6878",
        4 if tile.mark else 1,
        x + SIZE // 2,
        y + 30,
        ink,
        name,
        x + SIZE // 2,
        y + 54,
        ink,
        figure,
    )
    if not tile.address:
        return body
    return format_html('<a href="{}">{}</a>', tile.address, body)
