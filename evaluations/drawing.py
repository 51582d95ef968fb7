"""The draw of spot checks (抽查): stations and inspectors by chance, repeatable by anybody.

Pure: knows neither Django nor the database. The rules, exactly:

1. Strata are prefecture × station kind. Of the N stations of a prefecture
   n = min(N, max(minimum, ⌈percent · N / 100⌉)) are drawn.
2. The n are shared out to the kinds one at a time: each goes to the kind with the greatest
   N_kind / (already given), a kind with none first of all; among equals the larger kind, then the
   kind whose code comes first. So every kind is there when n reaches their number.
3. `number(seed, label, k)` = SHA-256 of "seed|label|k" (UTF-8) as a whole number.
4. Drawing m of some items: sort them by code (code points). For k = 1 … m: r = number(seed, label,
   k) mod (sum of the weights that remain); walk along the items, adding weights; the first one
   whose running sum exceeds r is drawn and leaves. A weight is a whole number, 1 without weighting.
   (The remainder favours none by more than 1 in 2^200.)
5. Labels: "stations|prefecture|kind" for the stations of a stratum, "inspectors|station" for the
   inspectors of a drawn station, who are drawn from those of another area than its prefecture.
6. seed = SHA-256 of three lines: digest of the frame, digest of the audit trail's seal, public
   number. The frame's digest is the SHA-256 of the lines "SHA-256  name" of its files by name,
   as `sha256sum` prints them.
"""

import csv
import hashlib
import io
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

FRAME_FILES = ("inspectors.csv", "rules.csv", "stations.csv")
COLUMNS = {
    "rules.csv": ("key", "value"),
    "stations.csv": ("code", "name", "prefecture", "kind", "weight", "first_score"),
    "inspectors.csv": ("inspector", "name", "area"),
    "sample.csv": ("prefecture", "kind", "order", "station", "inspectors"),
}
INSPECTORS = 2  # 双随机: objects by chance, and two or more inspectors by chance


@dataclass(frozen=True)
class Station:
    """`weight`: a whole number above zero."""

    code: str
    prefecture: str
    kind: str
    weight: int = 1


@dataclass(frozen=True)
class Person:
    """`area`: the prefecture or directly administered county of the person's unit; "" where the
    unit is the province's own."""

    code: str
    area: str


@dataclass(frozen=True)
class Rule:
    """`percent`: of a prefecture's stations. `minimum`: stations a prefecture, at least."""

    percent: int
    minimum: int
    inspectors: int = INSPECTORS


@dataclass(frozen=True)
class Drawn:
    """A drawn station with its inspectors, in the order in which chance named them."""

    prefecture: str
    kind: str
    order: int
    station: str
    inspectors: tuple[str, ...]


class TooFewInspectors(ValueError):
    """Nobody may be sent to `area`: too few inspectors come from elsewhere."""

    def __init__(self, area: str):
        super().__init__(area)
        self.area = area


def size_of(total: int, rule: Rule) -> int:
    """How many of `total` stations of a prefecture are drawn (rule 1)."""
    share = -(-rule.percent * total // 100)
    return min(total, max(rule.minimum, share))


def shares(counts: dict[str, int], size: int) -> dict[str, int]:
    """How many of `size` fall to each kind; `counts`: stations by kind (rule 2)."""
    given = dict.fromkeys(sorted(counts), 0)
    for _ in range(size):
        open_kinds = [kind for kind in given if given[kind] < counts[kind]]
        best = min(open_kinds, key=lambda kind: _claim(counts[kind], given[kind], kind))
        given[best] += 1
    return given


def _claim(count, given, kind):
    """The smallest comes first: kinds with nothing yet, then the greatest count for each given."""
    if not given:
        return (0, Fraction(0), -count, kind)
    return (1, -Fraction(count, given), -count, kind)


def number(seed: str, label: str, k: int) -> int:
    """The k-th random number of a label (rule 3)."""
    return int(hashlib.sha256(f"{seed}|{label}|{k}".encode()).hexdigest(), 16)


def pick(seed: str, label: str, items: list[tuple[str, int]], size: int) -> list[str]:
    """Draw `size` codes of (code, weight) without putting back (rule 4)."""
    remaining, drawn = sorted(items), []
    for k in range(1, size + 1):
        r = number(seed, label, k) % sum(weight for _, weight in remaining)
        running = 0
        for position, (code, weight) in enumerate(remaining):
            running += weight
            if running > r:
                drawn.append(code)
                del remaining[position]
                break
    return drawn


def draw(seed: str, stations: list[Station], people: list[Person], rule: Rule) -> list[Drawn]:
    """The sample with its inspectors, sorted by prefecture, kind and order (rules 1 to 5).
    Raises `TooFewInspectors`."""
    strata: dict = defaultdict(lambda: defaultdict(list))
    for station in stations:
        strata[station.prefecture][station.kind].append(station)
    drawn = []
    for prefecture in sorted(strata):
        kinds = strata[prefecture]
        counts = {kind: len(rows) for kind, rows in kinds.items()}
        parts = shares(counts, size_of(sum(counts.values()), rule))
        able = [(person.code, 1) for person in people if person.area != prefecture]
        if len(able) < rule.inspectors:
            raise TooFewInspectors(prefecture)
        for kind in sorted(kinds):
            items = [(row.code, row.weight) for row in kinds[kind]]
            codes = pick(seed, f"stations|{prefecture}|{kind}", items, parts[kind])
            for order, code in enumerate(codes, 1):
                team = pick(seed, f"inspectors|{code}", able, rule.inspectors)
                drawn.append(Drawn(prefecture, kind, order, code, tuple(team)))
    return drawn


# --- files ----------------------------------------------------------------------------------------


def table(name: str, rows) -> str:
    """The canonical CSV of a file: header, LF, quotes only where needed, UTF-8 when encoded."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS[name])
    writer.writerows(rows)
    return target.getvalue()


def read_table(text: str) -> list[dict]:
    """The rows of a file of `table`."""
    return list(csv.DictReader(io.StringIO(text)))


def frame_digest(files: dict[str, str]) -> str:
    """The digest that is recorded before anybody knows the seed (rule 6)."""
    lines = [
        f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in FRAME_FILES
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def seed_of(frame: str, seal: str, public_number: str) -> str:
    """The seed of rule 6."""
    return hashlib.sha256(f"{frame}\n{seal}\n{public_number}\n".encode()).hexdigest()


def draw_from_files(seed: str, files: dict[str, str]) -> list[Drawn]:
    """`draw` from the frame's files alone."""
    rules = {row["key"]: row["value"] for row in read_table(files["rules.csv"])}
    stations = [
        Station(row["code"], row["prefecture"], row["kind"], int(row["weight"]))
        for row in read_table(files["stations.csv"])
    ]
    people = [Person(row["inspector"], row["area"]) for row in read_table(files["inspectors.csv"])]
    rule = Rule(int(rules["percent"]), int(rules["minimum"]), int(rules["inspectors"]))
    return draw(seed, stations, people, rule)


def sample_table(drawn: list[Drawn]) -> str:
    """sample.csv of a draw."""
    return table(
        "sample.csv",
        (
            (row.prefecture, row.kind, row.order, row.station, ";".join(row.inspectors))
            for row in drawn
        ),
    )
