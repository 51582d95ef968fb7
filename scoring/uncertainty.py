"""How far a score and a rank can be trusted: standard errors, intervals, reliability. Pure.

Floating point is allowed here, and here alone: nothing of this enters a score, a rank, a grade or
the digests of a run. Only the questionnaire is a sample; daily parts are taken as exact.

Sources: Cochran, Sampling Techniques (3rd ed. 1977), chapters 2 (finite population), 5 (stratified
mean) and 6 (ratio, linearised); Satterthwaite 1946 (degrees of freedom); Abramowitz & Stegun 26.7.5
(quantile of t); Smyth 2004 (a variance steadied by its peers'); Korn & Graubard 1998 (intervals of
proportions from surveys); Laird & Louis 1989, Goldstein & Spiegelhalter 1996 (ranks drawn from
shrunk estimates); Efron & Morris 1975 (scores drawn to their mean); Mogstad, Romano, Shaikh &
Wilhelm 2024 (ranks of all at once). In plain words: docs/scoring.md.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

import numpy as np

COVERAGE = 0.95
Z = NormalDist().inv_cdf(0.5 + COVERAGE / 2)
DRAWS = 1000
JOINT_DRAWS = 2000
EXTREMES = 12
STEPS = 64
# A group's own spread is steadied as if this many more ballots of the usual spread had come: the
# five supervisors who all tick 满意 do not prove that nobody thinks otherwise. With 4 the interval
# holds the truth in 91 of 100 cases where all stations are alike and 95% content; with 16 in 95.
STEADYING_BALLOTS = 16


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a group over many stations: its score, the variance of one ballot."""

    score: float
    variance: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """One group's part of a questionnaire score: its share (0 to 1), its score, its ballots.

    `squares`: Σ of the squared deviations of the ballots' scores, see `squared_deviations`.
    `usual`: what the group is steadied by; None: its own ballots alone count.
    `population`: how many people could have answered, for the finite population correction; None
    where nobody knows, which is the case of an open questionnaire.
    """

    share: float
    score: float
    ballots: int
    squares: float
    usual: Usual | None = None
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score, 0 to 100, with its standard error in points and the error's degrees of freedom.

    `centre`: the score, drawn to the usual one as far as the error was.
    """

    score: float
    error: float
    freedom: float
    centre: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval, never outside 0 to 100: Wilson's, for as many ballots as would have
        the same error if each were a plain yes or no (Korn & Graubard 1998).

        Where discontent is rare, a sample without it has a high score and a small error at once:
        the plain "± t errors" would then hold the truth in fewer than 90 of 100 cases.
        """
        if not self.error:
            return self.score, self.score
        ballots = self.centre * (100 - self.centre) / self.error**2
        t = t_quantile(self.freedom)
        widening = t**2 / ballots
        middle = (self.score + 50 * widening) / (1 + widening)
        arm = math.sqrt(self.score * (100 - self.score) * widening + 2500 * widening**2)
        arm /= 1 + widening
        return max(middle - arm, 0.0), min(middle + arm, 100.0)


def squared_deviations(
    columns: Mapping[int, str],
    worth: Mapping[int, Mapping[str, float]],
    weights: Mapping[int, float],
) -> float:
    """Σ over the ballots of one group of the squared deviation of the ballot's score from the mean.

    `columns`: per question one option character a ballot, ballots in the same order in each.
    `worth`: per question the value of each option that counts. The deviation of a ballot is
    Σ(question weight share × ballots / counted answers × (value − question score)) over what it
    answers: the group score is a ratio, and this is its linear part (Cochran, chapter 6). Where
    every answer counts it is simply "score of the ballot − group score". The answers of one person
    go together, so that the counts of each question alone could not tell this figure.
    """
    lines, total = [], 0.0
    for number, column in columns.items():
        values = worth[number]
        chosen = {option: column.count(option) for option in values}
        answers = sum(chosen.values())
        if answers:
            mean = sum(values[option] * n for option, n in chosen.items()) / answers
            scale = weights[number] * len(column) / answers
            total += weights[number]
            deviation = dict.fromkeys(column, 0.0)
            deviation |= {option: scale * (value - mean) for option, value in values.items()}
            lines.append(map(deviation.__getitem__, column))
    # The exactly rounded sum: the order in which the ballots come cannot change it.
    return (
        math.fsum(sum(ballot) ** 2 for ballot in zip(*lines, strict=True)) / total**2
        if lines
        else 0.0
    )


