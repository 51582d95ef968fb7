"""What the rules propose from a published run (结果运用; notice part 5). People decide on it."""

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from accounts import audit
from campaign.models import Campaign
from evaluations.models import EligibilityWithdrawal, Finding
from scoring.history import YearResult, Years, circulated_stations, front_places, histories
from scoring.models import (
    Consequence,
    ConsequenceKind,
    Grade,
    Honour,
    HonourKind,
    ScoreRun,
    ScoreStatus,
)
from scoring.policies import (
    check_can_propose_results,
)
from scoring.services.result_rules import quotas_of, rules_of
from stations.models import StationKind

GOOD_GRADES = (Grade.EXCELLENT, Grade.GOOD)


@transaction.atomic
def propose_results(*, run: ScoreRun, by, now: datetime) -> tuple[int, int]:
    """Write what the rules propose from a published run; returns (honours, consequences) that are
    new. May be repeated: what was proposed before stays as people left it."""
    check_can_propose_results(by, run, now)
    rules = rules_of(run.campaign)
    honours = [
        Honour(campaign=run.campaign, enrolment=row.enrolment, score=row, proposed_at=now, **facts)
        for row, facts in _honours(run, rules)
    ]
    consequences = [
        Consequence(campaign=run.campaign, proposed_at=now, **facts)
        for facts in _consequences(run, rules)
    ]
    new = []
    for model, rows in ((Honour, honours), (Consequence, consequences)):
        proposed = model.objects.filter(campaign=run.campaign)
        before = set(proposed.values_list("pk", flat=True))
        model.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        new.append([row for row in proposed.order_by("pk") if row.pk not in before])
    counts = len(new[0]), len(new[1])
    audit.record(
        by=by,
        act="results.proposed",
        target=run,
        now=now,
        after={"honours": counts[0], "consequences": counts[1]},
        rows=[*new[0], *new[1]],
    )
    return counts


def _ranked(run: ScoreRun, kind: str) -> list:
    rows = run.scores.filter(status=ScoreStatus.RANKED, kind=kind)
    return list(
        rows.select_related("enrolment__station__organisation").order_by("rank_kind", "code")
    )


def _years(run: ScoreRun, rows) -> dict[int, Years]:
    return histories((row.enrolment.station_id for row in rows), before=run.campaign.year)


def _earlier(rules, history: Years) -> list[list[YearResult]]:
    """The results of the years right before this one, as many as the rule looks back; [] if a year
    is missing. A year has several results where stations were merged since."""
    years = range(rules.campaign.year - rules.years_running + 1, rules.campaign.year)
    return [history[year] for year in years] if all(year in history for year in years) else []


def _looked_back(earlier: list[list[YearResult]]) -> dict:
    """What a rule over years saw, for the basis: the years, and whose results they were where a
    predecessor's entered."""
    results = [result for year in earlier for result in year]
    former = sorted({result.code for result in results if result.code})
    return {"years": [year[0].year for year in earlier]} | (
        {"predecessors": former} if former else {}
    )


def _basis(row, size: int, **more) -> dict:
    return {"composite": str(row.composite), "rank": row.rank_kind, "size": size} | more


