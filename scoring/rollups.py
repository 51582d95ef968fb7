"""Bureaus by the composites of their stations: the plain mean and the ballot-weighted one."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from accounts.models import Organisation
from scoring.engine import round_half_up
from scoring.models import ScoreRun, ScoreStatus, StationScore


@dataclass(frozen=True)
class Rollup:
    """A county or prefecture (design, chapter on scoring, rule 7). Both means are over the ranked
    stations' rounded composites, exact, rounded once, half up; None without a ranked station."""

    code: str
    name: str
    stations: int
    ranked: int
    ballots: int
    plain: Decimal | None
    weighted: Decimal | None


def rollups(run: ScoreRun, user, level: str) -> list[Rollup]:
    """The units of `level` ("county" or "prefecture") in scope, by the plain mean, the best first.

    A prefecture without counties and a directly administered county stand on both lists.
    """
    cells: dict[str, list] = {}
    rows = StationScore.objects.visible_to(user).filter(run=run)
    for code, fallback, status, composite, ballots in rows.values_list(
        level, "prefecture", "status", "composite", "valid_ballots"
    ):
        cells.setdefault(code or fallback, []).append((status, composite, ballots))
    names = {unit.code: unit.name for unit in Organisation.objects.filter(code__in=cells)}
    found = [_rollup(code, names.get(code, code), rows) for code, rows in cells.items()]
    return sorted(found, key=lambda unit: (unit.plain is None, -(unit.plain or 0), unit.code))


def _rollup(code: str, name: str, rows: list) -> Rollup:
    ranked = [row for row in rows if row[0] == ScoreStatus.RANKED]
    ballots = sum(ballots for _status, _composite, ballots in ranked)
    plain = weighted = None
    if ranked:
        plain = sum(Fraction(composite) for _s, composite, _b in ranked) / len(ranked)
    if ballots:
        weighted = sum(Fraction(composite) * n for _s, composite, n in ranked) / ballots
    return Rollup(
        code=code,
        name=name,
        stations=len(rows),
        ranked=len(ranked),
        ballots=ballots,
        plain=round_half_up(plain, 2),
        weighted=round_half_up(weighted, 2),
    )
