"""The bundle of a run, and the verifier that must refuse every change to it."""

import hashlib
import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import verify_run
from scoring.bundle import digest, input_files, manifest, output_files, read_inputs
from scoring.engine import (
    GradeBand,
    GroupRule,
    GroupTally,
    OptionRule,
    PartRule,
    Policy,
    Question,
    StationInput,
    score_all,
)

pytestmark = pytest.mark.one_database

SCRIPT = Path(verify_run.__file__)
QUESTIONS = tuple(Question(number, "S4", Fraction(weight)) for number, weight in ((1, 2), (2, 3)))
POLICY = Policy(
    version=3,
    places=2,
    minimum_sample=8,
    valid_share=Fraction(4, 5),
    options=(
        OptionRule("S4", "1", True, Fraction(100)),
        OptionRule("S4", "2", True, Fraction(70)),
        OptionRule("S4", "3", True, Fraction(0)),
        OptionRule("S4", "4", False, None),
    ),
    groups=(GroupRule("service", Fraction(50), 5), GroupRule("society", Fraction(25), 3)),
    parts=(
        PartRule("regular", "prefecture", Fraction(10)),
        PartRule("regular", "county", Fraction(20)),
        PartRule("regular", "questionnaire", Fraction(70)),
        PartRule("direct", "province", Fraction(10)),
        PartRule("direct", "county", Fraction(20)),
        PartRule("direct", "questionnaire", Fraction(70)),
        PartRule("no_county", "prefecture", Fraction(30)),
        PartRule("no_county", "questionnaire", Fraction(70)),
    ),
    grades=(
        GradeBand("excellent", Decimal(90)),
        GradeBand("good", Decimal(80)),
        GradeBand("qualified", Decimal(60)),
        GradeBand("unqualified", Decimal(0)),
    ),
)


def station(code, line, daily, service, society, *, kind="township", vetoed=False):
    def tally(group, marks):
        """Question 2 is answered a little differently: 满意 and 基本满意 change places."""
        swapped = (*marks[1::-1], *marks[2:])
        counts = [(1, str(option), count) for option, count in enumerate(marks, start=1)]
        counts += [(2, str(option), count) for option, count in enumerate(swapped, start=1)]
        return GroupTally(group, sum(marks), tuple(counts))

    return StationInput(
        code=code,
        kind=kind,
        line=line,
        prefecture={"regular": "410100", "direct": "410181", "no_county": "419001"}[line],
        county={"regular": "410122", "direct": "410181", "no_county": ""}[line],
        daily=tuple((part, Decimal(score)) for part, score in daily.items()),
        tallies=(tally("service", service), tally("society", society)),
        vetoed=vetoed,
    )


# One of each: ties, each line, a group that falls out, each status, a veto.
REGULAR = {"prefecture": "90", "county": "85.5"}
STATIONS = (
    station("410122-001", "regular", REGULAR, (6, 2, 1, 1), (3, 1, 0, 0)),
    station("410122-002", "regular", REGULAR, (6, 2, 1, 1), (3, 1, 0, 0)),
    station("410122-003", "regular", REGULAR, (9, 0, 0, 0), (3, 0, 0, 0), vetoed=True),
    station("410122-004", "regular", REGULAR, (8, 1, 2, 0), (1, 0, 1, 0)),
    station("410122-005", "regular", REGULAR, (5, 0, 0, 0), (2, 0, 0, 0)),
    station("410122-006", "regular", REGULAR, (1, 0, 0, 0), (1, 0, 0, 0)),
    station("410122-007", "regular", {"county": "77.25"}, (9, 1, 0, 0), (0, 4, 0, 0)),
    station("410122-D", "regular", REGULAR, (7, 1, 1, 0), (5, 0, 2, 1), kind="brigade"),
    station("410181-001", "direct", {"province": "88", "county": "92"}, (7, 0, 3, 0), (4, 1, 1, 0)),
    station("419001-001", "no_county", {"prefecture": "86.4"}, (3, 3, 1, 0), (2, 2, 2, 0)),
)