def usual_of(groups: Iterable[tuple[float, int, float]]) -> Usual | None:
    """What is usual over `(score, ballots, squares)` of many stations; None without spread."""
    groups = list(groups)
    freedom = sum(ballots - 1 for _, ballots, _ in groups)
    if not freedom:
        return None
    return Usual(
        score=fmean((score for score, _, _ in groups), [ballots for _, ballots, _ in groups]),
        variance=math.fsum(squares for _, _, squares in groups) / freedom,
    )


def estimate(strata: Iterable[Stratum]) -> Estimate:
    """Σ share × score: groups are sampled apart, so their variances add up.

    Raises ValueError where a group has no ballot, or a single one and nothing usual.
    """
    score = centre = 0.0
    variances = []
    for group in strata:
        steady = STEADYING_BALLOTS if group.usual else 0
        usual = group.usual or Usual(0.0, 0.0)
        freedom = group.ballots - 1 + steady
        if group.ballots < 1 or freedom < 1:
            raise ValueError("a group of one ballot does not tell its spread")
        one = (group.squares + steady * usual.variance) / freedom
        missed = max(1 - group.ballots / group.population, 0) if group.population else 1
        variances.append((group.share**2 * missed * one / group.ballots, freedom))
        drawn = (group.ballots * group.score + steady * usual.score) / (group.ballots + steady)
        score += group.share * group.score
        centre += group.share * drawn
    total = sum(each for each, _ in variances)
    if not total:
        return Estimate(score, 0.0, math.inf, centre)
    freedom = total**2 / sum(each**2 / freedom for each, freedom in variances)
    return Estimate(score, math.sqrt(total), freedom, centre)


def t_quantile(freedom: float) -> float:
    """The 97.5% point of Student's t, right to 0.002 from 4 degrees of freedom on."""
    z, n = Z, freedom
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / n**power for power, term in enumerate(terms))


def between_variance(scores: Sequence[float], errors: Sequence[float]) -> float:
    """The variance of the true scores: that of the measured ones without what chance adds."""
    if len(scores) < 2:
        return 0.0
    return max(0.0, variance(scores) - fmean(error**2 for error in errors))


def reliability(scores: Sequence[float], errors: Sequence[float]) -> float | None:
    """The share, 0 to 1, of the differences between stations that is not chance; None without."""
    total = variance(scores) if len(scores) > 1 else 0
    return between_variance(scores, errors) / total if total else None


