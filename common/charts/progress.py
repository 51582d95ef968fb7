"""How much of something is done."""

from decimal import Decimal

from django.utils.safestring import SafeString

from common.charts import svg


def progress_bar(percent: Decimal | int | None, title: str = "") -> SafeString:
    """A bar of per cent, 100 units by 8; None: nothing to share, no bar."""
    if percent is None:
        return SafeString("")
    parts = [svg.rect(0, 0, 100, 8, "#e8edf3"), svg.rect(0, 0, percent, 8, svg.INK)]
    return svg.drawing(100, 8, title, f"{percent}%", parts)
