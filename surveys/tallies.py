"""Counting: everything is derived from the ballots, nothing is kept beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Aggregate, Count, TextField

from campaign.models import Campaign, Enrolment
from surveys.layout import Item, layout_of
from surveys.models import Ballot, Questionnaire

# No breakdown with fewer ballots is shown to anybody (anonymity in small groups).
SMALLEST_CELL = 5


class Concatenated(Aggregate):
    """All texts of a group one behind the other, in no particular order."""

    output_field = TextField()

    def as_sqlite(self, compiler, connection, **extra):
        # Without the empty separator SQLite would put commas between them.
        template = "GROUP_CONCAT(%(expressions)s, '')"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler, connection, **extra):
        template = "STRING_AGG(%(expressions)s, '')"
        return self.as_sql(compiler, connection, template=template, **extra)


@dataclass(frozen=True)
class Cell:
    """The counted ballots of one group at one station, `ballots` of them.

    `columns`: per question that is not a text, the options ticked (blanks too), one character a
    ballot; the ballots stand in the same order in every column, whichever that is.
    """

    enrolment_id: int
    group: str
    ballots: int
    items: tuple[Item, ...]
    columns: dict[int, str]

    @property
    def counts(self) -> dict[int, dict[str, int]]:
        """Per question, how often each option was chosen, also with 0; blanks are left out."""
        return {
            item.number: {code: self.columns[item.number].count(code) for code in item.codes}
            for item in self.items
        }


def cells(campaign: Campaign, enrolment_ids=None) -> Iterator[Cell]:
    """Every station's and group's counted ballots (valid, and not set aside) in one query.

    For statistics that need whole ballots: no caller may keep or show the columns.
    """
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        return
    items = layout_of(questionnaire).packed
    ballots = Ballot.objects.counted().filter(questionnaire=questionnaire)
    if enrolment_ids is not None:
        ballots = ballots.filter(enrolment__in=enrolment_ids)
    rows = ballots.values_list("enrolment_id", "group").annotate(
        number=Count("pk"), packed=Concatenated("answers")
    )
    for enrolment_id, group, number, packed in rows.order_by():
        columns = {item.number: packed[place :: len(items)] for place, item in enumerate(items)}
        yield Cell(enrolment_id, group, number, items, columns)


def count_ballots(
    campaign: Campaign, enrolment_ids=None
) -> dict[int, dict[str, tuple[int, dict[int, dict[str, int]]]]]:
    """enrolment id → group → (valid ballots, {question number: {option: how often chosen}}).

    Over the counted ballots. An option is its one character on the ballot; all options of a
    question are listed, also with 0; blanks are not. Stations and groups without a counted ballot
    are absent. One query.
    """
    tallies: dict = {}
    for cell in cells(campaign, enrolment_ids):
        tallies.setdefault(cell.enrolment_id, {})[cell.group] = (cell.ballots, cell.counts)
    return tallies


@dataclass(frozen=True)
class QuestionRow:
    """A question's distribution in one group. `satisfied`: share of the answers that count, in
    percent to one place; None without such answers."""

    item: Item
    counts: tuple[tuple[str, int], ...]
    satisfied: Decimal | None


@dataclass(frozen=True)
class GroupResponse:
    """A group's part: `rows` is None where fewer than five valid ballots came."""

    name: str
    valid_ballots: int
    rows: tuple[QuestionRow, ...] | None


@dataclass(frozen=True)
class Response:
    """What the office sees of a station's ballots. `leads`: "yes" to the yes-no question over the
    groups that are shown (over all, the difference would give away the small one); None without
    a group to show."""

    groups: tuple[GroupResponse, ...]
    valid_ballots: int
    leads: int | None


def response(enrolment: Enrolment) -> Response:
    """The response of one station, with every small group's answers left out."""
    questionnaire = Questionnaire.objects.in_force(enrolment.campaign)
    if questionnaire is None:
        return Response(groups=(), valid_ballots=0, leads=None)
    layout = layout_of(questionnaire)
    tallies = count_ballots(enrolment.campaign, [enrolment.pk]).get(enrolment.pk, {})
    groups, leads = [], []
    for group in layout.groups:
        number, counts = tallies.get(group.code, (0, {}))
        rows = None
        if number >= SMALLEST_CELL:
            rows = tuple(_row(item, counts[item.number]) for item in layout.packed if item.scored)
            if layout.lead:
                # The first option of a yes-no question is "yes".
                leads.append(counts[layout.lead.number][layout.lead.codes[0]])
        groups.append(GroupResponse(name=group.name, valid_ballots=number, rows=rows))
    return Response(
        groups=tuple(groups),
        valid_ballots=sum(group.valid_ballots for group in groups),
        leads=sum(leads) if leads else None,
    )


def _row(item: Item, counts: dict[str, int]) -> QuestionRow:
    counted = sum(counts[choice.code] for choice in item.choices if choice.counts)
    satisfied = sum(counts[choice.code] for choice in item.choices if choice.satisfied)
    share = Decimal(100 * satisfied) / counted if counted else None
    return QuestionRow(
        item=item,
        counts=tuple((choice.text, counts[choice.code]) for choice in item.choices),
        satisfied=None if share is None else share.quantize(Decimal("0.1"), ROUND_HALF_UP),
    )
