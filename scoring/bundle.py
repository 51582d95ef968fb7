"""The canonical bytes of a run, so that anyone can check a published ranking. Pure: no files.

UTF-8 without BOM, LF, body lines sorted by code point, exact values as "n/d", no time stamp in any
CSV file: the same inputs give the same bytes on every machine. Every field is a code or a number,
so nothing needs quoting and nothing can be taken for a formula by a spreadsheet.

Source: the design's chapter on scoring, rule 8. The format, column by column: docs/scoring.md.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from scoring.collector import collector_paused
from scoring.engine import (
    ENGINE_VERSION,
    QUESTIONNAIRE,
    GradeBand,
    GroupRule,
    GroupTally,
    OptionRule,
    PartRule,
    Policy,
    Question,
    StationInput,
    StationScore,
)

FORMAT_VERSION = 1
MANIFEST = "manifest.json"

COLUMNS = {
    "policy.csv": ("key", "value"),
    "policy_options.csv": ("scale", "option", "counts", "value"),
    "policy_groups.csv": ("group", "weight", "minimum"),
    "policy_parts.csv": ("line", "part", "weight"),
    "policy_grades.csv": ("grade", "floor"),
    "questions.csv": ("question", "scale", "weight"),
    "stations.csv": ("code", "kind", "line", "prefecture", "county", "vetoed"),
    "daily.csv": ("station", "part", "score"),
    "groups.csv": ("station", "group", "valid_ballots"),
    "tallies.csv": ("station", "group", "question", "option", "count"),
    "scores.csv": (
        "station",
        "status",
        "flags",
        "questionnaire_exact",
        "questionnaire",
        "composite_exact",
        "composite",
        "grade",
        "rank_all",
        "rank_kind",
        "rank_prefecture",
    ),
}
OUTPUTS = ("scores.csv",)
INPUTS = tuple(name for name in COLUMNS if name not in OUTPUTS)


@collector_paused()
def input_files(
    policy: Policy, questions: Iterable[Question], stations: Iterable[StationInput]
) -> dict[str, bytes]:
    """The input files of a run by name: all that its scores depend on, and nothing else.

    The inputs should be ones that the engine has scored; it refuses what contradicts itself.
    """
    stations = tuple(stations)
    tallies = [(station.code, tally) for station in stations for tally in station.tallies]
    rows = {
        "policy.csv": _scalars(policy).items(),
        "policy_options.csv": ((o.scale, o.option, o.counts, o.value) for o in policy.options),
        "policy_groups.csv": ((g.code, g.weight, g.minimum) for g in policy.groups),
        "policy_parts.csv": ((p.line, p.part, p.weight) for p in policy.parts),
        "policy_grades.csv": ((band.code, _plain(band.floor)) for band in policy.grades),
        "questions.csv": ((q.number, q.scale, q.weight) for q in questions),
        "stations.csv": (
            (s.code, s.kind, s.line, s.prefecture, s.county, s.vetoed) for s in stations
        ),
        "daily.csv": ((s.code, part, _plain(score)) for s in stations for part, score in s.daily),
        "groups.csv": ((code, tally.group, tally.valid_ballots) for code, tally in tallies),
        "tallies.csv": (
            (code, tally.group, *counted) for code, tally in tallies for counted in tally.counts
        ),
    }
    return {name: _csv(name, rows[name]) for name in INPUTS}


@collector_paused()
def output_files(scores: Iterable[StationScore]) -> dict[str, bytes]:
    """The output files of a run by name, from the scores that the engine ranked."""
    rows = (
        (
            score.code,
            score.status,
            ";".join(score.flags),
            score.questionnaire_exact,
            score.questionnaire,
            score.composite_exact,
            score.composite,
            score.grade,
            *([rank.position for rank in score.ranks] or [None] * 3),
        )
        for score in scores
    )
    return {"scores.csv": _csv("scores.csv", rows)}


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the lines "name sha256", sorted by name: one figure for all the files."""
    lines = (f"{name} {_sha256(content)}\n" for name, content in sorted(files.items()))
    return _sha256("".join(lines).encode())


