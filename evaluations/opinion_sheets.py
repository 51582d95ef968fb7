"""Opinions collected on paper, by phone and in meetings, entered as a workbook."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import Organisation
from campaign.models import Campaign
from common.codes import new_key
from common.errors import Refusal
from common.sheets import Column, Table, choice, code, text
from evaluations.models import OpinionChannel, OpinionKind, VoiceGroup
from evaluations.opinion_policies import check_can_enter
from evaluations.services.opinions import receive_opinion

CHANNELS = tuple(
    (value, label) for value, label in OpinionChannel.choices if value != OpinionChannel.ONLINE
)
COLUMNS = (
    Column(
        "unit",
        gettext_lazy("Code of the unit"),
        code,
        note=gettext_lazy("The station or bureau that it is about; empty: the campaign."),
        example="410122-1",
    ),
    Column(
        "kind",
        gettext_lazy("Kind"),
        choice(OpinionKind.choices),
        required=True,
        choices=tuple(OpinionKind.choices),
        example=OpinionKind.OPINION.label,
    ),
    Column(
        "channel",
        gettext_lazy("Channel"),
        choice(CHANNELS),
        required=True,
        choices=CHANNELS,
        example=OpinionChannel.MEETING.label,
    ),
    Column(
        "group",
        gettext_lazy("Group"),
        choice(VoiceGroup.choices),
        required=True,
        choices=tuple(VoiceGroup.choices),
        example=VoiceGroup.CPPCC.label,
    ),
    Column(
        "text",
        gettext_lazy("What was said"),
        text(4000),
        required=True,
        example="建议窗口延长服务时间",
        width=60,
    ),
    Column(
        "name",
        gettext_lazy("Name"),
        text(60),
        note=gettext_lazy("Only where the person wants an answer."),
        example="",
    ),
    Column("phone", gettext_lazy("Phone"), text(30), example=""),
)


def plan(table: Table, campaign: Campaign, by) -> list[tuple]:
    """Check the rows as a whole; how many of each kind would be entered."""
    units = _units(table)
    for row in table.rows:
        values = row.values
        target = units.get(values["unit"])
        if values["unit"] and target is None:
            table.fail(row, "unit", _("There is no unit with this code."))
        else:
            try:
                check_can_enter(by, campaign, target)
            except Refusal as refusal:
                table.fail(row, "unit", refusal.reason)
        if values["phone"] and not values["name"]:
            table.fail(row, "name", _("With a phone, give the name to ask for too."))
    table.fail_doubles("unit", "kind", "text", "name")
    return [
        (label, sum(row.values["kind"] == kind for row in table.rows))
        for kind, label in OpinionKind.choices
    ]


@transaction.atomic
def enter(table: Table, campaign: Campaign, by, now: datetime) -> int:
    """Enter every row of a checked table; how many."""
    units = _units(table)
    for row in table.rows:
        values = row.values
        receive_opinion(
            campaign=campaign,
            target=units.get(values["unit"]),
            kind=values["kind"],
            channel=values["channel"],
            group=values["group"],
            text=values["text"],
            name=values["name"] or "",
            phone=values["phone"] or "",
            key=new_key(),
            by=by,
            now=now,
        )
    audit.record(
        by=by,
        act="opinions.imported",
        target=campaign,
        now=now,
        after={"opinions": len(table.rows)},
    )
    return len(table.rows)


def _units(table) -> dict[str, Organisation]:
    wanted = {row.values["unit"] for row in table.rows if row.values["unit"]}
    rows = Organisation.objects.filter(code__in=wanted, active=True)
    return {unit.code: unit for unit in rows.select_related("supervisor__supervisor")}
