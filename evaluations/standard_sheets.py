"""The standard as a workbook: the same columns out and in."""

from dataclasses import asdict
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Campaign
from common.sheet_pages import SheetImport
from common.sheet_templates import template_response
from common.sheets import YES_NO, Column, Table, choice, code, decimal, text, whole
from evaluations.models import Standard
from evaluations.services.standards import (
    TOTAL,
    CriterionRow,
    create_standard,
    faults_of,
    rows_of,
)
from stations.models import StationKind

COLUMNS = (
    Column(
        "area_number",
        gettext_lazy("Area no."),
        whole(least=1, most=99),
        required=True,
        width=9,
        number=True,
    ),
    Column("area_zh", gettext_lazy("Area in Chinese"), text(40), required=True, example="落实承诺"),
    Column(
        "area_en", gettext_lazy("Area in English"), text(80), required=True, example="Commitments"
    ),
    Column(
        "number",
        gettext_lazy("Criterion no."),
        code,
        required=True,
        note=gettext_lazy("Once in the whole standard, for instance 2.1"),
        example="2.1",
        width=9,
    ),
    Column("name_zh", gettext_lazy("Criterion in Chinese"), text(120), required=True, width=36),
    Column("name_en", gettext_lazy("Criterion in English"), text(200), required=True, width=36),
    Column(
        "points",
        gettext_lazy("Points"),
        decimal(places=1, most=999),
        required=True,
        note=gettext_lazy("In steps of 0.5; the points of each kind of station add up to 100."),
        example="2.5",
        width=8,
        number=True,
    ),
    Column(
        "check_method",
        gettext_lazy("How it is checked"),
        text(2000),
        required=True,
        example="查阅资料",
        width=36,
    ),
    Column(
        "deduction_rule",
        gettext_lazy("Deduction rule"),
        text(2000),
        required=True,
        example="每缺1项扣0.5分",
        width=36,
    ),
    Column(
        "station_kind",
        gettext_lazy("Only for"),
        choice(StationKind.choices),
        choices=tuple(StationKind.choices),
        note=gettext_lazy("Empty: asked of every station."),
        width=14,
    ),
    Column("veto", gettext_lazy("Veto item"), choice(YES_NO), choices=YES_NO, width=10),
)


def standard_workbook(standard: Standard):
    """A version as a download that can be handed in again."""
    rows = [_cells(row) for row in rows_of(standard)]
    return template_response(
        f"standard-{standard.campaign.year}-v{standard.version}.xlsx",
        title=_("Standard"),
        columns=COLUMNS,
        rows=rows,
    )


def empty_workbook():
    """The workbook to fill in."""
    return template_response("standard.xlsx", title=_("Standard"), columns=COLUMNS)


def standard_import(campaign: Campaign, by, now: datetime) -> SheetImport:
    """The import page of a new draft version."""

    def plan(table: Table):
        rows = [_row(row) for row in table.rows]
        by_line = {row.number: row for row in table.rows}
        for fault in faults_of(rows, TOTAL):
            table.fail(by_line[fault.row.line] if fault.row else None, fault.field, fault.reason)
        return [
            (_("Areas"), len({row.area_number for row in rows})),
            (_("Criteria"), len(rows)),
            *(
                (
                    _("Points of %(kind)s") % {"kind": label},
                    sum(row.points for row in rows if row.station_kind in ("", kind)),
                )
                for kind, label in StationKind.choices
            ),
            (_("Veto items"), sum(row.veto for row in rows)),
        ]

    def apply(table: Table) -> str:
        rows = [_row(row) for row in table.rows]
        standard = create_standard(campaign=campaign, rows=rows, by=by, now=now)
        return _("Version %(version)s is a draft now; put it in force when it is right.") % {
            "version": standard.version
        }

    return SheetImport(
        kind="standard",
        title=_("Import a standard"),
        columns=COLUMNS,
        plan=plan,
        apply=apply,
        back=reverse("evaluations:standards"),
        template=reverse("evaluations:standard-template"),
        note=_("One row for each criterion. It becomes a draft version of this campaign."),
    )


def _row(row) -> CriterionRow:
    values = row.values
    return CriterionRow(
        line=row.number,
        **values | {"station_kind": values["station_kind"] or "", "veto": bool(values["veto"])},
    )


def _cells(row: CriterionRow) -> dict:
    labels, yes_no = dict(StationKind.choices), dict(YES_NO)
    return asdict(row) | {
        "station_kind": str(labels[row.station_kind]) if row.station_kind else None,
        "veto": str(yes_no[row.veto]),
    }
