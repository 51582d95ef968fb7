"""What would be if: a frozen run scored again under other rules. Nothing is stored or moved."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from django.utils.translation import gettext as _

from scoring.engine import PARTS, GroupRule, OptionRule, PartRule, Policy
from scoring.fastpath import Province, Standing
from scoring.frozen import label, read_rules, station_input
from scoring.models import HonourKind, Part, ScoreRun, StationScore
from scoring.services.result_rules import quotas_of, rules_of

# The notice's other reading of "占10%": a tenth of the 30 points.
OTHER_READING = {"prefecture": Fraction(3), "province": Fraction(3), "county": Fraction(27)}
KINDER = Fraction(30)


# What is computed with; the model's other columns are read for the few rows that are shown.
COLUMNS = ("pk", "code", "kind", "line", "prefecture", "county", "inputs")


@dataclass(frozen=True)
class Frozen:
    """A run in memory, its stations as named tuples of `COLUMNS`. A run never changes, so it may
    stay there."""

    policy: Policy
    rows: tuple
    province: Province
    base: Standing


@lru_cache(maxsize=2)
def frozen(run_id: int) -> Frozen:
    """The run's stations as arrays, in the order of codes."""
    run = ScoreRun.objects.get(pk=run_id)
    policy, questions = read_rules(run)
    # Tuples, since two thousand model instances take as long as all the rest.
    rows = tuple(run.scores.order_by("code").values_list(*COLUMNS, named=True))
    groups = tuple(rule.code for rule in policy.groups)
    province = Province(questions, groups, len(rows), lambda place: station_input(rows[place]))
    for place, row in enumerate(rows):
        province.put(
            place,
            kind=row.kind,
            line=row.line,
            daily=row.inputs["daily"],
            groups=row.inputs["groups"],
        )
    return Frozen(policy, rows, province, province.stand(policy))


@dataclass(frozen=True)
class Effect:
    """What other rules would change. `won` and `lost`: stations that would get or lose an award
    place; `moved`: ranks in the kind that change; `furthest`: (score, old rank, new rank)."""

    title: str
    won: tuple[StationScore, ...]
    lost: tuple[StationScore, ...]
    moved: int
    furthest: tuple[tuple[StationScore, int, int], ...]
    correlation: float | None

    @property
    def places(self) -> int:
        """Award places that change hands."""
        return max(len(self.won), len(self.lost))


def effect_of(run: ScoreRun, policy: Policy, title: str = "", movers: int = 10) -> Effect:
    """The run under `policy` instead of its own."""
    kept = frozen(run.pk)
    now = kept.province.stand(policy)
    before, after = awarded(run, kept, kept.base), awarded(run, kept, now)
    steps = np.where(
        (kept.base.rank_kind > 0) & (now.rank_kind > 0), now.rank_kind - kept.base.rank_kind, 0
    )
    changed = int(np.count_nonzero(now.rank_kind != kept.base.rank_kind))
    furthest = [
        place for place in np.argsort(-np.abs(steps), kind="stable")[:movers] if steps[place]
    ]
    won, lost = sorted(after - before), sorted(before - after)
    keys = {place: kept.rows[place].pk for place in {*won, *lost, *furthest}}
    shown = StationScore.objects.defer("inputs", "spread").in_bulk(keys.values())
    return Effect(
        title=title,
        won=tuple(shown[keys[place]] for place in won),
        lost=tuple(shown[keys[place]] for place in lost),
        moved=changed,
        furthest=tuple(
            (shown[keys[place]], int(kept.base.rank_kind[place]), int(now.rank_kind[place]))
            for place in furthest
        ),
        correlation=_correlation(kept.base, now),
    )


