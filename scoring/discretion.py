"""What a preliminary run leaves out, so that nobody learns a ballot by subtracting two runs.

While ballots still come in, two runs can be one ballot apart, and their difference would be that
ballot. So a preliminary run counts, at each station, all ballots but five drawn by lot, shows no
breakdown, and takes new ballots in only when at least five have come since its lot was drawn. Any
two of them, and the final run and any of them, then differ in five ballots at least or in none.
"""

import random
from dataclasses import replace

from scoring.models import SMALLEST_GROUP_SHOWN
from surveys.tallies import Cell

LEFT_OUT = SMALLEST_GROUP_SHOWN


def leave_out(cells: list[Cell]) -> list[Cell]:
    """The cells of one station without `LEFT_OUT` ballots drawn by lot; those that stay empty are
    absent. The same ballots give the same lot, in whichever order they stand."""
    sheets = sorted(
        (cell.group, sheet) for cell in cells for sheet in zip(*cell.columns.values(), strict=True)
    )
    if len(sheets) <= LEFT_OUT:
        return []
    drawn = set(random.Random(len(sheets)).sample(range(len(sheets)), LEFT_OUT))
    kept: dict[str, list] = {}
    for place, (group, sheet) in enumerate(sheets):
        if place not in drawn:
            kept.setdefault(group, []).append(sheet)
    return [
        replace(
            cell,
            ballots=len(kept[cell.group]),
            columns={
                number: "".join(column)
                for number, column in zip(
                    cell.columns, zip(*kept[cell.group], strict=True), strict=True
                )
            },
        )
        for cell in cells
        if cell.group in kept
    ]


def takes_new(counted: int, left_out: int, now: int) -> bool:
    """Whether a station's `now` ballots are enough more (or fewer) than those of the last lot."""
    return abs(now - counted - left_out) >= LEFT_OUT
