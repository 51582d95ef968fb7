"""Check a published score run: python verify_run.py DIRECTORY

Recomputes every questionnaire score, composite, grade, status and rank from the input files alone
and compares them with scores.csv; checks every checksum on the way. Needs Python 3.11 or later and
nothing else. The rules and the file format it follows are described in docs/scoring.md.

Exit status: 0 verified, 1 differences found (the first ones are listed), 2 wrong usage.
It shows that the published ranking follows from the published counts; it cannot show that the
counts are true. Compare the digest it prints with the one that was announced.
"""

import bisect
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

SHAPES = {
    "any": r"[0-9A-Za-z_.;/-]*",
    "bool": "[01]",
    "code": r"[0-9A-Za-z][0-9A-Za-z_.-]*",
    "code?": r"([0-9A-Za-z][0-9A-Za-z_.-]*)?",
    "count": "[1-9][0-9]*",
    "decimal": r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?",
    "grade": "excellent|good|qualified|unqualified",
    "kind": "brigade|township",
    "line": "regular|direct|no_county",
    "mark": "[0-9A-Za-z]",
    "part": "province|prefecture|county|questionnaire",
    "ratio?": "((0|[1-9][0-9]*)/[1-9][0-9]*)?",
    "weight": "[1-9][0-9]*/[1-9][0-9]*",
    "whole": "0|[1-9][0-9]*",
}
# Per file: how many leading columns name a row; each column and the shape of its fields.
LAYOUT = """
policy.csv 1 key:code value:any
policy_options.csv 2 scale:code option:mark counts:bool value:ratio?
policy_groups.csv 1 group:code weight:weight minimum:whole
policy_parts.csv 2 line:line part:part weight:weight
policy_grades.csv 1 grade:grade floor:decimal
questions.csv 1 question:whole scale:code weight:weight
stations.csv 1 code:code kind:kind line:line prefecture:code county:code? vetoed:bool
daily.csv 2 station:code part:part score:decimal
groups.csv 2 station:code group:code valid_ballots:count
tallies.csv 4 station:code group:code question:whole option:mark count:count
"""
TABLES = {}
for name, keys, *columns in map(str.split, LAYOUT.strip().splitlines()):
    TABLES[name] = int(keys), dict(column.split(":") for column in columns)
RANKS = ("rank_all", "rank_kind", "rank_prefecture")
RESULTS = ("status", "flags", "questionnaire_exact", "questionnaire")
RESULTS += ("composite_exact", "composite", "grade", *RANKS)
INPUTS, OUTPUTS = tuple(TABLES), ("scores.csv",)
TABLES["scores.csv"] = 1, {"station": "code"} | dict.fromkeys(RESULTS, "any")
SCALARS = {"version", "places", "minimum_sample", "valid_share", "veto_grade"}
SEALED = {"campaign_year", "engine_version", "files", "format", "input_digest", "made_at"}
SEALED |= {"manifest_digest", "output_digest", "policy", "run"}


def refuse(condition, message):
    """Stop where the run cannot even be recomputed; the message says where and why."""
    if condition:
        raise ValueError(message)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def canonical(value):
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def digest_of(content, names):
    return sha256("".join(f"{name} {sha256(content[name])}\n" for name in sorted(names)).encode())


def check_seals(content, manifest):
    """Yield every way in which the files and the manifest disagree."""

    def differs(field, expected, found):
        if expected != found:
            yield f"manifest.json: {field}: expected {expected}, found {found}"

    fields = manifest.keys() if isinstance(manifest, dict) else None
    refuse(fields != SEALED, "manifest.json: wrong fields")
    if canonical(manifest) != content["manifest.json"]:
        yield "manifest.json: not in canonical form"
    yield from differs("format", 1, manifest["format"])
    yield from differs("engine_version", "1", manifest["engine_version"])
    unsealed = {key: value for key, value in manifest.items() if key != "manifest_digest"}
    yield from differs("manifest_digest", sha256(canonical(unsealed)), manifest["manifest_digest"])
    hashes = {name: sha256(content[name]) for name in TABLES}
    sealed = manifest["files"] if isinstance(manifest["files"], dict) else {}
    for name in sorted(hashes.keys() | sealed.keys()):
        yield from differs(f"files: {name}", hashes.get(name), sealed.get(name))
    yield from differs("input_digest", digest_of(content, INPUTS), manifest["input_digest"])
    yield from differs("output_digest", digest_of(content, OUTPUTS), manifest["output_digest"])
    policy = {row["key"]: row["value"] for row in read(content, "policy.csv").values()}
    yield from differs("policy", policy, manifest["policy"])


