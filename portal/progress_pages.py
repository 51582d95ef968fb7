"""The figures of progress as pictures."""

from django.urls import reverse
from django.utils.translation import gettext as _

from common.charts.henan_tiles import PLACES
from common.charts.stacked_bar import stacked_bar
from common.charts.tile_map import Tile, short_name, tile_map
from portal.progress import Figures, Progress

DONE, LATE, OVERDUE, WAITING = "#1a7f45", "#d9a520", "#c8102e", "#c5ced8"


def bar(label: str, figures: Figures):
    """Done in time, done late, overdue and not yet due, as one bar."""
    parts = [
        (_("on time"), figures.on_time, DONE),
        (_("late"), figures.late, LATE),
        (_("overdue"), figures.overdue, OVERDUE),
        (_("not yet due"), figures.waiting, WAITING),
    ]
    return stacked_bar(parts, title=f"{label}: {figures.met}/{figures.total}")


def map_of(progress: Progress):
    """The units right below the province as a tile map; None where their places are unknown."""
    tiles = [
        Tile(
            *PLACES[line.unit.code],
            name=short_name(line.unit.name_zh),
            share=line.total.share,
            address=f"{reverse('portal:progress')}?unit={line.unit.code}",
            mark=line.total.overdue > 0,
            why=_("%(count)s overdue") % {"count": line.total.overdue}
            if line.total.overdue
            else "",
        )
        for line in progress.lines
        if not line.own and line.unit.code in PLACES
    ]
    if not tiles:
        return None
    return tile_map(
        tiles,
        title=_("Progress on the map"),
        description=_("Each square is a prefecture or a directly administered county."),
    )
