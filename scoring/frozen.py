"""Between a run's frozen rows and the engine: what was frozen, and nothing else, goes in."""

from decimal import Decimal
from functools import lru_cache

from common.bilingual import is_chinese
from scoring import bundle
from scoring.engine import GroupTally, Policy, Question, StationInput
from scoring.models import ScoreRun, StationScore

# The input files that hold the rules; a run keeps their text. The others follow from its scores.
RULE_FILES = (
    "policy.csv",
    "policy_options.csv",
    "policy_groups.csv",
    "policy_parts.csv",
    "policy_grades.csv",
    "questions.csv",
)
_NO_ROWS = {
    name: (",".join(bundle.COLUMNS[name]) + "\n").encode()
    for name in bundle.INPUTS
    if name not in RULE_FILES
}


def rules_of(policy: Policy, questions: tuple[Question, ...], labels: dict) -> dict:
    """What `ScoreRun.rules` keeps. `labels`: see `label`."""
    files = bundle.input_files(policy, questions, ())
    return {"files": {name: files[name].decode() for name in RULE_FILES}, "labels": labels}


def read_rules(run: ScoreRun) -> tuple[Policy, tuple[Question, ...]]:
    """The frozen policy and questions. Raises ValueError where they are not canonical."""
    return _parsed(tuple(run.rules["files"][name] for name in RULE_FILES))


@lru_cache(maxsize=8)
def _parsed(texts: tuple[str, ...]) -> tuple[Policy, tuple[Question, ...]]:
    """The same text says the same, for every station that a paper or a page explains."""
    files = {name: text.encode() for name, text in zip(RULE_FILES, texts, strict=True)}
    policy, questions, _ = bundle.read_inputs(_NO_ROWS | files)
    return policy, questions


def label(run: ScoreRun, *keys) -> str:
    """The frozen words of `keys` in the language in force: `("groups", code)`,
    `("questions", number)` or `("options", scale, option)`; the code itself where there are none.
    """
    found = run.rules["labels"]
    for key in keys:
        found = found.get(str(key), {})
    zh, en = found.get("zh", ""), found.get("en", "")
    return ((zh or en) if is_chinese() else (en or zh)) or str(keys[-1])


def station_input(score: StationScore) -> StationInput:
    """What the engine takes of one station. Raises ValueError for what makes no sense."""
    return StationInput(
        code=score.code,
        kind=score.kind,
        line=score.line,
        prefecture=score.prefecture,
        county=score.county,
        daily=tuple((part, Decimal(given)) for part, given in score.inputs["daily"].items()),
        tallies=tuple(
            GroupTally(
                group,
                tally["valid_ballots"],
                tuple(
                    (int(number), option, count)
                    for number, options in tally["counts"].items()
                    for option, count in options.items()
                ),
            )
            for group, tally in score.inputs["groups"].items()
        ),
        vetoed=score.inputs["vetoed"],
    )


def frozen_inputs(
    run: ScoreRun,
) -> tuple[Policy, tuple[Question, ...], tuple[StationInput, ...]]:
    """The inputs of a run, rebuilt from its frozen rows alone."""
    policy, questions = read_rules(run)
    scores = run.scores.order_by("code").iterator(chunk_size=1000)
    return policy, questions, tuple(station_input(score) for score in scores)
