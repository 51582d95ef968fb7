"""Repeat a spot-check draw: python verify_draw.py DIRECTORY

DIRECTORY holds the unpacked protocol of a draw: rules.csv, stations.csv, inspectors.csv, sample.csv
and protocol.json. The frame's digest, the seed and the whole sample are computed anew and compared;
the rules are those of docs/spot_checks.md. Needs Python 3.11 or later and nothing else.

Exit status: 0 the draw is repeated, 1 a difference was found, 2 wrong usage.
It shows that the sample follows from the frame, the seal and the public number. That the frame was
recorded first is shown by the seal: compare it with the head that was published for its day, and
the public number with its own publication.
"""

import csv
import hashlib
import json
import sys
from fractions import Fraction
from math import ceil
from pathlib import Path

FRAME = ["inspectors.csv", "rules.csv", "stations.csv"]


def sha256(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def chosen(seed, label, weights, size):
    """`size` keys of `weights` ({code: weight}), drawn one after the other."""
    left, drawn = dict(sorted(weights.items())), []
    for k in range(1, size + 1):
        point = int(sha256(f"{seed}|{label}|{k}"), 16) % sum(left.values())
        for code in left:
            point -= left[code]
            if point < 0:
                drawn.append(code)
                break
        del left[drawn[-1]]
    return drawn


def shared_out(counts, size):
    """How many of `size` fall to each kind."""
    given = dict.fromkeys(counts, 0)
    while sum(given.values()) < size:
        order = []
        for kind, count in counts.items():
            if given[kind] < count:
                claim = Fraction(count, given[kind]) if given[kind] else Fraction(10**9)
                order.append((-claim, -count, kind))
        given[min(order)[2]] += 1
    return given


def sample(directory, seed):
    rules = {row["key"]: row["value"] for row in rows_of(directory / "rules.csv")}
    percent, minimum = Fraction(rules["percent"]), int(rules["minimum"])
    strata = {}
    for row in rows_of(directory / "stations.csv"):
        kinds = strata.setdefault(row["prefecture"], {})
        kinds.setdefault(row["kind"], {})[row["code"]] = int(row["weight"])
    people = rows_of(directory / "inspectors.csv")
    for prefecture, kinds in sorted(strata.items()):
        counts = {kind: len(codes) for kind, codes in kinds.items()}
        total = sum(counts.values())
        size = min(total, max(minimum, ceil(percent * total / 100)))
        able = {row["inspector"]: 1 for row in people if row["area"] != prefecture}
        for kind, part in sorted(shared_out(counts, size).items()):
            label = f"stations|{prefecture}|{kind}"
            for order, code in enumerate(chosen(seed, label, kinds[kind], part), 1):
                team = chosen(seed, f"inspectors|{code}", able, int(rules["inspectors"]))
                yield {
                    "prefecture": prefecture,
                    "kind": kind,
                    "order": str(order),
                    "station": code,
                    "inspectors": ";".join(team),
                }


def differences(directory):
    """One line for each thing that does not agree."""
    protocol = json.loads((directory / "protocol.json").read_text(encoding="utf-8"))
    lines = [f"{sha256((directory / name).read_bytes())}  {name}\n" for name in FRAME]
    frame = sha256("".join(lines))
    if frame != protocol["frame_sha256"]:
        yield f"the frame's digest is {frame}, recorded was {protocol['frame_sha256']}"
    parts = [protocol["frame_sha256"], protocol["seal_digest"], protocol["public_number"]]
    seed = sha256("".join(f"{part}\n" for part in parts))
    if seed != protocol["seed"]:
        yield f"the seed is {seed}, recorded was {protocol['seed']}"
    expected, found = list(sample(directory, seed)), rows_of(directory / "sample.csv")
    if len(expected) != len(found):
        yield f"{len(expected)} stations are drawn, the protocol names {len(found)}"
    for mine, theirs in zip(expected, found, strict=False):
        if mine != theirs:
            yield f"drawn is {mine}, the protocol names {theirs}"


def main(arguments):
    if len(arguments) != 1 or not (Path(arguments[0]) / "protocol.json").is_file():
        print(__doc__.strip(), file=sys.stderr)
        return 2
    directory = Path(arguments[0])
    try:
        found = list(differences(directory))
    except (KeyError, ValueError, ZeroDivisionError, OSError) as error:
        found = [f"the protocol cannot be read: {error!r}"]
    for line in found[:20]:
        print(line)
    if found:
        print(f"{len(found)} differences: this is NOT the draw that the frame and the seed give")
        return 1
    count = len(rows_of(directory / "sample.csv"))
    print(f"repeated: {count} stations, the same ones with the same inspectors in the same order")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
