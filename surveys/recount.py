"""Counting again, in another way: ballot by ballot, in plain Python, from the rows alone.

The tallies that scores are made of come from one aggregate query and column slices
(surveys/tallies.py). This reads every ballot of the campaign, judges its validity anew, counts
character by character, and compares. It shares no code with the other way but the questionnaire.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    numbers: Counter = Counter()
    marks: Counter = Counter()
    by_batch: Counter = Counter()
    verdicts: dict[str, bool | None] = {}
    for pk, enrolment, group, answers, valid, aside, batch in _ballots(questionnaire):
        result.ballots += 1
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
            numbers[enrolment, group] += 1
            marks[enrolment, group, answers] += 1
    counts: Counter = Counter()
    for (enrolment, group, answers), number in marks.items():
        for item, code in zip(layout.packed, answers, strict=True):
            if code != "0":
                counts[enrolment, group, item.number, code] += number
    tallies = {
        (enrolment, group): cell
        for enrolment, groups in count_ballots(campaign).items()
        for group, cell in groups.items()
    }
    result.stations = len({enrolment for enrolment, _group in numbers})
    for key in sorted(set(numbers) | set(tallies)):
        number, questions = tallies.get(key, (0, {}))
        if number != numbers[key]:
            result.differences.append(f"{key}: tally {number}, ballots {numbers[key]}")
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
    """Every ballot, by keys in portions."""
    last = -1
    rows = Ballot.objects.filter(questionnaire=questionnaire).order_by("pk")
    columns = ("pk", "enrolment", "group", "answers", "valid", "set_aside", "batch")
    while portion := list(rows.filter(pk__gt=last).values_list(*columns)[:CHUNK]):
        yield from portion
        last = portion[-1][0]
