"""An authority's round of acceptance as a workbook: stations, counties, where points were lost."""

from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Campaign
from common.workbook import Sheet, book_response
from evaluations.services.league import acceptance_facts


def acceptance_workbook(campaign: Campaign, authority: Organisation):
    """The round of `authority` as an xlsx download, in the language in force."""
    facts = acceptance_facts(campaign, authority)
    return book_response("acceptance.xlsx", [_stations(facts), _counties(facts), _lost(facts)])


def _stations(facts) -> Sheet:
    """Every enrolled station; what is not known yet stays empty."""
    return Sheet(
        title=_("Stations"),
        headers=[
            _("Code"),
            _("Station"),
            _("Bureau"),
            _("State"),
            _("Visit planned on"),
            _("Team"),
            _("Checked on"),
            _("Check score"),
            _("Result"),
            _("Points over-reported"),
            _("Over-reporting index, percent"),
            _("Signed off at"),
            _("Round"),
        ],
        rows=(_station_row(enrolment) for enrolment in facts.enrolments),
        widths=(12, 30, 22, 14, 12, 10, 12, 10, 18, 12, 14, 18, 8),
    )


def _station_row(enrolment) -> list:
    check = getattr(enrolment, "acceptance", None)
    visit = getattr(enrolment, "planned_visit", None)
    head = [
        enrolment.station.code,
        enrolment.station.name,
        enrolment.bureau.name,
        _state(check, visit),
        visit and visit.day,
        visit and str(visit.team),
    ]
    if check is None:
        return head + [None] * 7
    return [
        *head,
        check.checked_on,
        check.score,
        check.get_result_display(),
        check.over_reported,
        check.over_reporting_index,
        check.signed_at,
        check.round,
    ]


def _state(check, visit) -> str:
    if check is not None:
        return check.get_state_display()
    return _("visit planned") if visit else _("no visit planned")


def _counties(facts) -> Sheet:
    return Sheet(
        title=_("By county"),
        headers=[
            _("Unit"),
            _("Stations"),
            _("visit planned"),
            _("signed off"),
            _("qualified"),
            _("after rectification"),
            _("re-check open"),
            _("not qualified"),
            _("mean score"),
            _("Over-reporting index, percent"),
        ],
        rows=(
            [
                row.unit.name,
                row.total,
                row.planned,
                row.signed,
                row.qualified,
                row.after_rectification,
                row.conditional,
                row.not_qualified,
                row.mean,
                row.index,
            ]
            for row in facts.counties
        ),
        widths=(24, 10, 10, 10, 10, 12, 12, 12, 10, 14),
    )


def _lost(facts) -> Sheet:
    return Sheet(
        title=_("Where most points were lost"),
        headers=[_("number"), _("Criterion"), _("Stations"), _("points lost")],
        rows=(
            [row.criterion.number, row.criterion.name, row.stations, row.points]
            for row in facts.lost
        ),
        widths=(10, 44, 10, 10),
    )
