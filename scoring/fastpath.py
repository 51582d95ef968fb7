"""Scores a whole province again under other rules in a blink; equal to the engine throughout.

Floating point computes the mass; whatever comes so near to a rounding boundary that its last digit
could differ is computed exactly by the engine (`exact`). Pure: numpy, no Django. The property test
compares every figure and rank with `engine.score_all`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from scoring.engine import Policy, Question, StationInput, score_station
from scoring.rules import LINES, PARTS

OPTIONS = "123456789"
# Floating point is wrong by less than 1e-9 of a last digit here; the margin is far above that.
NEAR = 1e-6


@dataclass(frozen=True)
class Standing:
    """What comes out, an entry a station: figures in units of the last place, -1 where there is
    none, and ranks, 0 where there is none."""

    composite: np.ndarray
    questionnaire: np.ndarray
    ranked: np.ndarray
    rank_all: np.ndarray
    rank_kind: np.ndarray


class Province:
    """Many stations' inputs as arrays. `exact(place)` gives the `StationInput` at a place."""

    def __init__(
        self,
        questions: Iterable[Question],
        groups: Iterable[str],
        size: int,
        exact: Callable[[int], StationInput],
    ):
        self.questions = sorted(questions, key=lambda question: question.number)
        self.groups = tuple(groups)
        self.exact = exact
        self.kinds = [""] * size
        self._place_of_question = {q.number: place for place, q in enumerate(self.questions)}
        self._counts = np.zeros((size, len(self.groups), len(self.questions), len(OPTIONS)))
        self._ballots = np.zeros((size, len(self.groups)), int)
        self._daily = np.full((size, len(PARTS) - 1), np.nan)
        self._lines = np.zeros(size, int)

    def put(self, place: int, *, kind: str, line: str, daily: dict, groups: dict) -> None:
        """One station, as a run keeps its inputs (`StationScore.inputs`)."""
        self.kinds[place] = kind
        self._lines[place] = LINES.index(line)
        for part, score in daily.items():
            self._daily[place, PARTS.index(part)] = float(score)
        for group, tally in groups.items():
            number = self.groups.index(group)
            self._ballots[place, number] = tally["valid_ballots"]
            cell = self._counts[place, number]
            for question, options in tally["counts"].items():
                row = cell[self._place_of_question[int(question)]]
                for option, count in options.items():
                    row[int(option) - 1] = count

    def stand(self, policy: Policy) -> Standing:
        """Every station's figures and ranks under `policy`; a group that it leaves out is as if
        nobody of it had answered."""
        questionnaire, ballots = self._questionnaire(policy)
        composite, complete = self._composite(policy, questionnaire)
        scale = 10**policy.places
        units = [self._rounded(each, scale) for each in (questionnaire, composite)]
        near = np.zeros(len(self.kinds), bool)
        for figure in (questionnaire, composite):
            parts = np.where(np.isnan(figure), 0.0, figure) * scale + 0.5
            near |= np.abs(parts - np.round(parts)) < NEAR
        for place in np.flatnonzero(near):
            found = score_station(policy, self.questions, self._within(policy, self.exact(place)))
            for unit, value in zip(units, (found.questionnaire, found.composite), strict=True):
                unit[place] = -1 if value is None else int(value.scaleb(policy.places))
        ranked = complete & (ballots >= policy.minimum_sample)
        return self._with_ranks(policy, *units, ranked)

    def _questionnaire(self, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
        rules = {(rule.scale, rule.option): rule for rule in policy.options}
        values = np.full((len(self.questions), len(OPTIONS)), np.nan)
        for row, question in zip(values, self.questions, strict=True):
            for number, option in enumerate(OPTIONS):
                rule = rules.get((question.scale, option))
                if rule and rule.counts:
                    row[number] = float(rule.value)
        counting = ~np.isnan(values)
        # Without a copy of all counts in between: for a nation that alone is ninety megabytes.
        answers = self._over_options(counting.astype(float))
        points = self._over_options(np.where(counting, values, 0.0))
        weights = np.array([float(question.weight) for question in self.questions])
        answered = answers > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = np.where(answered, points / answers, 0.0)
            group_scores = (scores * weights).sum(axis=2) / (answered * weights).sum(axis=2)
        by_code = {rule.code: rule for rule in policy.groups}
        known = np.array([group in by_code for group in self.groups])
        minimum = np.array([by_code[g].minimum if g in by_code else 0 for g in self.groups])
        shares = np.array([float(by_code[g].weight) if g in by_code else 0.0 for g in self.groups])
        enters = known & (self._ballots >= minimum) & answered.any(axis=2)
        with np.errstate(invalid="ignore"):
            found = (np.where(enters, group_scores, 0.0) * shares).sum(axis=1) / (
                enters * shares
            ).sum(axis=1)
        return found, (self._ballots * known).sum(axis=1)

    def _over_options(self, worth: np.ndarray) -> np.ndarray:
        """Σ over the options of count × worth, for each station, group and question."""
        return np.einsum("sgqo,qo->sgq", self._counts, worth)

    def _composite(self, policy: Policy, questionnaire) -> tuple[np.ndarray, np.ndarray]:
        values = np.column_stack([self._daily, questionnaire])
        weights = np.zeros((len(LINES), len(PARTS)))
        for rule in policy.parts:
            weights[LINES.index(rule.line), PARTS.index(rule.part)] = float(rule.weight)
        own = weights[self._lines]
        complete = ~(np.isnan(values) & (own > 0)).any(axis=1)
        whole = (np.where(np.isnan(values), 0.0, values) * own).sum(axis=1) / own.sum(axis=1)
        return np.where(complete, whole, np.nan), complete

    @staticmethod
    def _rounded(figures: np.ndarray, scale: int) -> np.ndarray:
        units = np.floor(np.where(np.isnan(figures), 0.0, figures) * scale + 0.5).astype(int)
        return np.where(np.isnan(figures), -1, units)

    @staticmethod
    def _within(policy: Policy, station: StationInput) -> StationInput:
        known = {rule.code for rule in policy.groups}
        kept = tuple(tally for tally in station.tallies if tally.group in known)
        return replace(station, tallies=kept)

    def _with_ranks(self, policy, questionnaire, composite, ranked) -> Standing:
        # One number a station that sorts as (composite, questionnaire) does.
        ties = 0 if policy.tie_break == "share" else 1
        keys = composite * (100 * 10**policy.places + 1) + ties * questionnaire
        kinds = np.array(self.kinds)
        return Standing(
            composite=composite,
            questionnaire=questionnaire,
            ranked=ranked,
            rank_all=places_of(keys, ranked),
            rank_kind=sum(
                (places_of(keys, ranked & (kinds == kind)) for kind in sorted(set(self.kinds))),
                start=np.zeros(len(keys), int),
            ),
        )


def places_of(keys: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The place of each key among those chosen, greatest first, equal ones sharing it; else 0."""
    chosen = np.sort(keys[among])
    better = len(chosen) - np.searchsorted(chosen, keys, side="right")
    return np.where(among, better + 1, 0)
