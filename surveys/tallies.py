"""Counting: everything is derived from the ballots, nothing is kept beside them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Aggregate, Count, TextField

from campaign.models import Campaign
from surveys.layout import Item, layout_of
from surveys.models import Ballot, Questionnaire


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


def cells(campaign: Campaign, enrolment_ids=None, *, with_set_aside=False) -> Iterator[Cell]:
    """Every station's and group's counted ballots (valid, and not set aside) in one query.

    `with_set_aside`: as if no ballot had been set aside, to show both. For statistics that need
    whole ballots: no caller may keep or show the columns.
    """
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        return
    items = layout_of(questionnaire).packed
    ballots = Ballot.objects.filter(questionnaire=questionnaire, valid=True)
    if not with_set_aside:
        ballots = ballots.filter(set_aside=False)
    if enrolment_ids is not None:
        ballots = ballots.filter(enrolment__in=enrolment_ids)
    rows = ballots.values_list("enrolment_id", "group").annotate(
        number=Count("pk"), packed=Concatenated("answers")
    )
    for enrolment_id, group, number, packed in rows.order_by():
        columns = {item.number: packed[place :: len(items)] for place, item in enumerate(items)}
        yield Cell(enrolment_id, group, number, items, columns)


def count_ballots(
    campaign: Campaign, enrolment_ids=None, *, with_set_aside=False
) -> dict[int, dict[str, tuple[int, dict[int, dict[str, int]]]]]:
    """enrolment id → group → (valid ballots, {question number: {option: how often chosen}}).

    Over the counted ballots. An option is its one character on the ballot; all options of a
    question are listed, also with 0; blanks are not. Stations and groups without a counted ballot
    are absent. One query.
    """
    tallies: dict = {}
    for cell in cells(campaign, enrolment_ids, with_set_aside=with_set_aside):
        tallies.setdefault(cell.enrolment_id, {})[cell.group] = (cell.ballots, cell.counts)
    return tallies
