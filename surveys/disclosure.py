"""Which figures may be published so that no difference of two of them shows a small cell. Pure.

Stations hang in a tree along supervision, and every unit's figures are the sum of its stations'.
What the published figures tell together is: for each published unit, the sum over the stations
below it that no published unit further down covers (its *rest*). So nothing small can be worked
out when every rest is empty or has at least `SMALLEST_CELL` ballots. Where a rest is smaller, the
smallest published station below is held back as well, with the units between (complementary
suppression).
"""

from collections.abc import Mapping

SMALLEST_CELL = 5


def in_steps(number: int) -> int:
    """A number that still grows, rounded down to fives: two looks at it do not show one ballot,
    nor whether the latest one was valid."""
    return number - number % SMALLEST_CELL


def publishable(ballots: Mapping[str, int], smallest: int = SMALLEST_CELL) -> set[str]:
    """The paths of the stations and units whose figures may be shown.

    `ballots`: path of a station ("410000/410100/410122/410122-1/") → its counted ballots. The units
    are the beginnings of the paths.
    """
    children: dict[str, set[str]] = {}
    totals = dict(ballots)
    for path, number in ballots.items():
        below = path
        for above in _above(path):
            children.setdefault(above, set()).add(below)
            totals[above] = totals.get(above, 0) + number
            below = above
    shown = {path for path, number in totals.items() if not 0 < number < smallest}
    rests: dict[str, int] = {}

    def rest(path: str) -> int:
        """The ballots below that no published unit further down covers."""
        if path not in rests:
            hidden = [child for child in children.get(path, ()) if child not in shown]
            rests[path] = sum(rest(child) for child in hidden) if path in children else totals[path]
        return rests[path]

    # From the bottom up: what is held back below a unit joins the rest of the units above it.
    for unit in sorted(children, key=lambda path: (-path.count("/"), path)):
        while unit in shown and 0 < rest(unit) < smallest:
            stations = [
                path
                for path in ballots
                if path in shown and ballots[path] and path.startswith(unit)
            ]
            if not stations:
                shown.discard(unit)
                rests.clear()
                break
            station = min(stations, key=lambda path: (ballots[path], path))
            shown -= {station} | {path for path in _above(station) if len(path) > len(unit)}
            rests.clear()
    return shown


def _above(path: str):
    """The units above a path, nearest first."""
    parts = path.rstrip("/").split("/")[:-1]
    while parts:
        yield "/".join(parts) + "/"
        parts.pop()
