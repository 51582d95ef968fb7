"""Counting again, in another way: ballot by ballot, in plain Python, from the rows alone.

The tallies that scores are made of come from one aggregate query and column slices
(surveys/tallies.py). This reads every ballot of the campaign, judges its validity anew, counts
question by question, and compares. It shares no code with the other way but the questionnaire.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from campaign.models import Campaign
from surveys.layout import layout_of
from surveys.models import Ballot, BallotBatch, Questionnaire
from surveys.tallies import count_ballots

CHUNK = 20_000


@dataclass
class Recount:
    """What was read, and every difference in words (empty: the tallies are the ballots')."""

    ballots: int = 0
    counted: int = 0
    stations: int = 0
    cells: int = 0
    differences: list[str] = field(default_factory=list)


def recount(campaign: Campaign) -> Recount:
    """Count all ballots of a campaign again and compare with the tallies."""
    result = Recount()
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        return result
    layout = layout_of(questionnaire)
    scored = [place for place, item in enumerate(layout.packed) if item.scored]
    counting = [set(item.counting) for item in layout.packed]
    known = [set(item.codes) | {"0"} for item in layout.packed]
    needed = layout.valid_share * len(scored)
    numbers: dict[tuple, int] = {}
    counts: dict[tuple, int] = {}
    by_batch: Counter = Counter()
    verdicts: dict[str, bool | None] = {}
    for place, ballots in groupby(_ballots(questionnaire), key=itemgetter(0, 1)):
        sheets = []
        for _enrolment, _group, pk, answers, valid, aside, batch in ballots:
            result.ballots += 1
            if batch:
                by_batch[batch] += 1
            if answers not in verdicts:
                fits = len(answers) == len(known) and all(
                    code in codes for code, codes in zip(answers, known, strict=True)
                )
                right = fits and sum(answers[p] in counting[p] for p in scored) >= needed
                verdicts[answers] = right if fits else None
            verdict = verdicts[answers]
            if verdict is None:
                result.differences.append(f"ballot {pk}: answers {answers!r} do not fit")
            elif verdict is not valid:
                result.differences.append(f"ballot {pk}: stored valid={valid}, judged {verdict}")
            if valid and not aside:
                result.counted += 1
                numbers[place] = numbers.get(place, 0) + 1
                if verdict is not None:
                    sheets.append(answers)
        for item, column in zip(layout.packed, zip(*sheets, strict=True), strict=False):
            for code, number in Counter(column).items():
                if code != "0":
                    counts[(*place, item.number, code)] = number
    tallies = {
        (enrolment, group): cell
        for enrolment, groups in count_ballots(campaign).items()
        for group, cell in groups.items()
    }
    result.stations = len({enrolment for enrolment, _group in numbers})
    for key in sorted(set(numbers) | set(tallies)):
        number, questions = tallies.get(key, (0, {}))
        if number != numbers.get(key, 0):
            result.differences.append(f"{key}: tally {number}, ballots {numbers.get(key, 0)}")
        for question, options in questions.items():
            for code, count in options.items():
                result.cells += 1
                if count != counts.pop((*key, question, code), 0):
                    result.differences.append(f"{key} question {question} option {code}: {count}")
    result.differences += [f"not in the tallies: {key} {number}" for key, number in counts.items()]
    for batch in BallotBatch.objects.filter(campaign=campaign):
        if by_batch[batch.pk] > batch.issued - batch.void:
            result.differences.append(f"batch {batch}: more ballots than issued")
    return result


def _ballots(questionnaire) -> Iterator[tuple]:
    """Every ballot, station by station and group by group."""
    columns = ("enrolment", "group", "pk", "answers", "valid", "set_aside", "batch")
    rows = Ballot.objects.filter(questionnaire=questionnaire).order_by("enrolment_id", "group")
    return rows.values_list(*columns).iterator(chunk_size=CHUNK)