def drawn_to_mean(
    scores: Sequence[float], errors: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Each score drawn to the mean of all as far as it is chance, and what of it was kept (0 to 1).

    kept = between / (between + error²), `between` being the variance of the true scores (Efron &
    Morris 1975): the best guess of each true score, never its official one.
    """
    mean, between = (fmean(scores) if scores else 0.0), between_variance(scores, errors)
    # Where nothing but chance is seen, ranks are drawn by lot; a hair keeps the lots apart.
    between = between or 1e-9
    kept = [between / (between + error**2) for error in errors]
    drawn = [mean + keep * (score - mean) for keep, score in zip(kept, scores, strict=True)]
    return drawn, kept


def rank_intervals(
    scores: Sequence[float], errors: Sequence[float], seed: str, draws: int = DRAWS
) -> list[tuple[int, int]]:
    """For each station the ranks (1 is the best) that hold the true one with 95%, each by itself.

    Each draw gives every station a true score that its figures allow, and ranks them. The draws
    are around scores shrunk to the series' mean, by how much chance is in them: around the raw
    scores chance would be counted twice, and the lucky first would look safe. The same seed gives
    the same intervals.
    """
    centres, kept = map(np.asarray, drawn_to_mean(scores, errors))
    spreads = np.sqrt(kept) * np.asarray(errors, dtype=float)
    chance, size = _generator(seed), len(scores)
    # Stations without an error can tie, and then their order must not hang on the machine's way of
    # sorting; other draws do not tie, and the quick way is five times as fast.
    way = "quicksort" if spreads.all() else "stable"
    drawn_ranks, places = np.empty((draws, size), np.int32), np.arange(1, size + 1)
    for turn in drawn_ranks:
        drawn = centres + spreads * chance.standard_normal(size)
        turn[np.argsort(-drawn, kind=way)] = places
    tail = math.floor(draws * (1 - COVERAGE) / 2)
    drawn_ranks.partition((tail, draws - 1 - tail), axis=0)
    pairs = zip(drawn_ranks[tail].tolist(), drawn_ranks[-1 - tail].tolist(), strict=True)
    return list(pairs)


def widest_difference(errors: Sequence[float], seed: str, draws: int = JOINT_DRAWS) -> float:
    """How many of its standard errors the most extreme of all differences between two stations is
    below with 95%, when nothing but chance is at work: the critical value of all pairs at once.

    For equal errors it is the 95% point of the studentised range over √2 (Tukey). The most extreme
    pair stands among those that chance pushed furthest up and furthest down.
    """
    errors = np.asarray([error for error in errors if error], dtype=float)
    if len(errors) < 2:
        return Z
    chance, most = _generator(seed), np.empty(draws)
    ends = min(EXTREMES, len(errors) - 1)
    for turn in range(draws):
        pushes = chance.standard_normal(len(errors))
        order = np.argpartition(pushes, (ends, len(errors) - 1 - ends))
        down, up = order[: ends + 1], order[-ends - 1 :]
        apart = np.subtract.outer(errors[up] * pushes[up], errors[down] * pushes[down])
        most[turn] = (apart / np.hypot.outer(errors[up], errors[down])).max()
    return float(np.quantile(most, COVERAGE))


def _generator(seed: str) -> np.random.Generator:
    """Random numbers from a text: the same text gives the same numbers."""
    return np.random.default_rng(list(hashlib.sha256(seed.encode()).digest()))


def _told_apart(
    scores: Sequence[float], errors: Sequence[float], reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """For each station how many others are better, and how many worse, by more than `reach`
    standard errors of the difference.

    Errors are put into steps, rounded up, so that the cost grows with the stations and not with
    their pairs; up to `STEPS` different errors are taken as they are.
    """
    scores, errors = np.asarray(scores, dtype=float), np.asarray(errors, dtype=float)
    steps = np.unique(errors)
    if len(steps) > STEPS:
        steps = np.quantile(errors, np.arange(1, STEPS + 1) / STEPS, method="higher")
        steps = np.unique(steps)
    step_of = np.searchsorted(steps, errors)
    better, worse = np.zeros(len(scores), int), np.zeros(len(scores), int)
    for number, error in enumerate(steps):
        others = np.sort(scores[step_of == number])
        far = reach * np.hypot(steps[step_of], error)
        better += len(others) - np.searchsorted(others, scores + far, side="right")
        worse += np.searchsorted(others, scores - far, side="left")
    return better, worse


def joint_rank_intervals(
    scores: Sequence[float], errors: Sequence[float], seed: str
) -> list[tuple[int, int]]:
    """Ranks that hold the true ranks of all stations at once with 95% (Mogstad and others 2024).

    A station is at best right behind those that are surely better and at worst right in front of
    those that are surely worse; "surely" by the critical value of all pairs at once.
    """
    if not scores:
        return []
    better, worse = _told_apart(scores, errors, widest_difference(errors, seed))
    return list(zip((better + 1).tolist(), (len(scores) - worse).tolist(), strict=True))


def bands(scores: Sequence[float], errors: Sequence[float]) -> list[int]:
    """For each station its band, 1 the best: from the top down, a band holds whoever cannot be told
    apart from its first; who can begins the next."""
    order = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)
    found, band, first = [0] * len(scores), 0, None
    for station in order:
        if first is None or (scores[first] - scores[station]) ** 2 > Z**2 * (
            errors[first] ** 2 + errors[station] ** 2
        ):
            band, first = band + 1, station
        found[station] = band
    return found


def not_told_apart(scores: Sequence[float], errors: Sequence[float]) -> list[int]:
    """For each station how many others of its series it cannot be told apart from.

    Two are told apart when their difference is more than 1.96 of its standard errors, each pair by
    itself.
    """
    if not scores:
        return []
    better, worse = _told_apart(scores, errors, Z)
    return (len(scores) - 1 - better - worse).tolist()