def _honours(run, rules):
    """(score, fields of the honour). A veto bars every honour. Whoever ties with the last place of
    a quota is proposed as well: people choose, not chance."""
    quotas = quotas_of(rules)
    for kind in StationKind.values:
        ranked = _ranked(run, kind)
        size, free = len(ranked), [row for row in ranked if not row.inputs["vetoed"]]
        high = [row for row in free if row.composite >= rules.high_floor]
        commended = _within(high, quotas.get((HonourKind.COMMENDATION, kind)))
        taken = {row.pk for row in commended}
        good = [row for row in free if row.grade in GOOD_GRADES and row.pk not in taken]
        advanced = _within(good, quotas.get((HonourKind.ADVANCED, kind)))
        for honour, rows in (
            (HonourKind.COMMENDATION, commended),
            (HonourKind.ADVANCED, advanced),
        ):
            for row in rows:
                yield row, {"kind": honour, "basis": _basis(row, size)}
        front = [row for row in high if row.rank_kind <= front_places(size, rules.front_share)]
        years = _years(run, front)
        for row in front:
            earlier = _earlier(rules, years.get(row.enrolment.station_id, {}))
            # A merit must be everybody's who came together: a merger lends none.
            if earlier and all(
                result.is_high(rules.high_floor) and result.is_in_front(rules.front_share)
                for year in earlier
                for result in year
            ):
                basis = _basis(row, size, **_looked_back(earlier))
                yield row, {"kind": HonourKind.PROMOTION, "basis": basis}


def _within(rows: list, number: int | None) -> list:
    """The first `number` rows in the order of rank, and all that tie with the last of them."""
    if number is None or len(rows) <= number:
        return rows
    if number == 0:
        return []
    last = rows[number - 1].rank_kind
    return [row for row in rows if row.rank_kind <= last]


def _last(ranked: list, places: int) -> list:
    """Those with fewer than `places` stations behind them: who shares the last place is last, but
    nobody is who shares the first."""
    behind = Counter(row.rank_kind for row in ranked)
    return [
        row
        for row in ranked
        if row.rank_kind > 1
        and sum(count for rank, count in behind.items() if rank > row.rank_kind) < places
    ]


def _consequences(run, rules):
    """Fields of each consequence (notice parts 4 (2) 4, 5 and 6 (2))."""
    found = dict(
        Finding.objects.filter(enrolment__campaign=run.campaign)
        .values_list("enrolment_id")
        .annotate(Count("pk"))
    )
    circulated = circulated_stations(run.campaign)
    for kind in StationKind.values:
        ranked = _ranked(run, kind)
        size = len(ranked)
        last = _last(ranked, front_places(size, rules.behind_share))
        years = _years(run, last)
        for row in ranked:
            findings, unit = found.get(row.enrolment_id, 0), row.enrolment.organisation
            basis = _basis(row, size, findings=findings)
            if row.inputs["vetoed"] or row in last:
                basis_of = basis | {"vetoed": row.inputs["vetoed"]}
                yield {
                    "organisation": unit,
                    "kind": ConsequenceKind.CRITICISM,
                    "basis": basis_of,
                }
            if row.composite < rules.low_ceiling or findings >= rules.many_findings:
                yield {"organisation": unit, "kind": ConsequenceKind.ADMONITION, "basis": basis}
        for row in last:
            earlier = _earlier(rules, years.get(row.enrolment.station_id, {}))
            this_year = row.enrolment.station_id in circulated
            # A fault of one who came together is enough: a merger wipes none out.
            if (
                earlier
                and this_year
                and all(
                    any(
                        result.circulated and result.is_backward(rules.behind_share)
                        for result in year
                    )
                    for year in earlier
                )
            ):
                yield {
                    "organisation": row.enrolment.organisation,
                    "kind": ConsequenceKind.ACCOUNTABILITY,
                    "basis": _basis(row, size, **_looked_back(earlier)),
                }
    for bureau, vetoes in withdrawn_bureaus(run.campaign).items():
        yield {
            "organisation": bureau,
            "kind": ConsequenceKind.BUREAU,
            "basis": {"stations": [veto.enrolment.organisation.code for veto in vetoes]},
        }


def withdrawn_bureaus(campaign: Campaign) -> dict:
    """Bureau → the vetoes in effect by which it lost its own eligibility (notice part 6 (2))."""
    bureaus: dict = {}
    rows = EligibilityWithdrawal.objects.in_effect().filter(campaign=campaign)
    for row in rows.select_related("organisation", "veto__enrolment__station__organisation"):
        bureaus.setdefault(row.organisation, []).append(row.veto)
    return bureaus