def manifest(
    *,
    run_id: str,
    campaign_year: int,
    policy: Policy,
    made_at: datetime,
    inputs: Mapping[str, bytes],
    outputs: Mapping[str, bytes],
) -> bytes:
    """The canonical JSON that describes and seals a run.

    `manifest_digest` is the SHA-256 of the same JSON without that field, so it stands for the whole
    bundle: publish it where others keep it. Raises ValueError if `made_at` has no time zone.
    """
    if made_at.utcoffset() is None:
        raise ValueError("made_at: has no time zone")
    content = {
        "format": FORMAT_VERSION,
        "run": run_id,
        "campaign_year": campaign_year,
        "engine_version": ENGINE_VERSION,
        "policy": _scalars(policy),
        "made_at": made_at.isoformat(timespec="seconds"),
        "input_digest": digest(inputs),
        "output_digest": digest(outputs),
        "files": {name: _sha256(data) for name, data in {**inputs, **outputs}.items()},
    }
    return _json(content | {"manifest_digest": _sha256(_json(content))})


def read_inputs(
    files: Mapping[str, bytes],
) -> tuple[Policy, tuple[Question, ...], tuple[StationInput, ...]]:
    """What `input_files` wrote; other files in the mapping are ignored.

    Raises KeyError for a missing file and ValueError for one that is not canonical.
    """
    rows = {name: _rows(name, files[name]) for name in INPUTS}
    scalars = dict(rows["policy.csv"])
    policy = Policy(
        version=int(scalars["version"]),
        places=int(scalars["places"]),
        minimum_sample=int(scalars["minimum_sample"]),
        valid_share=Fraction(scalars["valid_share"]),
        options=tuple(
            OptionRule(scale, option, counts == "1", Fraction(value) if value else None)
            for scale, option, counts, value in rows["policy_options.csv"]
        ),
        groups=tuple(
            GroupRule(code, Fraction(weight), int(minimum))
            for code, weight, minimum in rows["policy_groups.csv"]
        ),
        parts=tuple(
            PartRule(line, part, Fraction(weight))
            for line, part, weight in rows["policy_parts.csv"]
        ),
        grades=tuple(GradeBand(code, Decimal(floor)) for code, floor in rows["policy_grades.csv"]),
        veto_grade=scalars["veto_grade"],
        tie_break=scalars.get("tie_break", QUESTIONNAIRE),
    )
    questions = sorted(
        (Question(int(no), scale, Fraction(weight)) for no, scale, weight in rows["questions.csv"]),
        key=lambda question: question.number,
    )
    counts: dict[tuple[str, str], list] = {}
    for station, group, number, option, count in rows["tallies.csv"]:
        counts.setdefault((station, group), []).append((int(number), option, int(count)))
    daily: dict[str, list] = {}
    for station, part, score in rows["daily.csv"]:
        daily.setdefault(station, []).append((part, Decimal(score)))
    tallies: dict[str, list] = {}
    for station, group, ballots in rows["groups.csv"]:
        counted = tuple(counts.get((station, group), ()))
        tallies.setdefault(station, []).append(GroupTally(group, int(ballots), counted))
    stations = tuple(
        StationInput(
            code=code,
            kind=kind,
            line=line,
            prefecture=prefecture,
            county=county,
            daily=tuple(daily.get(code, ())),
            tallies=tuple(tallies.get(code, ())),
            vetoed=vetoed == "1",
        )
        for code, kind, line, prefecture, county, vetoed in rows["stations.csv"]
    )
    # Writing again finds what reading let pass: strays, odd spellings of a number, lost order.
    for name, content in input_files(policy, questions, stations).items():
        if content != files[name]:
            raise ValueError(f"{name}: not canonical")
    return policy, tuple(questions), stations


def _scalars(policy: Policy) -> dict[str, str]:
    names = ("version", "places", "minimum_sample", "valid_share", "veto_grade")
    scalars = {name: _field(getattr(policy, name)) for name in names}
    # Runs from before there was a choice keep their bytes: the default is not written.
    return scalars if policy.tie_break == QUESTIONNAIRE else scalars | {"tie_break": "share"}


def _plain(value: Decimal) -> str:
    """A decimal as given, without padding: 85.50 and 85.5 are the same score and bytes."""
    text = format(value.copy_abs(), "f")  # never negative, but -0 is a Decimal too
    return text.rstrip("0").rstrip(".") if "." in text else text


def _field(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _csv(name: str, rows: Iterable[Iterable]) -> bytes:
    lines = sorted(",".join(map(_field, row)) for row in rows)
    return "".join(f"{line}\n" for line in (",".join(COLUMNS[name]), *lines)).encode()


def _rows(name: str, content: bytes) -> list[list[str]]:
    header, *lines = content.decode().removesuffix("\n").split("\n")
    rows = [line.split(",") for line in lines]
    width = len(COLUMNS[name])
    if header != ",".join(COLUMNS[name]) or any(len(row) != width for row in rows):
        raise ValueError(f"{name}: columns are not {', '.join(COLUMNS[name])}")
    return rows


def _json(content: dict) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