def make_bundle():
    inputs = input_files(POLICY, QUESTIONS, STATIONS)
    outputs = output_files(score_all(POLICY, QUESTIONS, STATIONS))
    sealed = manifest(
        run_id="2014-1",
        campaign_year=2014,
        policy=POLICY,
        made_at=datetime(2014, 12, 1, 1, 2, 3, tzinfo=UTC),
        inputs=inputs,
        outputs=outputs,
    )
    return {**inputs, **outputs, "manifest.json": sealed}


def write(directory, files):
    for name, content in files.items():
        (directory / name).write_bytes(content)


def run_script(directory, **environment):
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(directory)],
        capture_output=True,
        text=True,
        check=False,
        cwd=directory,
        env=environment,
    )


@pytest.fixture
def bundle(tmp_path):
    files = make_bundle()
    write(tmp_path, files)
    return tmp_path, files


def reseal(files):
    """What a forger would do: make every checksum and digest of the manifest right again."""
    content = json.loads(files["manifest.json"])
    del content["manifest_digest"]
    csv = {name: data for name, data in files.items() if name != "manifest.json"}
    content["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in csv.items()}
    content["policy"] = dict(row.split(",") for row in csv["policy.csv"].decode().split()[1:])
    content["output_digest"] = digest({"scores.csv": csv.pop("scores.csv")})
    content["input_digest"] = digest(csv)

    def canonical(value):
        return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()

    content["manifest_digest"] = hashlib.sha256(canonical(content)).hexdigest()
    return files | {"manifest.json": canonical(content)}


def test_an_unchanged_bundle_is_verified(bundle):
    directory, files = bundle
    for seed in ("0", "1", "4242"):
        done = run_script(directory, PYTHONHASHSEED=seed, TZ="Pacific/Auckland", LC_ALL="C")
        expected = json.loads(files["manifest.json"])["manifest_digest"]
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"verified: 10 stations, digest {expected}\n"


def test_the_sample_shows_every_status_and_flag(bundle):
    text = bundle[1]["scores.csv"].decode()
    for word in ("ranked", "incomplete", "insufficient_sample", "groups_renormalised", "vetoed"):
        assert word in text
    assert "missing_prefecture" in text


def test_every_single_changed_byte_is_refused(bundle, capsys):
    """Every byte of every file, one after the other, to a random other value."""
    directory, files = bundle
    rng = random.Random(20141130)
    for name, content in files.items():
        for position in range(len(content)):
            changed = bytearray(content)
            changed[position] ^= rng.randrange(1, 256)
            (directory / name).write_bytes(changed)
            assert verify_run.main([str(directory)]) == 1, f"{name}: byte {position}"
            assert name in capsys.readouterr().err
        (directory / name).write_bytes(content)
    assert verify_run.main([str(directory)]) == 0  # the loop itself broke nothing


def test_each_file_changed_added_to_or_cut_short_is_refused_by_the_script(bundle):
    directory, files = bundle
    for name, content in files.items():
        for changed in (content[:-1], content + b"\n", b"\xef\xbb\xbf" + content):
            (directory / name).write_bytes(changed)
            done = run_script(directory)
            assert (done.returncode, done.stdout) == (1, "")
            assert name in done.stderr
            assert "Traceback" not in done.stderr
        (directory / name).write_bytes(content)


def test_a_missing_or_extra_file_is_refused(bundle):
    directory, files = bundle
    for name, content in files.items():
        (directory / name).unlink()
        done = run_script(directory)
        assert done.returncode == 1
        assert f"{name}: missing" in done.stderr
        (directory / name).write_bytes(content)
    (directory / "notes.txt").write_text("")
    done = run_script(directory)
    assert done.returncode == 1
    assert "notes.txt: not part of a run" in done.stderr


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("scores.csv", b",good,", b",excellent,", "grade: expected 'good', found 'excellent'"),
        ("scores.csv", b"unqualified", b"excellent", "410122-003: grade"),
        ("scores.csv", b"incomplete", b"ranked", "410122-007: status"),
        ("scores.csv", b"groups_renormalised,", b",", "410122-004: flags"),
        (
            "daily.csv",
            b"410122-001,county,85.5",
            b"410122-001,county,85.6",
            "410122-001: composite",
        ),
        (
            "tallies.csv",
            b"410122-D,service,1,1,7",
            b"410122-D,service,1,1,6",
            "410122-D: questionn",
        ),
        ("tallies.csv", b"410122-D,service,1,1,7", b"410122-D,service,1,1,8", "too many answers"),
        ("stations.csv", b"410100,410122,1", b"410100,410122,0", "410122-003: flags"),
        ("policy.csv", b"minimum_sample,8", b"minimum_sample,99", "410122-001: status"),
        ("policy_groups.csv", b"service,50/1", b"service,51/1", "questionnaire_exact"),
        ("policy_options.csv", b"70/1", b"80/1", "questionnaire_exact"),
        ("policy_parts.csv", b"county,20/1", b"county,21/1", "composite_exact"),
        ("policy_grades.csv", b"good,80", b"good,89", "grade"),
        ("questions.csv", b"1,S4,2/1", b"1,S4,9/1", "questionnaire_exact"),
        ("groups.csv", b"419001-001,society,6", b"419001-001,tenants,6", "refers to nothing"),
    ],
)
def test_a_forger_who_mends_every_checksum_is_refused_by_the_figures(bundle, name, old, new, told):
    directory, files = bundle
    assert old in files[name]
    forged = reseal(files | {name: files[name].replace(old, new, 1)})
    write(directory, forged)
    done = run_script(directory)
    assert done.returncode == 1
    assert told in done.stderr
    assert "manifest.json: files" not in done.stderr


