"""The shipped questionnaire for tests, and an answer sheet as a phone sends it."""

import csv
from datetime import timedelta
from pathlib import Path

from surveys.receipts import new_key
from surveys.services.arrivals import stamp
from surveys.services.questionnaires import load_questionnaire, open_questionnaire
from tests.factories import NOW

DATA = Path(__file__).resolve().parents[2] / "data"


def csv_rows(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def loaded(world, **changes):
    """The province's default questionnaire, not yet open."""
    tables = {
        "questions": csv_rows("questionnaire.csv"),
        "scales": csv_rows("questionnaire_scales.csv"),
        "groups": csv_rows("respondent_groups.csv"),
    }
    return load_questionnaire(
        campaign=world.campaign, by=world.province_admin, now=NOW, **(tables | changes)
    )


def opened(world):
    """The same, open: questions 1–10 scored on S4, 11 yes-no, 12 a text."""
    return open_questionnaire(questionnaire=loaded(world), by=world.province_admin, now=NOW)


def answers(code="1", lead="2", **changes):
    """Question number → option; `q3="4"` changes one."""
    rows = dict.fromkeys(range(1, 11), code) | {11: lead}
    return rows | {int(field[1:]): value for field, value in changes.items()}


def posted(step="send", key=None, group="service", comment="", **changes):
    """The fields of the public form."""
    fields = {f"q{number}": code for number, code in answers(**changes).items()}
    key = key or new_key()
    fields |= {"q12": comment, "group": group, "key": key, "step": step}
    fields["began"] = stamp(key, NOW - timedelta(minutes=5))
    return {field: value for field, value in fields.items() if value is not None}