def read(content, name):
    """A file's rows as dictionaries, by key; refuses whatever is not canonical."""
    key_length, columns = TABLES[name]
    lines = content[name].decode(errors="replace").split("\n")  # no shape admits a replacement
    refuse(lines.pop() != "", f"{name}: the last line has no end")
    refuse(not lines or lines[0] != ",".join(columns), f"{name}: line 1: wrong columns")
    refuse(lines[1:] != sorted(set(lines[1:])), f"{name}: not in the order of code points")
    pattern = re.compile(",".join(f"({SHAPES[shape]})" for shape in columns.values()))
    rows = {}
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split(",")
        refuse(not pattern.fullmatch(line), f"{name}: line {number}: malformed")
        key = tuple(fields[:key_length])
        refuse(key in rows, f"{name}: line {number}: {', '.join(key)} stands twice")
        rows[key] = dict(zip(columns, fields, strict=True))
    return rows


def known(key, table, name):
    refuse(key not in table, f"{name}: {', '.join(key)} refers to nothing")
    return table[key]


def recompute(tables):
    """What scores.csv should say, from the input tables alone: {station: {column: text}}."""
    policy = {key: row["value"] for (key,), row in tables["policy.csv"].items()}
    tie_break = policy.pop("tie_break", "questionnaire")  # written only where it is "share"
    refuse(policy.keys() != SCALARS, "policy.csv: not the expected keys")
    refuse(tie_break not in ("questionnaire", "share"), "policy.csv: tie_break: unknown")
    places, minimum_sample = int(policy["places"]), int(policy["minimum_sample"])
    shares = group_shares(tables)
    daily, parts, ballots = defaultdict(dict), defaultdict(dict), Counter()
    for (line, part), row in tables["policy_parts.csv"].items():
        parts[line][part] = Fraction(row["weight"])
    for (station, part), row in tables["daily.csv"].items():
        line = known((station,), tables["stations.csv"], "daily.csv")["line"]
        known((line, part), tables["policy_parts.csv"], "daily.csv")
        refuse(Fraction(row["score"]) > 100, f"daily.csv: {station}: {part}: above 100")
        daily[station][part] = Fraction(row["score"])
    for (station, _), row in tables["groups.csv"].items():
        ballots[station] += int(row["valid_ballots"])

    results, keys, field = {}, {}, defaultdict(list)
    for (code,), station in tables["stations.csv"].items():
        own = shares[code]
        public = weighted(own)
        fell_out = own and len(own) < len(tables["policy_groups.csv"])
        small = public is None or ballots[code] < minimum_sample
        values = daily[code] | {"questionnaire": public}
        wanted = parts[station["line"]]
        refuse("questionnaire" not in wanted, f"stations.csv: {code}: line without a policy")
        missing = [part for part in sorted(wanted) if part not in values]
        complete = not missing and public is not None
        whole = weighted([(w, values[part]) for part, w in wanted.items()]) if complete else None
        flags = ["groups_renormalised"] * bool(fell_out) + ["insufficient_sample"] * small
        flags += [f"missing_{part}" for part in missing] + ["vetoed"] * int(station["vetoed"])
        status = "insufficient_sample" if small else "ranked"
        results[code] = {
            "status": "incomplete" if missing else status,
            "flags": ";".join(flags),
            "questionnaire_exact": ratio(public),
            "questionnaire": rounded(public, places),
            "composite_exact": ratio(whole),
            "composite": rounded(whole, places),
        } | dict.fromkeys(("grade", *RANKS), "")
        if results[code]["status"] == "ranked":
            results[code]["grade"] = grade(tables, policy, results[code], station)
            ties = (
                ("composite", "questionnaire") if tie_break == "questionnaire" else ("composite",)
            )
            keys[code] = [Fraction(results[code][of]) for of in ties]
    for code, key in keys.items():
        for series in series_of(tables["stations.csv"][code,]):
            bisect.insort(field[series], key)
    for code, key in keys.items():
        for series in series_of(tables["stations.csv"][code,]):
            better = len(field[series]) - bisect.bisect_right(field[series], key)
            results[code][series[0]] = str(better + 1)
    return results


