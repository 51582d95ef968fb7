"""The default questionnaire as the product ships it, for tests that need a whole one."""

import csv
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def _rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


QUESTIONS = _rows("questionnaire.csv")
SCALES = _rows("questionnaire_scales.csv")
GROUPS = _rows("respondent_groups.csv")
