"""A tile map: one square for each unit, roughly where it lies, with its figure; readable without
colour, because the figure says what the shade says, and a frame what is worth a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.charts import svg

SIZE, GAP, FRAME = 74, 5, 4
# From light to dark, so that the order survives a black and white copy; text turns white on the
# darkest two.
SHADES = ("#ffffff", "#e3eef7", "#b9d3e8", "#79a8cf", "#2f6ea5", "#16345c")
DARK_FROM = 4
# From which share each darker shade begins: the differences lie near the end.
FLOORS = (1, 50, 75, 90, 97)
TEXT_WIDTH = 5


@dataclass(frozen=True)
class Tile:
    """`column` and `row` count from 0 at the upper left. `share`: 0 to 100, or None where there is
    nothing to measure; `figure`: how it reads, per cent unless it says otherwise. `mark`: draws a
    thick frame, for what is worth a look (`why` says so)."""

    column: int
    row: int
    name: str
    share: Decimal | int | None
    address: str = ""
    mark: bool = False
    why: str = ""
    figure: str = ""


def tile_map(
    tiles: list[Tile], *, title: str, description: str, floors: Sequence = FLOORS
) -> SafeString:
    """The map; each tile says its figure in words too. `floors`: from which share each darker shade
    begins, five of them."""
    width = (max((tile.column for tile in tiles), default=0) + 1) * (SIZE + GAP)
    height = (max((tile.row for tile in tiles), default=0) + 1) * (SIZE + GAP)
    parts = [_tile(tile, floors) for tile in tiles]
    role = "group" if any(tile.address for tile in tiles) else "img"
    return svg.drawing(width, height, title, description, parts, role=role)


def short_name(name: str) -> str:
    """A bureau's name without what all of them end with."""
    return name.removesuffix("安全监管局").removesuffix("市").removesuffix("县")


def _tile(tile: Tile, floors) -> SafeString:
    x, y = tile.column * (SIZE + GAP), tile.row * (SIZE + GAP)
    middle = x + SIZE / 2
    shade = 0 if tile.share is None else sum(tile.share >= floor for floor in floors)
    ink = "#ffffff" if shade >= DARK_FROM else "#1d2733"
    figure = "–" if tile.share is None else tile.figure or f"{tile.share}%"
    name = tile.name if len(tile.name) <= TEXT_WIDTH else f"{tile.name[: TEXT_WIDTH - 1]}…"
    frame = FRAME if tile.mark else 1
    body = format_html(
        "<g><title>{}: {}{}</title>{}{}{}{}</g>",
        tile.name,
        figure,
        f", {tile.why}" if tile.why else "",
        svg.rect(x, y, SIZE, SIZE, svg.RED if tile.mark else svg.QUIET),
        svg.rect(x + frame, y + frame, SIZE - 2 * frame, SIZE - 2 * frame, SHADES[shade]),
        svg.text(middle, y + 31, name, size=13, anchor="middle", fill=ink),
        svg.text(middle, y + 54, figure, size=17, anchor="middle", fill=ink, weight=700),
    )
    return format_html('<a href="{}">{}</a>', tile.address, body) if tile.address else body