def awarded(run: ScoreRun, kept: Frozen, standing: Standing) -> set[int]:
    """The places in the list of stations within the quota of commendations, without vetoed ones;
    whoever ties with the last is in."""
    found: set[int] = set()
    for (honour, kind), number in quotas_of(rules_of(run.campaign)).items():
        if honour != HonourKind.COMMENDATION or not number:
            continue
        free = [
            place
            for place, row in enumerate(kept.rows)
            if row.kind == kind and standing.rank_kind[place] and not row.inputs["vetoed"]
        ]
        free.sort(key=lambda place: standing.rank_kind[place])
        if free:
            last = standing.rank_kind[free[min(number, len(free)) - 1]]
            found |= {place for place in free if standing.rank_kind[place] <= last}
    return found


def _correlation(first: Standing, second: Standing) -> float | None:
    """Spearman's, of the ranks among all; None with fewer than three stations in both."""
    both = (first.rank_all > 0) & (second.rank_all > 0)
    if np.count_nonzero(both) < 3:
        return None
    ranks = [standing.rank_all[both].astype(float) for standing in (first, second)]
    if any(rank.std() == 0 for rank in ranks):
        return None
    return round(float(np.corrcoef(*ranks)[0, 1]), 4)


def scenarios(run: ScoreRun) -> Iterator[tuple[str, Policy]]:
    """The sensitivity sheet: what the notice leaves open and what somebody could have chosen."""
    policy = frozen(run.pk).policy
    yield _("“占10%” read as a tenth of the 30 points"), with_parts(policy, OTHER_READING)
    yield _("“不满意” worth 30 instead of 0"), with_lowest(policy, KINDER)
    for rule in policy.groups:
        if len(policy.groups) > 1:
            name = label(run, "groups", rule.code)
            yield _("without the group “%(group)s”") % {"group": name}, without_group(policy, rule)
    used = {rule.part for rule in policy.parts}
    for part in (part for part in PARTS if part in used):
        for factor, sign in ((Fraction(6, 5), "+20%"), (Fraction(4, 5), "−20%")):
            title = _("weight of the %(part)s %(change)s") % {
                "part": Part(part).label,
                "change": sign,
            }
            yield title, scaled(policy, part, factor)


def sensitivity(run: ScoreRun) -> list[Effect]:
    """The effect of every scenario."""
    return [effect_of(run, policy, title) for title, policy in scenarios(run)]


# --- other rules ----------------------------------------------------------------------------------


def with_parts(policy: Policy, weights: dict[str, Fraction]) -> Policy:
    """Daily parts on lines that have a county part get `weights`; other lines stay."""
    lines = {rule.line for rule in policy.parts if rule.part == "county"}
    return replace(
        policy,
        parts=tuple(
            PartRule(rule.line, rule.part, weights[rule.part])
            if rule.line in lines and rule.part in weights
            else rule
            for rule in policy.parts
        ),
    )


def scaled(policy: Policy, part: str, factor: Fraction) -> Policy:
    """The weight of one part times `factor`, on every line."""
    return replace(
        policy,
        parts=tuple(
            PartRule(rule.line, rule.part, rule.weight * factor) if rule.part == part else rule
            for rule in policy.parts
        ),
    )


def with_lowest(policy: Policy, value: Fraction) -> Policy:
    """The option that is worth 0 gets `value`."""
    return replace(
        policy,
        options=tuple(
            OptionRule(rule.scale, rule.option, True, value) if rule.value == 0 else rule
            for rule in policy.options
        ),
    )


def without_group(policy: Policy, left_out: GroupRule) -> Policy:
    return replace(policy, groups=tuple(rule for rule in policy.groups if rule != left_out))


def with_shares(
    policy: Policy, factors: dict[str, Fraction], groups: dict[str, Fraction], lowest: Fraction
) -> Policy:
    """The what-if page's sliders: each part's weight times a factor, weights by group (0 leaves the
    part or group out), and the worth of the worst option."""
    parts = tuple(
        PartRule(rule.line, rule.part, rule.weight * factors[rule.part])
        for rule in policy.parts
        if factors[rule.part]
    )
    kept = tuple(
        GroupRule(rule.code, groups[rule.code], rule.minimum)
        for rule in policy.groups
        if groups[rule.code]
    )
    return with_lowest(replace(policy, parts=parts, groups=kept), lowest)
