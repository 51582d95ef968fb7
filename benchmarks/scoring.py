"""How long a scoring run takes beside two floors measured in the same process.

    python benchmarks/scoring.py            Henan: 1,965 stations, 1,000,000 ballots
    python benchmarks/scoring.py --nation   the nation: 43,000 stations, 20,000,000 ballots

Floors: one SQL aggregate over the same tallies (SQLite, in memory), and a numpy ranking of the
same numbers. Stages: exact engine, fast path, canonical bytes with digests, intervals and ranks.
Read the ratios, not the seconds. The last lines measure a tenth of the stations: the cost of each
stage must not grow faster than the number of stations.
"""

import argparse
import os
import random
import sqlite3
import sys
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from scoring import bundle, engine, uncertainty  # noqa: E402
from scoring.fastpath import Province  # noqa: E402

GROUPS = (("service", 50, 15), ("supervisor", 25, 5), ("society", 25, 10))
WEIGHTS = (10, 8, 8, 8, 7, 8, 13, 10, 10, 18)
QUESTIONS = tuple(
    engine.Question(number, "S4", Fraction(weight)) for number, weight in enumerate(WEIGHTS, 1)
)
VALUES = {"1": 100, "2": 70, "3": 0}
POLICY = engine.Policy(
    version=1,
    places=2,
    minimum_sample=30,
    valid_share=Fraction(4, 5),
    options=tuple(
        engine.OptionRule("S4", o, o in VALUES, Fraction(VALUES[o]) if o in VALUES else None)
        for o in "1234"
    ),
    groups=tuple(engine.GroupRule(c, Fraction(w), m) for c, w, m in GROUPS),
    parts=tuple(
        engine.PartRule("regular", part, Fraction(weight))
        for part, weight in (("prefecture", 10), ("county", 20), ("questionnaire", 70))
    ),
    grades=(
        engine.GradeBand("excellent", Decimal(90)),
        engine.GradeBand("good", Decimal(80)),
        engine.GradeBand("qualified", Decimal(60)),
        engine.GradeBand("unqualified", Decimal(0)),
    ),
)


def invented(size: int, ballots_each: int) -> list[engine.StationInput]:
    """Stations with tallies of about `ballots_each` ballots."""
    rng = random.Random(2014)
    stations = []
    for place in range(size):
        level = min(0.97, max(0.3, rng.gauss(0.78, 0.1)))
        tallies = []
        for group, share in (("service", 0.5), ("supervisor", 0.2), ("society", 0.3)):
            n = max(12, round(ballots_each * share))
            counts = []
            for number in range(1, len(WEIGHTS) + 1):
                good = min(n, max(0, round(rng.gauss(n * level, (n * level * (1 - level)) ** 0.5))))
                fair = round((n - good) * 0.6)
                unknown = round((n - good - fair) * 0.2)
                rest = n - good - fair - unknown
                counts += [
                    (number, o, c)
                    for o, c in zip("1234", (good, fair, rest, unknown), strict=True)
                    if c
                ]
            tallies.append(engine.GroupTally(group, n, tuple(counts)))
        stations.append(
            engine.StationInput(
                code=f"{place:06}-1",
                kind="brigade" if place % 12 == 0 else "township",
                line="regular",
                prefecture=f"{place // 120:06}",
                county=f"{place // 12:06}",
                daily=(
                    ("prefecture", Decimal(rng.randint(7000, 10000)) / 100),
                    ("county", Decimal(rng.randint(7000, 10000)) / 100),
                ),
                tallies=tuple(tallies),
                vetoed=False,
            )
        )
    return stations


def clock(act):
    """Seconds of this process alone: what else the machine does must not enter a ratio."""
    started = time.process_time()
    found = act()
    return time.process_time() - started, found