def group_shares(tables):
    """{station: [(weight, score)] of the groups that count}, from the answers upwards."""
    worth, weights, answers = {}, {}, defaultdict(dict)
    for (scale, option), row in tables["policy_options.csv"].items():
        sound = (row["counts"] == "1") == bool(row["value"]) and Fraction(row["value"] or 0) <= 100
        refuse(not sound or option == "0", f"policy_options.csv: {scale}, {option}: bad value")
        worth[scale, option] = Fraction(row["value"]) if row["value"] else None
    scales = {scale for scale, _ in worth}
    for (question,), row in tables["questions.csv"].items():
        weights[question] = Fraction(row["weight"])
        refuse(row["scale"] not in scales, f"questions.csv: {question}: no such scale")
    for (station, group, question, option), row in tables["tallies.csv"].items():
        known((station, group), tables["groups.csv"], "tallies.csv")
        scale = known((question,), tables["questions.csv"], "tallies.csv")["scale"]
        value = None if option == "0" else known((scale, option), worth, "tallies.csv")
        answers[station, group].setdefault(question, []).append((int(row["count"]), value))
    shares = defaultdict(list)
    for (station, group), row in tables["groups.csv"].items():
        known((station,), tables["stations.csv"], "groups.csv")
        rule = known((group,), tables["policy_groups.csv"], "groups.csv")
        means = []
        for question, marks in answers[station, group].items():
            most = sum(count for count, _ in marks)
            refuse(most > int(row["valid_ballots"]), f"tallies.csv: {station}: too many answers")
            counting = [(count, value) for count, value in marks if value is not None]
            if counting:
                means.append((weights[question], weighted(counting)))
        if means and int(row["valid_ballots"]) >= int(rule["minimum"]):
            shares[station].append((Fraction(rule["weight"]), weighted(means)))
    return shares


def weighted(pairs):
    """The mean of (weight, value) pairs; None over nothing."""
    total = sum(weight for weight, _ in pairs)
    return Fraction(sum(weight * value for weight, value in pairs)) / total if total else None


def ratio(value):
    return "" if value is None else f"{value.numerator}/{value.denominator}"


def rounded(value, places):
    """Half up, once, as text with exactly `places` decimals."""
    if value is None:
        return ""
    units, rest = divmod(value.numerator * 10**places, value.denominator)
    digits = str(units + (2 * rest >= value.denominator)).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def grade(tables, policy, result, station):
    floors = {code: Fraction(row["floor"]) for (code,), row in tables["policy_grades.csv"].items()}
    known((policy["veto_grade"],), tables["policy_grades.csv"], "policy.csv")
    limit = Fraction(result["composite"])
    if station["vetoed"] == "1":
        limit = min(limit, floors[policy["veto_grade"]])
    earned = [code for code in floors if floors[code] <= limit]
    refuse(not earned, "policy_grades.csv: a composite has no grade")
    return max(earned, key=floors.get)


def series_of(station):
    """The series a station is ranked in, each beginning with its column in scores.csv."""
    yield ("rank_all",)
    yield "rank_kind", station["kind"]
    yield "rank_prefecture", station["prefecture"], station["kind"]


def compare(expected, found):
    for code in sorted(expected.keys() | {code for (code,) in found}):
        wanted, row = expected.get(code, {}), found.get((code,), {})
        for field in RESULTS:
            if wanted.get(field) != row.get(field):
                difference = f"expected {wanted.get(field)!r}, found {row.get(field)!r}"
                yield f"scores.csv: {code}: {field}: {difference}"


def verify(directory):
    """All differences of a bundle, and the line to print when there are none."""
    names = {entry.name for entry in Path(directory).iterdir()}
    wanted = TABLES.keys() | {"manifest.json"}
    differences = [f"{name}: missing" for name in sorted(wanted - names)]
    differences += [f"{name}: not part of a run" for name in sorted(names - wanted)]
    if wanted - names:
        return differences, ""
    content = {name: (Path(directory) / name).read_bytes() for name in wanted}
    verdict = ""
    try:
        manifest = json.loads(content["manifest.json"].decode(errors="replace"))
        differences += check_seals(content, manifest)
        tables = {name: read(content, name) for name in TABLES}
        differences += compare(recompute(tables), tables["scores.csv"])
        verdict = f"{len(tables['stations.csv'])} stations, digest {manifest['manifest_digest']}"
    except json.JSONDecodeError as reason:
        differences.append(f"manifest.json: {reason}")
    except (ValueError, ArithmeticError) as reason:
        differences.append(f"cannot be recomputed: {reason}")
    return differences, verdict


def main(arguments):
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python verify_run.py DIRECTORY", file=sys.stderr)
        return 2
    differences, verdict = verify(arguments[0])
    if not differences:
        print(f"verified: {verdict}")
        return 0
    print(f"NOT verified: {len(differences)} differences", file=sys.stderr)
    for difference in differences[:10]:
        print(difference, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