def test_a_changed_rank_is_named(bundle):
    directory, files = bundle
    lines = files["scores.csv"].decode().splitlines(keepends=True)
    fields = lines[1].rstrip("\n").split(",")
    fields[8] = str(int(fields[8]) + 1)
    lines[1] = ",".join(fields) + "\n"
    write(directory, reseal(files | {"scores.csv": "".join(lines).encode()}))
    done = run_script(directory)
    assert done.returncode == 1
    assert "scores.csv: 410122-001: rank_all: expected" in done.stderr


def test_resealing_alone_is_a_true_copy(bundle):
    assert reseal(bundle[1]) == bundle[1]


def test_inputs_survive_the_round_trip(bundle):
    assert read_inputs(bundle[1]) == (POLICY, QUESTIONS, STATIONS)


def test_the_order_of_stations_does_not_change_a_byte(bundle):
    assert input_files(POLICY, QUESTIONS[::-1], STATIONS[::-1]) == {
        name: bundle[1][name] for name in input_files(POLICY, QUESTIONS, STATIONS)
    }


def test_equal_scores_written_differently_are_the_same_bytes():
    once = [station("S", "no_county", {"prefecture": "85.5"}, (), ())]
    again = [station("S", "no_county", {"prefecture": "85.500"}, (), ())]
    assert input_files(POLICY, QUESTIONS, once) == input_files(POLICY, QUESTIONS, again)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("daily.csv", b",90\n", b",90.0\n"),
        ("groups.csv", b"410122-001,", b"410999-001,"),
        ("policy_groups.csv", b"50/1", b"100/2"),
        ("stations.csv", b"code,", b"station,"),
        ("policy.csv", b"version,3", b"version,3,3"),
    ],
)
def test_reading_refuses_what_is_not_canonical(bundle, name, old, new):
    files = bundle[1]
    assert old in files[name]
    with pytest.raises(ValueError, match=name):
        read_inputs(files | {name: files[name].replace(old, new, 1)})


def test_a_manifest_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        manifest(
            run_id="1",
            campaign_year=2014,
            policy=POLICY,
            made_at=datetime(2014, 12, 1),  # noqa: DTZ001 - what is to be refused
            inputs={},
            outputs={},
        )


def test_wrong_usage_is_told_apart(tmp_path, capsys):
    assert verify_run.main([]) == 2
    assert verify_run.main([str(tmp_path / "nowhere")]) == 2
    assert "usage" in capsys.readouterr().err