def floors(stations, stage) -> None:
    """One SQL aggregate over the tallies, and a numpy ranking of what it gives."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE tally (station INT, grp TEXT, question INT, option TEXT, n INT)")
    database.executemany(
        "INSERT INTO tally VALUES (?, ?, ?, ?, ?)",
        (
            (place, tally.group, question, option, count)
            for place, station in enumerate(stations)
            for tally in station.tallies
            for question, option, count in tally.counts
        ),
    )
    query = """
        SELECT station, grp, question,
               SUM(n * CASE option WHEN '1' THEN 100.0 WHEN '2' THEN 70.0 ELSE 0.0 END)
               / NULLIF(SUM(CASE WHEN option < '4' THEN n ELSE 0 END), 0)
        FROM tally GROUP BY station, grp, question
    """
    rows = stage("floor: one SQL aggregate", lambda: database.execute(query).fetchall())
    scores = np.zeros(len(stations))
    for station, _group, _question, score in rows:
        scores[station] += score or 0.0

    def rank():
        order = np.argsort(-scores, kind="stable")
        places = np.empty(len(scores), int)
        places[order] = np.arange(1, len(scores) + 1)
        return places

    stage("floor: numpy ranking", rank)


def measured(stations) -> dict[str, float]:
    times = {}

    def stage(name, act):
        times[name], found = clock(act)
        print(
            f"  {len(stations):,} stations: {name}: {times[name]:.3f} s",
            file=sys.stderr,
            flush=True,
        )
        return found

    floors(stations, stage)
    results = stage(
        "exact engine, every rank", lambda: engine.score_all(POLICY, QUESTIONS, stations)
    )
    stage(
        "canonical bytes and digests",
        lambda: (
            bundle.digest(bundle.input_files(POLICY, QUESTIONS, stations)),
            bundle.digest(bundle.output_files(results)),
        ),
    )
    made = Province(QUESTIONS, [g[0] for g in GROUPS], len(stations), stations.__getitem__)

    def fill():
        for place, station in enumerate(stations):
            groups = {}
            for tally in station.tallies:
                counts: dict = {}
                for question, option, count in tally.counts:
                    counts.setdefault(question, {})[option] = count
                groups[tally.group] = {"valid_ballots": tally.valid_ballots, "counts": counts}
            daily = dict(station.daily)
            made.put(place, kind=station.kind, line=station.line, daily=daily, groups=groups)

    stage("fast path, filling the arrays once", fill)
    standing = stage("fast path, the whole ranking again", lambda: made.stand(POLICY))
    assert standing.composite.tolist() == [int(score.composite * 100) for score in results]
    scores = [float(score.composite_exact) for score in results]
    errors = [300 / score.valid_ballots**0.5 / 10 for score in results]
    stage(
        "rank intervals, 1,000 draws",
        lambda: uncertainty.rank_intervals(scores, errors, "s"),
    )
    stage(
        "joint intervals, bands, alike",
        lambda: (
            uncertainty.joint_rank_intervals(scores, errors, "s"),
            uncertainty.bands(scores, errors),
            uncertainty.not_told_apart(scores, errors),
        ),
    )
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nation", action="store_true")
    size, ballots = (43_000, 465) if parser.parse_args().nation else (1_965, 509)
    # By stderr as it goes: the nation takes minutes, and nobody should wonder whether it hangs.
    seconds, stations = clock(lambda: invented(size, ballots))
    print(f"  stations invented in {seconds:.0f} s", file=sys.stderr, flush=True)
    count = sum(tally.valid_ballots for station in stations for tally in station.tallies)
    print(f"{size:,} stations, {count:,} ballots in tallies", flush=True)
    times, tenth = measured(stations), measured(stations[: size // 10])
    sql = times["floor: one SQL aggregate"]
    print(f"{'stage':38} {'s':>8} {'× SQL':>8} {'growth from a tenth':>20}")
    for stage, seconds in times.items():
        growth = seconds / tenth[stage] if tenth[stage] else float("nan")
        print(f"{stage:38} {seconds:8.3f} {seconds / sql:8.2f} {growth:20.1f}")


if __name__ == "__main__":
    main()
