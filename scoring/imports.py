"""Workbooks that bring scores in: a unit's daily list, the results of earlier years."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign
from common import sheets
from common.sheets import Column, Table
from scoring import lists
from scoring.models import Grade, PastResult
from scoring.services.daily import give_daily_scores, part_of, problem_of
from scoring.services.past_results import import_past_results
from stations.models import Station

DAILY_COLUMNS = (
    Column("code", _("Code"), sheets.code, required=True, example="410122-1", width=14),
    Column("name", _("Station"), sheets.text(120), width=30, note=_("For reading only.")),
    Column(
        "score",
        _("Score"),
        sheets.decimal(places=2, least=0, most=100),
        example="91.50",
        note=_("From 0 to 100. Empty: not given, which is never 0."),
        number=True,
    ),
    Column("basis", _("Basis"), sheets.text(2000), example="日常检查、投诉受理情况", width=40),
)

PAST_COLUMNS = (
    Column("code", _("Code"), sheets.code, required=True, example="410122-1", width=14),
    Column("name", _("Station"), sheets.text(120), width=30, note=_("For reading only.")),
    Column(
        "year",
        _("Year"),
        sheets.whole(least=2000, most=2100),
        required=True,
        example="2013",
        width=8,
        number=True,
    ),
    Column("composite", _("Composite"), sheets.decimal(places=2, least=0, most=100), number=True),
    Column("rank_kind", _("Rank within the kind"), sheets.whole(least=1), number=True),
    Column("ranked_in_kind", _("Ranked stations of the kind"), sheets.whole(least=1), number=True),
    Column("grade", _("Grade"), sheets.choice(Grade.choices), choices=tuple(Grade.choices)),
    Column("backward", _("Named backward"), sheets.choice(sheets.YES_NO), choices=sheets.YES_NO),
    Column(
        "circulated",
        _("Circulated criticism"),
        sheets.choice(sheets.YES_NO),
        choices=sheets.YES_NO,
    ),
    Column("source", _("Source"), sheets.text(200), required=True, example="豫纠办〔2013〕9号"),
)


def _owed(user, campaign: Campaign) -> dict:
    return {row.organisation.code: row for row in lists.owed_daily(user, campaign)}


def plan_daily(table: Table, user, campaign: Campaign) -> list[tuple]:
    """Errors about whole rows, and what the import would change."""
    table.fail_doubles("code")
    owed = _owed(user, campaign)
    new = changed = same = empty = 0
    for row in table.rows:
        enrolment, score = owed.get(row.values["code"]), row.values["score"]
        if enrolment is None:
            table.fail(row, "code", gettext("no station whose daily score your unit gives"))
        problem = problem_of(score, row.values["basis"] or "") if score is not None else ""
        if problem:
            table.fail(row, "basis", problem)
        if enrolment is None or problem:
            continue
        if score is None:
            empty += 1
        elif enrolment.given_score is None:
            new += 1
        elif (enrolment.given_score, enrolment.given_basis) == (score, row.values["basis"]):
            same += 1
        else:
            changed += 1
    listed = {row.values["code"] for row in table.rows}
    return [
        (gettext("new scores"), new),
        (gettext("changed scores"), changed),
        (gettext("unchanged"), same),
        (gettext("rows without a score"), empty),
        (gettext("stations not in the workbook"), len(owed.keys() - listed)),
    ]


def apply_daily(table: Table, user, campaign: Campaign, now: datetime) -> str:
    """Give the scores, all or none."""
    owed = _owed(user, campaign)
    rows = [
        (owed[row.values["code"]], part_of(user), row.values["score"], row.values["basis"])
        for row in table.rows
        if row.values["score"] is not None
    ]
    count = give_daily_scores(campaign=campaign, rows=rows, by=user, now=now)
    return gettext("%(count)s daily scores are saved.") % {"count": count}


def plan_past(table: Table, year: int) -> list[tuple]:
    """Errors about whole rows, and what the import would change. `year`: the campaign's."""
    table.fail_doubles("code", "year")
    stations = _stations(table)
    present = set(
        PastResult.objects.filter(station__in=stations.values()).values_list("station_id", "year")
    )
    replaced = 0
    for row in table.rows:
        values = row.values
        station = stations.get(values["code"])
        if station is None:
            table.fail(row, "code", gettext("no such station"))
        if values["year"] is not None and values["year"] >= year:
            table.fail(row, "year", gettext("not before the present campaign"))
        rank, size = values["rank_kind"], values["ranked_in_kind"]
        if rank and (size is None or rank > size):
            table.fail(row, "ranked_in_kind", gettext("smaller than the rank"))
        replaced += station is not None and (station.pk, values["year"]) in present
    return [
        (gettext("new results"), len(table.rows) - replaced),
        (gettext("results replaced"), replaced),
    ]


def apply_past(table: Table, user, now: datetime) -> str:
    """Write the results of earlier years, all or none."""
    stations = _stations(table)
    if len(stations) < len({row.values["code"] for row in table.rows}):
        raise ValidationError(gettext("no such station"))
    rows = [(stations[row.values["code"]], row.values) for row in table.rows]
    count = import_past_results(rows=rows, by=user, now=now)
    return gettext("%(count)s results of earlier years are saved.") % {"count": count}


def _stations(table: Table) -> dict[str, Station]:
    codes = {row.values["code"] for row in table.rows if row.values["code"]}
    rows = Station.objects.filter(organisation__code__in=codes).select_related("organisation")
    return {row.code: row for row in rows}
