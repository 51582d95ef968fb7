"""The facts of the papers that follow from results: the award list and the circular. No layout."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign, SupervisionLine
from common import clock
from scoring.models import (
    Consequence,
    ConsequenceKind,
    ConsequenceState,
    Honour,
    HonourKind,
    HonourState,
    PublicityPeriod,
    ScoreRun,
)
from scoring.services.result_rules import quotas_of, rules_of
from stations.models import StationKind


@dataclass(frozen=True)
class AwardRow:
    """A station on the list. `rank` of `size` within its kind in the province."""

    code: str
    name: str
    bureau: str
    prefecture: str
    head: str
    composite: Decimal
    rank: int
    size: int
    recheck_on: date | None
    reason: str


@dataclass(frozen=True)
class AwardSection:
    """One honour for one kind of station, in the order of rank; `quota` None: no limit."""

    honour: str
    honour_label: str
    kind_label: str
    quota: int | None
    rows: tuple[AwardRow, ...]


@dataclass(frozen=True)
class AwardList:
    """The names in a state: before the public, or final. `publicity`: the latest period."""

    campaign: Campaign
    run: ScoreRun | None
    final: bool
    publicity: PublicityPeriod | None
    sections: tuple[AwardSection, ...]


@dataclass(frozen=True)
class CircularRow:
    """A unit in the circular and why. `bureau`: who is told; None for a bureau itself."""

    code: str
    name: str
    bureau: str | None
    basis: dict
    reason: str
    decided_on: date


@dataclass(frozen=True)
class Circular:
    """What was imposed in a campaign, by kind of consequence, in the order of units."""

    campaign: Campaign
    run: ScoreRun | None
    criticism: tuple[CircularRow, ...]
    admonition: tuple[CircularRow, ...]
    bureaus: tuple[CircularRow, ...]
    accountability: tuple[CircularRow, ...]


def award_list(campaign: Campaign, unit: Organisation | None = None, *, final: bool) -> AwardList:
    """The confirmed honours (`final`), or those that are before the public. `unit`: of its stations
    alone; a quota is the province's, so the list of another unit names none."""
    whole = unit is None or unit.kind == OrganisationKind.PROVINCE
    honours = list(_honours(campaign, None if whole else unit, final).with_station())
    quotas = quotas_of(rules_of(campaign)) if whole else {}
    sections = []
    for honour in HonourKind:
        for kind in StationKind:
            rows = [row for row in honours if (row.kind, row.score.kind) == (honour, kind)]
            if rows:
                sections.append(
                    AwardSection(
                        honour=honour.value,
                        honour_label=honour.label,
                        kind_label=kind.label,
                        quota=quotas.get((honour, kind)),
                        rows=tuple(map(_award_row, rows)),
                    )
                )
    return AwardList(
        campaign=campaign,
        run=ScoreRun.objects.published(campaign),
        final=final,
        publicity=PublicityPeriod.objects.filter(campaign=campaign).first(),
        sections=tuple(sections),
    )


def has_awards(campaign: Campaign, unit: Organisation) -> bool:
    """Whether there is an award list of the unit, before the public or final."""
    return any(_honours(campaign, unit, final).exists() for final in (True, False))


def _honours(campaign, unit, final):
    state = HonourState.CONFIRMED if final else HonourState.PUBLICISED
    rows = Honour.objects.filter(campaign=campaign, state=state)
    return (
        rows.filter(enrolment__station__organisation__path__startswith=unit.path) if unit else rows
    )


def _award_row(honour: Honour) -> AwardRow:
    enrolment, bureau = honour.enrolment, honour.enrolment.bureau
    regular = enrolment.line == SupervisionLine.REGULAR
    return AwardRow(
        code=honour.score.code,
        name=honour.score.name,
        bureau=bureau.name,
        prefecture=(bureau.supervisor if regular else bureau).name,
        head=enrolment.station.head,
        composite=honour.score.composite,
        rank=honour.score.rank_kind,
        size=honour.basis.get("size", 0),
        recheck_on=honour.recheck_on,
        reason=honour.nomination_reason,
    )


def circular(campaign: Campaign) -> Circular:
    """The consequences that two people have imposed."""
    imposed = Consequence.objects.filter(campaign=campaign, state=ConsequenceState.IMPOSED)
    rows: dict[str, list] = {}
    for row in imposed.select_related("organisation__supervisor"):
        unit = row.organisation
        station = unit.kind == OrganisationKind.STATION
        rows.setdefault(row.kind, []).append(
            CircularRow(
                code=unit.code,
                name=unit.name,
                bureau=unit.supervisor.name if station else None,
                basis=row.basis,
                reason=row.decision_reason,
                decided_on=clock.today(row.decided_at),
            )
        )
    return Circular(
        campaign=campaign,
        run=ScoreRun.objects.published(campaign),
        criticism=tuple(rows.get(ConsequenceKind.CRITICISM, ())),
        admonition=tuple(rows.get(ConsequenceKind.ADMONITION, ())),
        bureaus=tuple(rows.get(ConsequenceKind.BUREAU, ())),
        accountability=tuple(rows.get(ConsequenceKind.ACCOUNTABILITY, ())),
    )
