"""Workbooks that the office hands in: people served (to draw from), and ballots."""

from datetime import datetime

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import audit
from campaign.models import Campaign, Enrolment
from common import sheets
from common.bilingual import localised_lazy
from common.codes import new_key
from common.errors import Refusal, WrongMoment
from common.sheet_pages import SheetImport
from common.sheets import Column
from evaluations.policies import is_above
from surveys.layout import Layout, layout_of
from surveys.models import BatchKind, Channel, Questionnaire, SurveyComment
from surveys.policies import check_can_import_ballots
from surveys.services.ballots import COMMENT_LENGTH, Box, put_in, random_id
from surveys.services.batches import new_batch
from surveys.validity import pack

PEOPLE = (
    Column(
        "reference",
        gettext_lazy("case number"),
        sheets.text(60),
        required=True,
        note=gettext_lazy("What tells the person's case from all others; each once."),
        example="2014-0815-003",
        width=24,
    ),
    Column(
        "name",
        gettext_lazy("name"),
        sheets.text(60),
        note=gettext_lazy("For handing out only."),
        width=24,
    ),
    Column(
        "email",
        gettext_lazy("e-mail address"),
        sheets.text(120),
        note=gettext_lazy("Only where the codes are sent by mail; each once."),
        example="wang@example.cn",
        width=30,
    ),
)


def check_can_import(user, campaign: Campaign) -> None:
    """Enter ballots from a workbook, once there is a questionnaire."""
    check_can_import_ballots(user, campaign)
    if Questionnaire.objects.in_force(campaign) is None:
        raise WrongMoment(_("There is no questionnaire yet."))


def _layout(campaign) -> Layout:
    return layout_of(Questionnaire.objects.in_force(campaign))


def ballot_columns(campaign: Campaign) -> tuple[Column, ...]:
    """The columns of a workbook of ballots: one row a ballot."""
    layout = _layout(campaign)
    groups = tuple((group.code, localised_lazy(group, "name")) for group in layout.groups)

    def question(item):
        choices = tuple((choice.code, localised_lazy(choice, "text")) for choice in item.choices)
        heading = format_lazy("{}. {}", item.number, localised_lazy(item, "text"))
        return Column(item.field, heading, sheets.choice(choices), choices=choices, width=12)

    return (
        Column(
            "code", gettext_lazy("station code"), sheets.code, required=True, example="410122-1"
        ),
        Column(
            "group",
            gettext_lazy("respondent group"),
            sheets.choice(groups),
            required=True,
            choices=groups,
            width=24,
        ),
        Column("day", gettext_lazy("day"), sheets.day, required=True, example="2014-10-20"),
        *(question(item) for item in layout.packed),
        Column("comment", gettext_lazy("comment"), sheets.text(COMMENT_LENGTH), width=40),
    )


def ballot_import(campaign: Campaign, user, now: datetime) -> SheetImport:
    """The import of ballots that were given elsewhere; one numbered batch a station."""
    layout = _layout(campaign)
    enrolments = {
        row.organisation.code: row
        for row in Enrolment.objects.visible_to(user).filter(campaign=campaign).with_station()
    }

    def ballot_of(box, row, batch=None):
        answers = {
            item.number: row.values[item.field] for item in layout.packed if row.values[item.field]
        }
        return box.ballot(
            row.number,
            enrolments[row.values["code"]].pk,
            row.values["group"],
            pack(answers, layout),
            Channel.IMPORT,
            row.values["day"],
            batch,
        )

    def plan(table):
        box = Box(campaign, now)
        valid = 0
        for row in table.rows:
            enrolment = enrolments.get(row.values["code"])
            if enrolment is None or not is_above(user, enrolment):
                table.fail(row, "code", _("no station of your area takes part under this code"))
                continue
            try:
                valid += ballot_of(box, row).valid
            except Refusal as refusal:
                table.fail(row, "day", refusal.reason)
        stations = {row.values["code"] for row in table.rows}
        return [
            (_("stations"), len(stations)),
            (_("ballots"), len(table.rows)),
            (_("of these valid"), valid),
        ]

    def apply(table):
        box = Box(campaign, now)
        by_station: dict[str, list] = {}
        for row in table.rows:
            by_station.setdefault(row.values["code"], []).append(row)
        for code, rows in sorted(by_station.items()):
            _enter(enrolments[code], rows, lambda row, batch: ballot_of(box, row, batch), user, now)
        number = len(table.rows)
        done = ngettext("%(number)s ballot entered.", "%(number)s ballots entered.", number)
        return done % {"number": number}

    return SheetImport(
        kind="ballots",
        title=_("Ballots from a workbook"),
        columns=ballot_columns(campaign),
        plan=plan,
        apply=apply,
        back=reverse("surveys:batches"),
        template=reverse("surveys:import-template"),
        note=_("One row a ballot. Nothing of a row but its answers, group and day is kept."),
    )


def _enter(enrolment, rows, ballot_of, by, now) -> None:
    batch = new_batch(
        enrolment=enrolment,
        kind=BatchKind.IMPORT,
        issued=len(rows),
        handed_out=len(rows),
        returned=len(rows),
        key=new_key(),
        by=by,
        now=now,
    )
    put_in([ballot_of(row, batch) for row in rows])
    comments = [
        SurveyComment(id=random_id(), enrolment=enrolment, text=row.values["comment"])
        for row in rows
        if row.values["comment"]
    ]
    SurveyComment.objects.bulk_create(sorted(comments, key=lambda comment: comment.id))
    audit.record(by=by, act="ballots.entered", target=batch, now=now, after={"ballots": len(rows)})
