"""What the office sees of the ballots of a station or of all stations below a unit.

Always per respondent group and never across groups, and only what `disclosure` lets through: a
unit's figures include every ballot below it, so that some figures are held back although they are
large enough themselves.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count

from accounts.models import Organisation
from campaign.models import Campaign, Enrolment
from surveys.disclosure import SMALLEST_CELL, in_steps, publishable
from surveys.layout import Item, layout_of
from surveys.models import Ballot, Questionnaire
from surveys.tallies import count_ballots

_TENTH = Decimal("0.1")
_Z = Decimal("1.959964")


@dataclass(frozen=True)
class Share:
    """Satisfied in percent of the answers that count, with its 95% interval (Wilson), to one place.
    `ballots`: how many ballots stand behind it."""

    percent: Decimal
    low: Decimal
    high: Decimal
    ballots: int


@dataclass(frozen=True)
class QuestionRow:
    """A question's distribution in one group; `share` None without an answer that counts."""

    item: Item
    counts: tuple[tuple[str, int], ...]
    share: Share | None


@dataclass(frozen=True)
class AreaRow:
    """An area with its questions. Its share is over all answers to them; its interval is that of as
    many answers as ballots, since one ballot's answers are alike."""

    name: str
    share: Share | None
    questions: tuple[QuestionRow, ...]


@dataclass(frozen=True)
class GroupResult:
    """A group's part. `quota`: ballots wanted (of all stations together). `areas` None where what
    was answered is held back; `small` tells that the group itself is too small."""

    code: str
    name: str
    ballots: int
    quota: int
    areas: tuple[AreaRow, ...] | None
    leads: int | None
    small: bool

    @property
    def percent(self) -> int:
        """Of the quota, at most 100."""
        return min(100, 100 * self.ballots // self.quota) if self.quota else 100


@dataclass(frozen=True)
class Results:
    """`leads`: "yes" to the lead question over the groups that are shown; None without one."""

    groups: tuple[GroupResult, ...]
    ballots: int
    stations: int
    leads: int | None


def results(
    campaign: Campaign, path: str, questionnaire: Questionnaire | None, *, with_answers: bool
) -> Results:
    """The results of the station or unit with this path along supervision.

    `with_answers`: also what was answered, once it may be read (see policies). Before that the
    numbers of ballots still grow and are given in steps.
    """
    if questionnaire is None:
        return Results((), 0, 0, None)
    layout = layout_of(questionnaire)
    numbers = ballots_by_path(campaign)
    enrolments = _enrolments(campaign)
    below = {pk: place for pk, place in enrolments.items() if place.startswith(path)}
    tallies = count_ballots(campaign, list(below)) if with_answers else {}
    quotas = dict(questionnaire.groups.values_list("code", "quota"))
    groups = []
    for group in layout.groups:
        everywhere = {place: numbers.get((place, group.code), 0) for place in enrolments.values()}
        number = sum(count for place, count in everywhere.items() if place.startswith(path))
        if not with_answers:
            number = in_steps(number)
        areas = leads = None
        if with_answers and number and path in publishable(everywhere):
            counts = _summed(tallies, below, group.code)
            areas = _areas(layout, counts, number)
            if layout.lead:
                leads = counts[layout.lead.number][layout.lead.codes[0]]
        groups.append(
            GroupResult(
                code=group.code,
                name=group.name,
                ballots=number,
                quota=quotas.get(group.code, 0) * len(below),
                areas=areas,
                leads=leads,
                small=0 < number < SMALLEST_CELL,
            )
        )
    leads = [group.leads for group in groups if group.leads is not None]
    return Results(
        groups=tuple(groups),
        ballots=sum(group.ballots for group in groups),
        stations=len(below),
        leads=sum(leads) if leads else None,
    )


def published_tables(campaign: Campaign, path: str, questionnaire: Questionnaire | None):
    """(unit, group, ballots, question, share, counts) for the unit with this path and everything
    below it, as far as it may be published."""
    if questionnaire is None:
        return
    layout = layout_of(questionnaire)
    enrolments = _enrolments(campaign)
    numbers, tallies = ballots_by_path(campaign), count_ballots(campaign)
    names = {unit.path: unit.name for unit in Organisation.objects.filter(path__startswith=path)}
    for group in layout.groups:
        everywhere = {place: numbers.get((place, group.code), 0) for place in enrolments.values()}
        for place in sorted(publishable(everywhere)):
            if place not in names:
                continue
            below = {pk: own for pk, own in enrolments.items() if own.startswith(place)}
            number = sum(everywhere[own] for own in below.values())
            if not number:
                continue
            counts = _summed(tallies, below, group.code)
            for area in _areas(layout, counts, number):
                for row in area.questions:
                    yield (
                        names[place],
                        group.name,
                        number,
                        f"{row.item.number}. {row.item.text}",
                        row.share,
                        row.counts,
                    )


def _enrolments(campaign: Campaign) -> dict[int, str]:
    return dict(
        Enrolment.objects.filter(campaign=campaign)
        .order_by()
        .values_list("pk", "station__organisation__path")
    )


def ballots_by_path(campaign: Campaign) -> dict[tuple[str, str], int]:
    """(path of a station, group) → counted ballots, in one query."""
    rows = (
        Ballot.objects.counted()
        .filter(enrolment__campaign=campaign)
        .values_list("enrolment__station__organisation__path", "group")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return {(path, group): number for path, group, number in rows}


def _summed(tallies, enrolments, group) -> dict[int, dict[str, int]]:
    total: dict = defaultdict(lambda: defaultdict(int))
    for pk in enrolments:
        _number, counts = tallies.get(pk, {}).get(group, (0, {}))
        for question, options in counts.items():
            for code, count in options.items():
                total[question][code] += count
    return total


def _areas(layout, counts, ballots) -> tuple[AreaRow, ...]:
    areas: dict[str, list] = {}
    for item in layout.packed:
        if item.scored:
            areas.setdefault(item.area, []).append(item)
    rows = []
    for name, items in areas.items():
        parts = [_satisfied(item, counts[item.number]) for item in items]
        good, counted = (sum(part) for part in zip(*parts, strict=True))
        rows.append(
            AreaRow(
                name=name,
                share=share(good, counted, ballots),
                questions=tuple(
                    QuestionRow(
                        item=item,
                        counts=tuple(
                            (choice.text, counts[item.number][choice.code])
                            for choice in item.choices
                        ),
                        share=share(*part, part[1]),
                    )
                    for item, part in zip(items, parts, strict=True)
                ),
            )
        )
    return tuple(rows)


def _satisfied(item: Item, counts) -> tuple[int, int]:
    good = sum(counts[choice.code] for choice in item.choices if choice.satisfied)
    return good, sum(counts[choice.code] for choice in item.choices if choice.counts)


def share(good: int, counted: int, sample: int) -> Share | None:
    """`good` of `counted` in percent, with Wilson's interval for `sample` independent answers."""
    if not counted:
        return None
    n, p, z2 = Decimal(sample), Decimal(good) / counted, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt() / (1 + z2 / n)
    return Share(
        percent=_tenth(100 * p),
        low=_tenth(max(Decimal(0), 100 * (middle - half))),
        high=_tenth(min(Decimal(100), 100 * (middle + half))),
        ballots=math.floor(sample),
    )


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP)
