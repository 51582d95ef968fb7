"""The profile of a station: how much of each area's points it reached, checked and by its own
account."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.charts import svg

ROW, WIDTH, HEAD, SIZE = 24, 480, 22, 9
# Room for the labels, and for the figures on the right.
NARROWEST, WIDEST, RIGHT = 92, 190, 84


@dataclass(frozen=True)
class AreaShare:
    """Per cent of an area's points: by the check, by the station itself; None: not yet."""

    label: str
    checked: Decimal | None
    own: Decimal | None


def area_profile(areas: list[AreaShare], title: str) -> SafeString:
    """A bar an area for the check, and a hollow diamond for the station's own account."""
    height = HEAD + ROW * len(areas) + 16
    longest = max((svg.width_of(area.label, SIZE) for area in areas), default=0)
    left = min(max(longest + 12, NARROWEST), WIDEST)
    scale = (WIDTH - left - RIGHT) / 100
    parts = [_legend(left)]
    for percent in (0, 50, 100):
        x = left + percent * scale
        parts.append(svg.line(x, HEAD - 2, x, height - 16))
        parts.append(svg.text(x, height - 4, f"{percent}%", size=8, anchor="middle"))
    for number, area in enumerate(areas):
        parts += _row(HEAD + number * ROW, area, left, scale)
    told = "; ".join(f"{area.label}: {_share(area.checked)} / {_share(area.own)}" for area in areas)
    return svg.drawing(WIDTH, height, title, told, parts)


def _legend(left):
    return format_html_join(
        "",
        "{}",
        (
            (part,)
            for part in (
                svg.rect(left, 4, 14, 8, svg.INK),
                svg.text(left + 18, 12, _("acceptance check")),
                _diamond(left + 138, 8),
                svg.text(left + 148, 12, _("self-inspection")),
            )
        ),
    )


def _row(top, area: AreaShare, left, scale):
    middle = top + ROW / 2
    label = svg.fitting(area.label, SIZE, left - 10)
    yield svg.text(left - 8, middle + 3, label, size=SIZE, anchor="end", fill=svg.INK)
    yield svg.rect(left, middle - 6, 100 * scale, 12, "#eef2f6")
    if area.checked is not None:
        yield svg.rect(left, middle - 6, float(area.checked) * scale, 12, svg.INK)
    if area.own is not None:
        yield _diamond(left + float(area.own) * scale, middle)
    words = f"{_share(area.checked)} / {_share(area.own)}"
    yield svg.text(WIDTH - 2, middle + 3, words, size=8.5, anchor="end", fill=svg.INK)


def _diamond(x, y):
    return svg.shape([(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)], "#ffffff", svg.RED)


def _share(value) -> str:
    return "—" if value is None else f"{value}%"
